//! How the YAML of a package is read: YAML 1.2, strictly and under a budget.
//!
//! Manifests and translations come through here and leave as JSON values. `no` and `on` are
//! texts, keys stand once, and whatever lets a small file stand for a large one (anchors,
//! aliases, merge keys) is refused.

use serde_json::Value;
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy, NonFiniteFloatPolicy};
use serde_saphyr::{Error, Options};

/// A manifest is nested four deep, a translation rarely more: this protects the stack.
const MAX_DEPTH: usize = 16;

/// Scalars, lists and maps of one file: a large application's translations have some thousand.
const MAX_NODES: usize = 50_000;

/// Reads one document into a JSON value. The caller bounds the size of `bytes`.
pub(crate) fn read(bytes: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| format!("the file is not UTF-8 (byte {})", error.valid_up_to()))?;
    serde_saphyr::from_str_with_options(text, options()).map_err(|error| describe(&error))
}

fn options() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_aliases: 0,
            max_anchors: 0,
            max_documents: 1,
            max_depth: MAX_DEPTH,
            flow_nesting_limit: MAX_DEPTH,
            max_nodes: MAX_NODES,
        },
        emit_comments: false,
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::Error,
        non_finite_float_policy: NonFiniteFloatPolicy::Reject,
        strict_booleans: true,
        underscored_numbers_as_strings: true,
        reject_unsupported_tags: true,
        with_snippet: false,
    }
}

/// The line first, then what is wrong, in words of our own where the library's would not help.
fn describe(error: &Error) -> String {
    let what = match error.without_snippet() {
        Error::Budget { breach, .. } => match breach {
            BudgetBreach::Aliases { .. } | BudgetBreach::Anchors { .. } => {
                "anchors and aliases (`&x`, `*x`) are not read; write the value out".to_owned()
            }
            BudgetBreach::Documents { .. } => "there is more than one document".to_owned(),
            BudgetBreach::Depth { .. } => format!("nested deeper than {MAX_DEPTH} levels"),
            BudgetBreach::Nodes { .. } => format!("more than {MAX_NODES} values"),
            _ => "larger than a file of a package may be".to_owned(),
        },
        Error::MultipleDocuments { .. } => "there is more than one document".to_owned(),
        Error::DuplicateMappingKey { key: Some(key), .. } => {
            format!("the key `{key}` stands twice")
        }
        Error::MergeKeyNotAllowed { .. } => "merge keys (`<<`) are not read".to_owned(),
        other => return other.to_string(),
    };
    match error.location() {
        Some(place) if place.line() > 0 => format!("line {}: {what}", place.line()),
        _ => what,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::{MAX_DEPTH, MAX_NODES, read};

    #[test]
    fn the_core_schema() {
        let yaml =
            "a: no\nb: on\nc: true\nd: 12\ne: 1.5\nf: \"1\"\ng: ~\nh: 1_000\ni: yes\nj: 0x1F";
        let expect = json!({
            "a": "no", "b": "on", "c": true, "d": 12, "e": 1.5, "f": "1", "g": null,
            "h": "1_000", "i": "yes", "j": 31,
        });
        assert_eq!(read(yaml.as_bytes()).unwrap(), expect);
    }

    #[test]
    fn refusals() {
        let check = |yaml: &str, expect: &str| {
            let error = read(yaml.as_bytes()).unwrap_err();
            assert!(error.contains(expect), "{yaml:?}: {error}");
        };
        let anchors = "anchors and aliases (`&x`, `*x`) are not read; write the value out";
        check("a: &x 1\nb: *x", anchors);
        check("a: &x 1", anchors);
        check("a: 1\nb: 2\na: 3", "line 3: the key `a` stands twice");
        check("m:\n  a: 1\n  a: 2", "line 3: the key `a` stands twice");
        check("m: { <<: { a: 1 } }", "merge keys");
        check("a: 1\n---\nb: 2", "more than one document");
        check("a: !include other.yaml", "tag");
        check("a: .inf", "finite");
        check("a: [", "");
        check(
            &format!(
                "{}1{}",
                "[".repeat(MAX_DEPTH + 1),
                "]".repeat(MAX_DEPTH + 1)
            ),
            "",
        );
        check(
            &format!("[{}]", "1,".repeat(MAX_NODES + 1)),
            "more than 50000 values",
        );
        assert_eq!(
            read(b"a: \xff").unwrap_err(),
            "the file is not UTF-8 (byte 3)"
        );
    }
}
