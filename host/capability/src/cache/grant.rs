//! How many bytes a plugin may keep: pure functions of what is asked and granted. What is
//! granted changes while plugins run; a look at it takes no lock and allocates nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;
use goatkit_package::{PluginName, parse_bytes};
use serde_json::Value;

use crate::grants::{GrantKind, RuleKind};
use crate::json_schema::shortened;
use crate::{Denial, Fault};

/// How the cache is asked and granted: `{ bytes: 1MiB }`.
pub const GRANT: GrantKind = GrantKind::Rules(RuleKind {
    rules,
    covers,
    consent,
});

/// Bytes of the smallest grant: less holds no value that is worth keeping.
pub const LEAST_BYTES: u64 = 1 << 10;

/// Bytes of the largest grant: it is memory of the host's, and a typing error must not take
/// all of it.
pub const MOST_BYTES: u64 = 1 << 30;

/// Bytes of what was written that a refusal repeats.
const MAX_SHOWN: usize = 40;

/// A rule's text begins with it; the number of bytes follows.
const RULE: &str = "bytes ";

fn rules(_: &PluginName, value: &Value) -> Result<Vec<String>, Vec<String>> {
    let written = || vec!["`cache` is written as { bytes: 1MiB }".to_owned()];
    let asked = value.as_object().ok_or_else(written)?;
    let strange = asked.keys().find(|key| *key != "bytes");
    if let Some(key) = strange {
        let key = shortened(key, MAX_SHOWN);
        return Err(vec![format!(
            "`cache` has no `{key}`: it is written as {{ bytes: 1MiB }}"
        )]);
    }
    let bytes = read(asked.get("bytes").ok_or_else(written)?).map_err(|what| vec![what])?;
    Ok(vec![format!("{RULE}{bytes}")])
}

fn read(value: &Value) -> Result<u64, String> {
    let bytes = match value {
        Value::String(text) => parse_bytes(text).map_err(|error| {
            let text = shortened(text, MAX_SHOWN);
            format!("`cache.bytes`: `{text}`: {error}")
        })?,
        value => value.as_u64().ok_or_else(|| {
            "`cache.bytes` is a size such as `1MiB`, or a number of bytes".to_owned()
        })?,
    };
    if (LEAST_BYTES..=MOST_BYTES).contains(&bytes) {
        return Ok(bytes);
    }
    let (least, most) = (words(LEAST_BYTES), words(MOST_BYTES));
    Err(format!(
        "`cache.bytes` is at least {least} and at most {most}, not {bytes} bytes"
    ))
}

fn covers(outer: &str, inner: &str) -> bool {
    match (parsed(outer), parsed(inner)) {
        (Some(outer), Some(inner)) => outer >= inner,
        _ => false,
    }
}

fn consent(rules: &[&str]) -> Vec<String> {
    let most = rules.iter().filter_map(|rule| parsed(rule)).max();
    let sentence = |bytes| format!("keep up to {} of values in the cache", words(bytes));
    most.map(sentence).into_iter().collect()
}

fn parsed(rule: &str) -> Option<u64> {
    rule.strip_prefix(RULE)?.parse().ok()
}

/// A size in the largest unit that it has a whole number of.
pub(super) fn words(bytes: u64) -> String {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    let mut whole = units.iter().filter(|(unit, _)| bytes.is_multiple_of(*unit));
    match whole.next() {
        Some((unit, name)) if bytes > 0 => format!("{} {name}", bytes / unit),
        _ => format!("{bytes} bytes"),
    }
}

/// What is done with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Its value is read.
    Get,
    /// A value is kept.
    Set,
    /// Its value is forgotten.
    Delete,
}

impl Use {
    fn asked(self) -> &'static str {
        match self {
            Self::Get => "get a value",
            Self::Set => "set a value",
            Self::Delete => "delete a value",
        }
    }
}

/// What one plugin was granted. Clones share it; what is set takes effect at the plugin's next
/// call.
#[derive(Clone, Default)]
pub struct Granted(Arc<ArcSwap<Option<Budget>>>);

/// The largest of the rules.
struct Budget {
    bytes: u64,
    uses: Arc<AtomicU64>,
}

impl Granted {
    /// Nothing granted.
    pub fn none() -> Self {
        Self::default()
    }

    /// Replaces what is granted: rules, each with the counter of its uses. The largest counts.
    pub fn set(&self, rules: Vec<(String, Arc<AtomicU64>)>) {
        let budgets = rules.into_iter().filter_map(|(rule, uses)| {
            let bytes = parsed(&rule)?;
            Some(Budget { bytes, uses })
        });
        let most = budgets.max_by_key(|budget| budget.bytes);
        self.0.store(Arc::new(most));
    }

    /// How many bytes the plugin may keep, if it may use the cache; counts the use.
    ///
    /// # Errors
    /// [`Fault::Denied`] with the line that would allow it.
    pub fn permits(&self, what: Use) -> Result<u64, Fault> {
        match &**self.0.load() {
            Some(Budget { bytes, uses }) => {
                uses.fetch_add(1, Ordering::Relaxed);
                Ok(*bytes)
            }
            None => Err(denied(what)),
        }
    }
}

/// The key is not told: it is the plugin's text, and every key is denied alike.
fn denied(what: Use) -> Fault {
    Fault::Denied(Denial {
        capability: "cache".to_owned(),
        asked: what.asked().to_owned(),
        remedy: "add `cache: { bytes: 1MiB }` under `capabilities` in manifest.yaml and grant it"
            .to_owned(),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use goatkit_package::LimitsRequest;
    use serde_json::json;

    use super::*;
    use crate::grants::{Items, Rule, Rules};
    use crate::table::{Capability, Power};

    fn read(value: Value) -> Result<Vec<String>, Vec<String>> {
        GRANT.rules("cache", &PluginName::parse("stats").unwrap(), &value)
    }

    #[test]
    fn grants_are_read_and_are_normal() {
        for (bytes, expect) in [
            (json!("1MiB"), "bytes 1048576"),
            (json!(" 1 MiB"), "bytes 1048576"),
            (json!("1048576"), "bytes 1048576"),
            (json!(1_048_576), "bytes 1048576"),
            (json!("1KiB"), "bytes 1024"),
            (json!("1GiB"), "bytes 1073741824"),
            (json!("5kB"), "bytes 5000"),
        ] {
            assert_eq!(read(json!({ "bytes": bytes })).unwrap(), [expect]);
        }
    }

    #[test]
    fn what_is_no_size_is_refused() {
        let shape = "`cache` is written as { bytes: 1MiB }";
        let range = "is at least 1 KiB and at most 1 GiB";
        for (value, expect) in [
            (json!(true), shape),
            (json!(null), shape),
            (json!("1MiB"), shape),
            (json!(1_048_576), shape),
            (json!(["1MiB"]), shape),
            (json!({}), shape),
            (json!({ "byte": 1 }), "`cache` has no `byte`"),
            (json!({ "bytes": 4096, "ttl": 1 }), "`cache` has no `ttl`"),
            (json!({ "bytes": 0 }), range),
            (json!({ "bytes": 1023 }), range),
            (json!({ "bytes": "1025MiB" }), range),
            (json!({ "bytes": u64::MAX }), range),
            (json!({ "bytes": -1 }), "is a size such as"),
            (json!({ "bytes": 4096.5 }), "is a size such as"),
            (json!({ "bytes": 1e9 }), "is a size such as"),
            (json!({ "bytes": null }), "is a size such as"),
            (json!({ "bytes": ["1MiB"] }), "is a size such as"),
            (json!({ "bytes": "much" }), "`much`: expected a size"),
            (json!({ "bytes": "-1MiB" }), "expected a size"),
            (json!({ "bytes": "1.5MiB" }), "expected a size"),
            (json!({ "bytes": "99999999999GiB" }), "too large"),
            (json!({ "bytes": "x".repeat(10_000) }), "x…`"),
        ] {
            let told = read(value.clone()).unwrap_err().join("");
            assert!(
                told.contains(expect) && told.len() < 200,
                "{value} -> {told}"
            );
        }
    }

    #[test]
    fn more_covers_less() {
        for (outer, inner, expect) in [
            ("bytes 2048", "bytes 1024", true),
            ("bytes 2048", "bytes 2048", true),
            ("bytes 1024", "bytes 2048", false),
            ("bytes 9000", "bytes 10000", false),
            ("bytes 2048", "bytes many", false),
            ("bytes many", "bytes many", false),
            ("2048", "bytes 1024", false),
            ("", "", false),
        ] {
            assert_eq!(GRANT.covers(outer, inner), expect, "{outer}, {inner}");
        }
    }

    #[test]
    fn of_request_and_grant_the_smaller_is_in_force() {
        let cache = Capability {
            name: "cache",
            interface: "goatkit:plugin/cache",
            power: Power::Asked(GRANT),
        };
        let items = Items::new(vec![cache], LimitsRequest::default());
        let rules = |mib: u64| Rules::from([Rule::new("cache", format!("bytes {}", mib << 20))]);
        for (asked, granted, expect) in [(4, 1, 1), (1, 4, 1), (2, 2, 2)] {
            assert_eq!(items.both(&rules(asked), &rules(granted)), rules(expect));
        }
        assert!(items.both(&rules(4), &Rules::new()).is_empty());
        assert_eq!(items.beyond(&rules(4), &rules(1)), rules(4));
        assert!(items.beyond(&rules(1), &rules(4)).is_empty());
    }

    #[test]
    fn consent_says_how_much() {
        for (rules, expect) in [
            (
                &["bytes 1048576"][..],
                &["keep up to 1 MiB of values in the cache"][..],
            ),
            (
                &["bytes 1536", "bytes 1024"],
                &["keep up to 1536 bytes of values in the cache"],
            ),
            (
                &["bytes 1073741824"],
                &["keep up to 1 GiB of values in the cache"],
            ),
            (&[], &[]),
        ] {
            assert_eq!(GRANT.consent(rules), expect);
        }
    }

    #[test]
    fn the_largest_rule_allows_and_is_counted() {
        let granted = Granted::none();
        let counters: [Arc<AtomicU64>; 3] = Default::default();
        let texts = ["bytes 1024", "bytes 4096", "bytes many"];
        let rules = texts.iter().zip(&counters);
        let rules: Vec<_> = rules
            .map(|(text, uses)| ((*text).to_owned(), Arc::clone(uses)))
            .collect();
        granted.set(rules);
        for what in [Use::Get, Use::Set, Use::Delete] {
            assert_eq!(granted.permits(what), Ok(4096));
        }
        let counted = counters.each_ref().map(|it| it.load(Ordering::Relaxed));
        assert_eq!(counted, [0, 3, 0]);
        granted.set(vec![(texts[2].to_owned(), Arc::clone(&counters[2]))]);
        assert!(granted.permits(Use::Get).is_err());
    }

    #[test]
    fn a_refusal_names_the_line_that_would_allow_it() {
        for (what, asked) in [
            (Use::Get, "get a value"),
            (Use::Set, "set a value"),
            (Use::Delete, "delete a value"),
        ] {
            let Err(Fault::Denied(denial)) = Granted::none().permits(what) else {
                panic!("{what:?} is permitted");
            };
            assert_eq!((&*denial.capability, &*denial.asked), ("cache", asked));
            assert!(
                denial
                    .remedy
                    .starts_with("add `cache: { bytes: 1MiB }` under")
            );
        }
    }
}
