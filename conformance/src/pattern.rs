//! Patterns of JSON, in which the table says what it expects. Pure.
//!
//! A pattern is JSON. An object fits one that has at least its members, an array one of the
//! same length. The text `…` fits any value, and one that begins or ends with `…` a text that
//! has the rest in it. All else fits itself.

use serde_json::Value;

/// Stands for whatever there may be.
const ANY: char = '…';

/// Characters of a value that a report shows.
const SHOWN: usize = 200;

/// Whether a value is as a pattern says.
pub(crate) fn fits(pattern: &Value, value: &Value) -> bool {
    match (pattern, value) {
        (Value::Object(pattern), Value::Object(value)) => pattern
            .iter()
            .all(|(key, pattern)| value.get(key).is_some_and(|value| fits(pattern, value))),
        (Value::Array(pattern), Value::Array(value)) => {
            let mut pairs = pattern.iter().zip(value);
            pattern.len() == value.len() && pairs.all(|(pattern, value)| fits(pattern, value))
        }
        (Value::String(pattern), value) if pattern.starts_with(ANY) || pattern.ends_with(ANY) => {
            let inner = pattern.trim_matches(ANY);
            inner.is_empty() || value.as_str().is_some_and(|text| text.contains(inner))
        }
        (pattern, value) => pattern == value,
    }
}

/// A text as a report shows it: one line, cut if it is long.
pub(crate) fn short(text: &str) -> String {
    let mut words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = words.char_indices().nth(SHOWN) {
        words.truncate(end);
        words.push(ANY);
    }
    words
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pattern_fits_what_it_says() {
        for (pattern, value, expect) in [
            (json!(1), json!(1), true),
            (json!(1), json!(2), false),
            (json!(null), json!(null), true),
            (json!({}), json!({ "a": 1 }), true),
            (json!({ "a": 1 }), json!({ "a": 1, "b": 2 }), true),
            (json!({ "a": 1 }), json!({ "b": 2 }), false),
            (json!({ "a": null }), json!({}), false),
            (json!([1]), json!([1]), true),
            (json!([1]), json!([1, 2]), false),
            (json!([1, 2]), json!([1]), false),
            (json!("…"), json!(null), true),
            (json!("…"), json!("text"), true),
            (json!("…ex…"), json!("text"), true),
            (json!("te…"), json!("text"), true),
            (json!("…no…"), json!("text"), false),
            (json!("…1…"), json!(1), false),
            (json!("text"), json!("text"), true),
            (json!("tex"), json!("text"), false),
        ] {
            assert_eq!(fits(&pattern, &value), expect, "{pattern} {value}");
        }
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(short("a  b\n c"), "a b c");
        let long = "ü".repeat(SHOWN + 1);
        assert_eq!(short(&long).chars().count(), SHOWN + 1);
        assert!(short(&long).ends_with('…'));
        assert_eq!(short(&long[2..]), long[2..]);
    }
}
