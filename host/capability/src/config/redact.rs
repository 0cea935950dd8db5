//! Blackening: every secret in a text is replaced before somebody reads it. Pure.

use std::ops::Range;
use std::sync::Arc;

/// What stands in a secret's place.
const MARK: &str = "[secret]";

/// Bytes of the shortest secret that is blackened: a shorter one turns up by chance, and to
/// see where it did would tell it.
const LEAST_BYTES: usize = 4;

/// What must not be seen of these secrets: each as it is, and as it stands in JSON, which is
/// what the fields of log lines are.
pub(super) fn blackened<'s>(secrets: impl Iterator<Item = &'s String>) -> Arc<[String]> {
    let mut texts: Vec<String> = secrets
        .filter(|secret| secret.len() >= LEAST_BYTES)
        .flat_map(|secret| [secret.clone(), in_json(secret)])
        .collect();
    texts.sort_unstable();
    texts.dedup();
    texts.into()
}

fn in_json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    let inner = quoted.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    inner.unwrap_or(&quoted).to_owned()
}

/// Replaces every occurrence of one of `blackened` in `text`. Without one it allocates nothing.
pub(super) fn redact(text: &mut String, blackened: &[String]) {
    let mut found: Vec<Range<usize>> = Vec::new();
    for secret in blackened {
        found.extend(occurrences(text, secret));
    }
    if found.is_empty() {
        return;
    }
    found.sort_unstable_by_key(|range| range.start);
    let mut clean = String::with_capacity(text.len());
    let mut done = 0;
    for Range { start, end } in found {
        // Where two secrets overlap, what the first leaves of the second is blackened with it.
        if start >= done {
            clean.push_str(text.get(done..start).unwrap_or_default());
            clean.push_str(MARK);
        }
        done = done.max(end);
    }
    clean.push_str(text.get(done..).unwrap_or_default());
    *text = clean;
}

/// Where `secret` stands, overlaps with itself included.
fn occurrences(text: &str, secret: &str) -> impl Iterator<Item = Range<usize>> {
    let step = secret.chars().next().map_or(1, char::len_utf8);
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from + text.get(from..)?.find(secret)?;
        from = start + step;
        Some(start..start + secret.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(secrets: &[&str], text: &str, expect: &str) {
        let secrets: Vec<String> = secrets.iter().map(|it| (*it).to_owned()).collect();
        let mut found = text.to_owned();
        redact(&mut found, &blackened(secrets.iter()));
        assert_eq!(found, expect, "{secrets:?} in {text:?}");
    }

    #[test]
    fn secrets_are_blackened() {
        check(&[], "hunter2", "hunter2");
        check(&["hunter2"], "", "");
        check(&["hunter2"], "hunter3", "hunter3");
        check(
            &["hunter2"],
            "it is hunter2, hunter2!",
            "it is [secret], [secret]!",
        );
        check(&["hunter2"], "hunter2hunter2", "[secret][secret]");
        check(&["abc"], "abc", "abc");
        check(&["abcd"], "xabcdx", "x[secret]x");
        check(&["abcd", "abcdef"], "abcdef", "[secret]");
        check(&["first1", "1second"], "(first1second)", "([secret])");
        check(&["abab"], "ababab.", "[secret].");
        check(&["grün"], "ein grüner grün", "ein [secret]er [secret]");
        check(&["üüüü"], "üüüüü", "[secret]");
    }

    #[test]
    fn a_secret_within_json_is_found() {
        check(
            &["a\"b\\c\n"],
            r#"{"t":"a\"b\\c\n"}"#,
            r#"{"t":"[secret]"}"#,
        );
        check(&["a\"b\\c\n"], "a\"b\\c\n", "[secret]");
    }
}
