//! Which of the application's functions a plugin may call: pure functions of patterns and a
//! name. What is granted changes while plugins run; a look at it takes no lock and allocates
//! nothing.

use goatkit_package::PluginName;
use serde_json::Value;

use crate::audit::Counter;
use crate::grants::{GrantKind, ListOfNames, Names, RuleKind, RuleTexts, covers_name};
use crate::json_schema::shortened;
use crate::{Denial, Fault};

/// How functions of the application are asked and granted: names such as `ticket.create`,
/// patterns such as `ticket.*`, or `*`.
pub const GRANT: GrantKind = GrantKind::Rules(RuleKind {
    rules,
    covers: covers_name,
    consent,
});

/// Bytes of a function's name or a pattern: it stands in consent, refusals and the audit.
pub const MAX_NAME_BYTES: usize = 128;

/// How a manifest and a grant write it.
const LIST: ListOfNames = ListOfNames {
    capability: "app",
    of: "names, as in [ticket.create, \"article.*\"]",
    neither: "a function's name, as in `ticket.create`, nor a pattern, as in `ticket.*` or `*`",
    shown: MAX_NAME_BYTES,
    pattern: |text| is_pattern(text).then(|| text.to_owned()),
};

fn rules(_: &PluginName, value: &Value) -> RuleTexts {
    LIST.read(value)
}

fn consent(rules: &[&str]) -> Vec<String> {
    let sentence = |rule: &&str| match rule.strip_suffix('*') {
        None => format!("call the application's function `{rule}`"),
        Some("") => "call every function of the application".to_owned(),
        Some(beginning) => {
            format!("call every function of the application whose name begins with `{beginning}`")
        }
    };
    rules.iter().map(sentence).collect()
}

/// Whether a text may name a function: at least two words with dots between.
pub(super) fn is_name(text: &str) -> bool {
    text.len() <= MAX_NAME_BYTES && text.contains('.') && text.split('.').all(is_word)
}

fn is_pattern(text: &str) -> bool {
    match text.strip_suffix(".*") {
        Some(beginning) => text.len() <= MAX_NAME_BYTES && beginning.split('.').all(is_word),
        None => text == "*" || is_name(text),
    }
}

fn is_word(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.bytes().all(inner)
}

/// What one plugin was granted. Clones share it; what is set takes effect at the plugin's next
/// call.
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

    /// Whether a function may be called; counts the use of the first pattern that allows it.
    ///
    /// # Errors
    /// [`Fault::Denied`] with the line that would allow it.
    pub fn permits(&self, name: &str) -> Result<(), Fault> {
        match self.0.used(|pattern| covers_name(pattern, name)) {
            true => Ok(()),
            false => Err(denied(name, |name| {
                format!("add `{name}` under `capabilities.app` in manifest.yaml and grant it")
            })),
        }
    }

    /// Whether a function may be called, for lists: it counts nothing.
    pub(super) fn covers(&self, name: &str) -> bool {
        self.0.any(|pattern| covers_name(pattern, name))
    }
}

/// The refusal of a call. The name is the plugin's text, and is cut if it is long.
pub(super) fn denied(name: &str, remedy: impl FnOnce(&str) -> String) -> Fault {
    let name = shortened(name, MAX_NAME_BYTES);
    Fault::Denied(Denial {
        capability: "app".to_owned(),
        asked: format!("call {name}"),
        remedy: remedy(&name),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::atomic::Ordering;

    use serde_json::json;

    use super::*;

    fn read(value: Value) -> Result<Vec<String>, Vec<String>> {
        GRANT.rules("app", &PluginName::parse("stats").unwrap(), &value)
    }

    #[test]
    fn grants_are_read_and_are_normal() {
        for (value, expect) in [
            (json!([]), vec![]),
            (json!(["ticket.create"]), vec!["ticket.create"]),
            (json!(["b.c", "a.b", "b.c"]), vec!["a.b", "b.c"]),
            (json!(["*"]), vec!["*"]),
            (
                json!(["ticket.*", "ticket.create", "ticket.a.*"]),
                vec!["ticket.*"],
            ),
            (json!(["ticket.*", "tickets.create", "*"]), vec!["*"]),
            (json!(["a1.b-2.c", "x.*"]), vec!["a1.b-2.c", "x.*"]),
        ] {
            assert_eq!(read(value).unwrap(), expect);
        }
    }

    #[test]
    fn what_is_no_name_or_pattern_is_refused() {
        for wrong in [
            "ticket",
            "Ticket.create",
            "ticket.Create",
            "ticket.",
            ".create",
            "ticket..create",
            "ticket.1",
            "ticket.-a",
            "ticket create",
            "tic*",
            "ticket.c*",
            "*.create",
            "ticket.*.a",
            "**",
            ".*",
            "",
            "tícket.a",
            "ticket.*\n",
        ] {
            let told = read(json!([wrong])).unwrap_err().join("");
            assert!(
                told.contains("is neither a function's name"),
                "{wrong}: {told}"
            );
        }
        let long = "a.".repeat(MAX_NAME_BYTES);
        assert!(read(json!([long])).unwrap_err()[0].len() < 2 * MAX_NAME_BYTES + 100);
        for shape in [
            json!("ticket.*"),
            json!([1]),
            json!({ "ticket": true }),
            json!(true),
        ] {
            assert!(read(shape).unwrap_err()[0].contains("is written as a list"));
        }
        let many: Vec<_> = (0..=crate::grants::MAX_ENTRIES)
            .map(|at| format!("a.b{at}"))
            .collect();
        assert_eq!(
            read(json!(many)).unwrap_err(),
            ["`app` has more than 100 entries"]
        );
        assert_eq!(
            read(json!(["A.b", "c"])).unwrap_err().len(),
            2,
            "all at once"
        );
    }

    #[test]
    fn consent_says_what_may_be_called() {
        assert_eq!(
            GRANT.consent(&["*", "ticket.*", "ticket.create"]),
            [
                "call every function of the application",
                "call every function of the application whose name begins with `ticket.`",
                "call the application's function `ticket.create`",
            ]
        );
        assert!(GRANT.consent(&[]).is_empty());
    }

    fn granted(patterns: &[&str]) -> (Granted, Vec<Counter>) {
        let counters: Vec<Counter> = patterns.iter().map(|_| Counter::default()).collect();
        let granted = Granted::none();
        let named = patterns.iter().map(|it| (*it).to_owned());
        granted.set(named.zip(counters.iter().cloned()).collect());
        (granted, counters)
    }

    #[test]
    fn names_are_held_against_the_grant() {
        for (patterns, name, expect) in [
            (vec!["ticket.create"], "ticket.create", true),
            (vec!["ticket.*"], "ticket.create", true),
            (vec!["ticket.*"], "ticket.article.create", true),
            (vec!["*"], "ticket.create", true),
            (vec!["a.b", "ticket.create"], "ticket.create", true),
            (vec![], "ticket.create", false),
            (vec!["ticket.create"], "ticket.create-all", false),
            (vec!["ticket.create"], "ticket.creat", false),
            (vec!["ticket.create"], "Ticket.create", false),
            (vec!["ticket.*"], "tickets.create", false),
            (vec!["ticket.*"], "ticket", false),
        ] {
            let (granted, _) = granted(&patterns);
            assert_eq!(granted.permits(name).is_ok(), expect, "{patterns:?} {name}");
            assert_eq!(granted.covers(name), expect, "{patterns:?} {name}");
        }
        assert_eq!(
            Granted::none()
                .permits("ticket.create")
                .unwrap_err()
                .to_string(),
            "not granted: app: call ticket.create (add `ticket.create` under `capabilities.app` \
             in manifest.yaml and grant it)"
        );
        let long = Granted::none().permits(&"x".repeat(100_000)).unwrap_err();
        assert!(long.to_string().len() < 1_000);
    }

    #[test]
    fn the_first_pattern_that_allows_is_counted() {
        let (granted, counters) = granted(&["ticket.create", "ticket.*"]);
        for name in [
            "ticket.create",
            "ticket.close",
            "ticket.close",
            "user.create",
        ] {
            let _ = granted.permits(name);
        }
        granted.covers("ticket.create");
        let counted: Vec<u64> = counters
            .iter()
            .map(|it| it.load(Ordering::Relaxed))
            .collect();
        assert_eq!(counted, [1, 2]);
    }
}
