//! On which channels a plugin may publish: pure functions of patterns and a name. What is
//! granted changes while plugins run; a look at it takes no lock and allocates nothing.

use goatkit_package::PluginName;
use serde_json::Value;

use crate::audit::Counter;
use crate::grants::{GrantKind, ListOfNames, Names, RuleKind, RuleTexts, covers_name};
use crate::json_schema::shortened;
use crate::{Denial, Fault};

/// How channels are asked and granted: names such as `updates`, patterns such as `ticket.*`,
/// or `*`.
pub const GRANT: GrantKind = GrantKind::Rules(RuleKind {
    rules,
    covers: covers_name,
    consent,
});

/// Bytes of the name of a channel or a kind: it goes with every event.
pub const MAX_NAME_BYTES: usize = 64;

/// How a manifest and a grant write it.
const LIST: ListOfNames = ListOfNames {
    capability: "events",
    of: "channels, as in [updates, \"ticket.*\"]",
    neither: "a channel's name, as in `updates`, nor a pattern, as in `ticket.*` or `*`",
    shown: MAX_NAME_BYTES,
    pattern: |text| is_pattern(text).then(|| text.to_owned()),
};

fn rules(_: &PluginName, value: &Value) -> RuleTexts {
    LIST.read(value)
}

fn consent(rules: &[&str]) -> Vec<String> {
    let sentence = |rule: &&str| match rule.strip_suffix('*') {
        None => format!("publish events on its channel `{rule}`"),
        Some("") => "publish events on channels of its own".to_owned(),
        Some(beginning) => {
            format!("publish events on those of its channels whose name begins with `{beginning}`")
        }
    };
    rules.iter().map(sentence).collect()
}

/// Whether a text may name a channel or a kind: words with dots between.
pub fn is_name(text: &str) -> bool {
    text.len() <= MAX_NAME_BYTES && text.split('.').all(is_word)
}

fn is_pattern(text: &str) -> bool {
    text == "*" || is_name(text.strip_suffix(".*").unwrap_or(text))
}

fn is_word(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
    !text.is_empty() && text.bytes().all(inner)
}

/// What one plugin was granted. Clones share it; what is set takes effect at the plugin's next
/// event.
#[derive(Clone, Default)]
pub struct Granted(Names);

impl Granted {
    /// Nothing granted.
    pub fn none() -> Self {
        Self::default()
    }

    /// Replaces what is granted: patterns, each with the counter of its uses.
    pub fn set(&self, patterns: Vec<(String, Counter)>) {
        self.0.set(patterns);
    }

    /// Whether the plugin may publish on a channel; counts the use of the first pattern that
    /// allows it.
    ///
    /// # Errors
    /// [`Fault::Denied`] with the line that would allow it.
    pub fn permits(&self, channel: &str) -> Result<(), Fault> {
        match self.0.used(|pattern| covers_name(pattern, channel)) {
            true => Ok(()),
            false => Err(denied(channel)),
        }
    }
}

/// The refusal of an event. The name is the plugin's text, and is cut if it is long.
fn denied(channel: &str) -> Fault {
    let channel = shortened(channel, MAX_NAME_BYTES);
    Fault::Denied(Denial {
        capability: "events".to_owned(),
        asked: format!("publish on {channel}"),
        remedy: format!(
            "add `{channel}` under `capabilities.events` in manifest.yaml and grant it"
        ),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::atomic::Ordering;

    use serde_json::json;

    use super::*;

    fn read(value: Value) -> Result<Vec<String>, Vec<String>> {
        GRANT.rules("events", &PluginName::parse("stats").unwrap(), &value)
    }

    #[test]
    fn grants_are_read_and_are_normal() {
        for (value, expect) in [
            (json!([]), vec![]),
            (json!(["updates"]), vec!["updates"]),
            (json!(["b.c", "a_1.b-2", "b.c"]), vec!["a_1.b-2", "b.c"]),
            (json!(["*"]), vec!["*"]),
            (
                json!(["ticket.*", "ticket.new", "ticket.a.*", "ticket"]),
                vec!["ticket", "ticket.*"],
            ),
            (json!(["ticket.*", "updates", "*"]), vec!["*"]),
            (json!(["1"]), vec!["1"]),
        ] {
            assert_eq!(read(value).unwrap(), expect);
        }
    }

    #[test]
    fn what_is_no_name_or_pattern_is_refused() {
        for wrong in [
            "", ".", "Updates", "a.", ".a", "a..b", "a b", "up*", "*.a", "a.*.b", "**", ".*", "ü",
            "a\n", "a/b",
        ] {
            let told = read(json!([wrong])).unwrap_err().join("");
            assert!(
                told.contains("is neither a channel's name"),
                "{wrong}: {told}"
            );
        }
        let long = "a".repeat(MAX_NAME_BYTES + 1);
        assert!(read(json!([long])).unwrap_err()[0].len() < 2 * MAX_NAME_BYTES + 100);
        for shape in [
            json!("updates"),
            json!([1]),
            json!({ "updates": true }),
            json!(true),
        ] {
            assert!(read(shape).unwrap_err()[0].contains("is written as a list"));
        }
        let many: Vec<_> = (0..=crate::grants::MAX_ENTRIES)
            .map(|at| format!("a{at}"))
            .collect();
        assert_eq!(
            read(json!(many)).unwrap_err(),
            ["`events` has more than 100 entries"]
        );
    }

    #[test]
    fn consent_says_where_it_may_publish() {
        assert_eq!(
            GRANT.consent(&["*", "ticket.*", "updates"]),
            [
                "publish events on channels of its own",
                "publish events on those of its channels whose name begins with `ticket.`",
                "publish events on its channel `updates`",
            ]
        );
        assert!(GRANT.consent(&[]).is_empty());
    }

    #[test]
    fn channels_are_held_against_the_grant_and_uses_are_counted() {
        for (patterns, channel, expect) in [
            (vec!["updates"], "updates", true),
            (vec!["ticket.*"], "ticket.new", true),
            (vec!["ticket.*"], "ticket.new.one", true),
            (vec!["a", "updates"], "updates", true),
            (vec!["*"], "updates", true),
            (vec![], "updates", false),
            (vec!["updates"], "update", false),
            (vec!["updates"], "updates2", false),
            (vec!["updates"], "Updates", false),
            (vec!["ticket.*"], "ticket", false),
            (vec!["ticket.*"], "tickets.new", false),
        ] {
            let uses: Vec<Counter> = patterns.iter().map(|_| Counter::default()).collect();
            let granted = Granted::none();
            let named = patterns.iter().map(|it| (*it).to_owned());
            granted.set(named.zip(uses.iter().cloned()).collect());
            let permits = granted.permits(channel).is_ok();
            assert_eq!(permits, expect, "{patterns:?} {channel}");
            let counted: u64 = uses.iter().map(|it| it.load(Ordering::Relaxed)).sum();
            assert_eq!(counted, u64::from(expect));
        }
        assert_eq!(
            Granted::none().permits("updates").unwrap_err().to_string(),
            "not granted: events: publish on updates (add `updates` under `capabilities.events` \
             in manifest.yaml and grant it)"
        );
        let long = Granted::none().permits(&"x".repeat(100_000)).unwrap_err();
        assert!(long.to_string().len() < 1_000);
    }
}
