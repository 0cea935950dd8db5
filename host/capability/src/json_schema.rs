//! How JSON Schemas are compiled and their errors told, for the rooms that read some.
//!
//! Not here: what a schema may hold that a stranger wrote (`config/bounds.rs`).

use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
use serde_json::Value;

/// Bytes that one compiled pattern may take. A pattern is short and can still ask for the
/// same class a million times.
const MAX_PATTERN_BYTES: usize = 64 * 1024;

/// Bytes that matching one pattern may keep.
const MAX_MATCHER_BYTES: usize = 256 * 1024;

/// Bytes of what is said about a value that does not fit: it may name keys that a guest chose.
const MAX_TOLD_BYTES: usize = 400;

/// Characters of a text that is shown in an error; a longer one is left out.
const MAX_SHOWN_CHARS: usize = 60;

/// Compiles a schema of draft 2020-12. Nothing is ever fetched, patterns match in linear time,
/// and formats are held, not only noted.
pub(crate) fn compile(schema: &Value) -> Result<Validator, String> {
    let patterns = PatternOptions::regex()
        .size_limit(MAX_PATTERN_BYTES)
        .dfa_size_limit(MAX_MATCHER_BYTES);
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_pattern_options(patterns)
        .should_validate_formats(true)
        .should_ignore_unknown_formats(false)
        .offline()
        .build(schema)
        .map_err(|error| {
            let place = error.instance_path().as_str();
            let what = told(&error, &shown(error.instance()));
            match place {
                "" => what,
                place => format!("`{place}`: {what}"),
            }
        })
}

/// What is wrong with a value, which the text calls `name` where it must not be shown.
pub(crate) fn told(error: &ValidationError<'_>, name: &str) -> String {
    shortened(&error.masked_with(name).to_string(), MAX_TOLD_BYTES)
}

/// A value in an error: a number or a short text as it is, the rest by its kind.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) if text.chars().nth(MAX_SHOWN_CHARS).is_some() => "the text".to_owned(),
        Value::Array(_) => "the list".to_owned(),
        Value::Object(_) => "the object".to_owned(),
        short => short.to_string(),
    }
}

/// A text that somebody else chose, with at most so many bytes.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    match text.get(..text.floor_char_boundary(most)) {
        Some(begin) if begin.len() < text.len() => format!("{begin}…"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(schema: Value, value: Value) -> Result<(), String> {
        let validator = compile(&schema)?;
        let checked = validator.validate(&value);
        checked.map_err(|error| told(&error, &shown(error.instance())))
    }

    #[test]
    fn a_value_that_does_not_fit_is_told_in_few_words() {
        let long = "x".repeat(MAX_SHOWN_CHARS + 1);
        for (schema, value, expect) in [
            (
                json!({ "maximum": 5 }),
                json!(6),
                "6 is greater than the maximum of 5",
            ),
            (
                json!({ "type": "integer" }),
                json!("six"),
                r#""six" is not of type "integer""#,
            ),
            (
                json!({ "type": "integer" }),
                json!(long),
                r#"the text is not of type "integer""#,
            ),
            (
                json!({ "type": "integer" }),
                json!([1, 2]),
                r#"the list is not of type "integer""#,
            ),
            (
                json!({ "format": "email" }),
                json!("nobody"),
                r#""nobody" is not a "email""#,
            ),
        ] {
            assert_eq!(check(schema, value).unwrap_err(), expect);
        }
        let keys: serde_json::Map<_, _> = (0..100).map(|at| (format!("k{at}"), json!(1))).collect();
        let told = check(json!({ "additionalProperties": false }), keys.into()).unwrap_err();
        assert!(told.len() <= MAX_TOLD_BYTES + '…'.len_utf8(), "{told}");
    }

    #[test]
    fn a_schema_that_is_none_is_told_where() {
        for (schema, expect) in [
            (json!({ "type": "numbr" }), "`/type`"),
            (json!({ "pattern": "(" }), "`/pattern`"),
            (json!({ "pattern": "(a)\\1" }), "`/pattern`"),
            (json!({ "pattern": "(a{1000}){1000}" }), "`/pattern`"),
            (json!({ "format": "emial" }), "emial"),
            (json!({ "$ref": "#/nowhere" }), "nowhere"),
            (
                json!({ "$ref": "https://example.com/x.json" }),
                "example.com",
            ),
            (json!({ "$ref": "file:///etc/passwd" }), "passwd"),
        ] {
            let told = compile(&schema).err().unwrap();
            assert!(told.contains(expect), "{schema}: {told}");
        }
    }

    #[test]
    fn patterns_take_linear_time() {
        let schema = json!({ "pattern": "^(a+)+$" });
        let value = json!(format!("{}b", "a".repeat(100_000)));
        assert!(check(schema, value).is_err());
    }
}
