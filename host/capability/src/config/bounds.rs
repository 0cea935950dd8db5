//! What the schemas of a manifest may hold and cost. A stranger wrote them, and the host
//! compiles them and runs them: what refers to itself, or stands for more than it shows, is
//! refused before that.
//!
//! Pure; `schema.rs` calls it. What a schema means is not here.

use serde_json::Value;

/// Keywords and values of all schemas of a plugin, where a reference counts as what it refers
/// to: a person's settings have some hundred. Checking a value takes time in proportion.
pub(super) const MAX_NODES: usize = 5_000;

/// Levels within one another, references followed: both compiling and checking recurse.
pub(super) const MAX_DEPTH: usize = 64;

/// Patterns of all schemas of a plugin: each takes memory out of proportion to its length.
pub(super) const MAX_PATTERNS: usize = 50;

/// What would make a reference mean something outside the schema that it stands in.
const REFUSED: &[&str] = &[
    "$schema",
    "$id",
    "$anchor",
    "$dynamicRef",
    "$dynamicAnchor",
    "$recursiveRef",
    "$recursiveAnchor",
    "$vocabulary",
];

/// What is left for the schemas of one plugin.
pub(super) struct Budget {
    nodes: usize,
    patterns: usize,
}

impl Budget {
    pub(super) fn full() -> Self {
        Self {
            nodes: MAX_NODES,
            patterns: MAX_PATTERNS,
        }
    }

    /// Takes the cost of one setting's schema.
    pub(super) fn take(&mut self, schema: &Value) -> Result<(), String> {
        self.walk(schema, schema, 0)
    }

    fn walk(&mut self, root: &Value, here: &Value, depth: usize) -> Result<(), String> {
        if depth > MAX_DEPTH {
            return Err(format!(
                "nested deeper than {MAX_DEPTH} levels; a schema cannot refer to itself"
            ));
        }
        self.nodes = take(self.nodes, 1, || {
            format!(
                "the schemas have more than {MAX_NODES} parts, counting what references stand for"
            )
        })?;
        match here {
            Value::Object(fields) => {
                let mut fields = fields.iter();
                fields.try_for_each(|(key, value)| self.keyword(root, key, value, depth))
            }
            Value::Array(items) => {
                let mut items = items.iter();
                items.try_for_each(|item| self.walk(root, item, depth + 1))
            }
            _ => Ok(()),
        }
    }

    /// Looks at every key as if it were a keyword: where data has such keys, refusing them
    /// costs nobody anything.
    fn keyword(
        &mut self,
        root: &Value,
        key: &str,
        value: &Value,
        depth: usize,
    ) -> Result<(), String> {
        let patterns = match (key, value) {
            ("$ref", Value::String(target)) => {
                self.walk(root, referred(root, target)?, depth + 1)?;
                0
            }
            ("writeOnly", Value::Bool(true)) if depth > 0 => {
                return Err(
                    "`writeOnly` marks a whole setting as a secret, and cannot stand within one"
                        .to_owned(),
                );
            }
            ("pattern", Value::String(_)) => 1,
            ("patternProperties", Value::Object(patterns)) => patterns.len(),
            (key, _) if REFUSED.contains(&key) => {
                return Err(format!(
                    "`{key}` is not read here: leave it out, and refer to parts of the same \
                     schema with `$ref: \"#/…\"`"
                ));
            }
            _ => 0,
        };
        self.patterns = take(self.patterns, patterns, || {
            format!("the schemas have more than {MAX_PATTERNS} patterns")
        })?;
        self.walk(root, value, depth + 1)
    }
}

fn take(left: usize, count: usize, problem: impl FnOnce() -> String) -> Result<usize, String> {
    left.checked_sub(count).ok_or_else(problem)
}

/// The part of a schema that a reference within it means.
fn referred<'v>(root: &'v Value, target: &str) -> Result<&'v Value, String> {
    let pointer = target.strip_prefix('#');
    let pointer = pointer.filter(|it| it.is_empty() || it.starts_with('/') && !it.contains('%'));
    let pointer = pointer.ok_or_else(|| {
        format!("`$ref: {target:?}`: a reference stays within its schema, as in `#/$defs/port`")
    })?;
    root.pointer(pointer)
        .ok_or_else(|| format!("`$ref: {target:?}`: there is nothing of that name in the schema"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(schema: Value, expect: Result<(), &str>) {
        match (Budget::full().take(&schema), expect) {
            (Ok(()), Ok(())) => {}
            (Err(told), Err(expect)) if told.contains(expect) => {}
            (found, expect) => panic!("{found:?} instead of {expect:?} for {schema}"),
        }
    }

    #[test]
    fn references_stay_within_and_end() {
        check(
            json!({ "$defs": { "port": { "type": "integer" } }, "$ref": "#/$defs/port" }),
            Ok(()),
        );
        for (target, expect) in [
            ("#", "cannot refer to itself"),
            ("#/allOf/0", "cannot refer to itself"),
            ("#/nowhere", "nothing of that name"),
            ("#name", "stays within its schema"),
            ("#/a%2fb", "stays within its schema"),
            ("https://example.com/a.json", "stays within its schema"),
            ("other.json#/a", "stays within its schema"),
        ] {
            check(json!({ "allOf": [{ "$ref": target }] }), Err(expect));
        }
        let around = json!({ "$defs": {
            "a": { "$ref": "#/$defs/b" },
            "b": { "$ref": "#/$defs/a" },
        } });
        check(around, Err("cannot refer to itself"));
        for keyword in REFUSED {
            let within = json!({ "items": { *keyword: "x" } });
            check(within, Err(&format!("`{keyword}` is not read here")));
        }
    }

    #[test]
    fn what_stands_for_more_than_it_shows_is_refused() {
        let doubling = |steps: usize| {
            let step = |at: usize| {
                let next = format!("#/$defs/s{}", at + 1);
                (
                    format!("s{at}"),
                    json!({ "allOf": [{ "$ref": next }, { "$ref": next }] }),
                )
            };
            let mut steps: serde_json::Map<_, _> = (0..steps).map(step).collect();
            steps.insert(format!("s{}", steps.len()), json!({ "type": "null" }));
            json!({ "$defs": steps })
        };
        check(doubling(5), Ok(()));
        check(doubling(16), Err("more than 5000 parts"));
    }

    #[test]
    fn bounds() {
        let nested = |depth: usize| (0..depth).fold(json!({}), |inner, _| json!([inner]));
        check(nested(MAX_DEPTH), Ok(()));
        check(nested(MAX_DEPTH + 1), Err("nested deeper than 64 levels"));
        let patterns = |count: usize| vec![json!({ "pattern": "a" }); count];
        check(json!({ "allOf": patterns(MAX_PATTERNS) }), Ok(()));
        check(
            json!({ "allOf": patterns(MAX_PATTERNS + 1) }),
            Err("more than 50 patterns"),
        );
        let keys: serde_json::Map<_, _> = (0..=MAX_PATTERNS)
            .map(|at| (format!("^k{at}"), json!({})))
            .collect();
        check(
            json!({ "patternProperties": keys }),
            Err("more than 50 patterns"),
        );
        check(
            json!({ "enum": vec![1; MAX_NODES] }),
            Err("more than 5000 parts"),
        );
    }

    #[test]
    fn a_secret_is_a_whole_setting() {
        check(json!({ "writeOnly": true }), Ok(()));
        check(
            json!({ "properties": { "password": { "writeOnly": true } } }),
            Err("marks a whole setting"),
        );
        check(json!({ "items": { "writeOnly": false } }), Ok(()));
    }
}
