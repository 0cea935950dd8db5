//! The one form in which everything that may be granted is asked, granted and counted: a
//! rule. What a rule's text means, the kind of its item knows.

use std::fmt;

use goatkit_package::PluginName;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One thing that a plugin asks or was granted, e.g. `db: read ticket`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Rule {
    /// A capability, `reach.routes` and its like, or `limits.memory` and its like.
    pub item: String,
    /// What of it, in the words of the item's kind: `read ticket`, `/admin/*`, `67108864`.
    pub text: String,
}

impl Rule {
    /// A rule of `item`.
    pub fn new(item: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            item: item.into(),
            text: text.into(),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.item, self.text)
    }
}

/// How an item is asked and granted.
#[derive(Debug, Clone, Copy)]
pub enum GrantKind {
    /// Whole or not at all: written `true`. Holds what it allows, as the end of a sentence
    /// that begins with "It may", for the administrator who is asked.
    Switch(&'static str),
    /// By rules.
    Rules(RuleKind),
}

/// The texts of rules that were read, or one sentence per thing that is wrong.
pub type RuleTexts = Result<Vec<String>, Vec<String>>;

/// An item that is granted by rules.
#[derive(Debug, Clone, Copy)]
pub struct RuleKind {
    /// Reads what a manifest asks, or a grant, which is written the same way. The answer is
    /// normal: equal grants have equal rules. Else one sentence per thing that is wrong.
    pub rules: ReadRules,
    /// Whether the first rule allows all that the second asks.
    pub covers: fn(&str, &str) -> bool,
    /// What the rules allow, as ends of sentences that begin with "It may".
    pub consent: Consent,
}

/// Reads rules; else one sentence per thing that is wrong.
pub type ReadRules = fn(&PluginName, &Value) -> RuleTexts;

/// Puts rules into words.
pub type Consent = fn(&[&str]) -> Vec<String>;

/// The only rule of a switch.
const ON: &str = "use";

impl GrantKind {
    /// The rules of what is written for an item.
    ///
    /// # Errors
    /// One sentence per thing that is wrong.
    pub fn rules(
        self,
        item: &str,
        plugin: &PluginName,
        value: &Value,
    ) -> Result<Vec<String>, Vec<String>> {
        match (self, value) {
            (Self::Switch(_), Value::Bool(true)) => Ok(vec![ON.to_owned()]),
            (Self::Switch(_), Value::Bool(false)) => Ok(Vec::new()),
            (Self::Switch(_), _) => Err(vec![format!("`{item}` is written as true")]),
            (Self::Rules(kind), value) => (kind.rules)(plugin, value),
        }
    }

    /// Whether the first rule allows all that the second asks.
    pub fn covers(self, outer: &str, inner: &str) -> bool {
        match self {
            Self::Switch(_) => outer == inner,
            Self::Rules(kind) => (kind.covers)(outer, inner),
        }
    }

    /// What the rules allow, as ends of sentences that begin with "It may".
    pub fn consent(self, rules: &[&str]) -> Vec<String> {
        match self {
            Self::Switch(_) if rules.is_empty() => Vec::new(),
            Self::Switch(words) => vec![words.to_owned()],
            Self::Rules(kind) => (kind.consent)(rules),
        }
    }
}

/// Whether a pattern of names covers another: `ticket.*` covers `ticket.create`, `ticket.a.*`
/// and itself, `*` covers everything.
pub(crate) fn covers_name(outer: &str, inner: &str) -> bool {
    match outer.strip_suffix('*') {
        Some(prefix) => inner.starts_with(prefix),
        None => outer == inner,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_names_cover_what_begins_like_them() {
        for (outer, inner, expect) in [
            ("ticket.*", "ticket.create", true),
            ("ticket.*", "ticket.*", true),
            ("ticket.*", "ticket.a.*", true),
            ("*", "ticket.*", true),
            ("ticket.create", "ticket.create", true),
            ("ticket.create", "ticket.*", false),
            ("ticket.*", "tickets.create", false),
            ("ticket.*", "ticket", false),
            ("ticket.*", "*", false),
        ] {
            assert_eq!(covers_name(outer, inner), expect, "{outer} {inner}");
        }
    }

    #[test]
    fn a_switch_is_on_or_not_asked() {
        let kind = GrantKind::Switch("ring the bell");
        let plugin = PluginName::parse("a").unwrap();
        let rules = |value| kind.rules("bell", &plugin, &value);
        assert_eq!(rules(Value::Bool(true)).unwrap(), ["use"]);
        assert_eq!(rules(Value::Bool(false)).unwrap(), [] as [&str; 0]);
        assert_eq!(
            rules(Value::Null).unwrap_err(),
            ["`bell` is written as true"]
        );
        assert_eq!(kind.consent(&["use"]), ["ring the bell"]);
        assert!(kind.consent(&[]).is_empty());
    }
}
