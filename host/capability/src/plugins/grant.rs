//! Which functions of other plugins a plugin may call: pure functions of patterns and two
//! names. What is granted changes while plugins run; a look at it takes no lock and allocates
//! nothing.

use goatkit_package::PluginName;
use serde_json::Value;

use crate::audit::Counter;
use crate::grants::{GrantKind, ListOfNames, Names, RuleKind, RuleTexts, covers_name};
use crate::json_schema::shortened;
use crate::{Denial, Fault};

/// How calls of other plugins are asked and granted: a plugin's name (`stats`, which is
/// `stats.*`), one function of it (`kb.search`), or `*`.
pub const GRANT: GrantKind = GrantKind::Rules(RuleKind {
    rules,
    covers: covers_name,
    consent,
});

/// Bytes of a plugin's or a function's name: they stand in consent, refusals and the audit.
pub const MAX_NAME_BYTES: usize = 64;

/// How a manifest and a grant write it.
const LIST: ListOfNames = ListOfNames {
    capability: "plugins",
    of: "names, as in [stats, kb.search]",
    neither: "a plugin's name, as in `stats`, nor a function of one, as in `stats.overview`, nor `*`",
    shown: MAX_NAME_BYTES,
    pattern,
};

fn rules(_: &PluginName, value: &Value) -> RuleTexts {
    LIST.read(value)
}

/// The normal form of what is written.
fn pattern(text: &str) -> Option<String> {
    if text == "*" {
        return Some(text.to_owned());
    }
    let (plugin, function) = text.split_once('.').unwrap_or((text, "*"));
    PluginName::parse(plugin).ok()?;
    (function == "*" || is_function(function)).then(|| format!("{plugin}.{function}"))
}

fn is_function(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    text.len() <= MAX_NAME_BYTES
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(inner)
}

fn consent(rules: &[&str]) -> Vec<String> {
    let sentence = |rule: &&str| match rule.split_once('.') {
        None => "call functions that any plugin exposes".to_owned(),
        Some((plugin, "*")) => format!("call functions that the plugin `{plugin}` exposes"),
        Some((plugin, function)) => {
            format!("call the function `{function}` of the plugin `{plugin}`")
        }
    };
    rules.iter().map(sentence).collect()
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

    /// Whether a function of a plugin may be called; counts the use of the first pattern that
    /// allows it.
    ///
    /// # Errors
    /// [`Fault::Denied`] with the line that would allow it.
    pub fn permits(&self, plugin: &str, function: &str) -> Result<(), Fault> {
        match self.0.used(|pattern| allows(pattern, plugin, function)) {
            true => Ok(()),
            false => Err(denied(plugin, function)),
        }
    }

    /// Whether a function of a plugin may be called, for lists: it counts nothing.
    pub fn covers(&self, plugin: &str, function: &str) -> bool {
        self.0.any(|pattern| allows(pattern, plugin, function))
    }

    /// Whether any function of a plugin may be called: it counts nothing.
    pub fn covers_some(&self, plugin: &str) -> bool {
        self.0
            .any(|pattern| pattern == "*" || of_plugin(pattern, plugin).is_some())
    }
}

fn allows(pattern: &str, plugin: &str, function: &str) -> bool {
    let within = |allowed: &str| allowed == "*" || allowed == function;
    pattern == "*" || of_plugin(pattern, plugin).is_some_and(within)
}

/// What of a plugin's functions a pattern allows, if it is about that plugin.
fn of_plugin<'p>(pattern: &'p str, plugin: &str) -> Option<&'p str> {
    pattern.strip_prefix(plugin)?.strip_prefix('.')
}

/// The refusal of a call. The names are the plugin's texts, and are cut if they are long.
fn denied(plugin: &str, function: &str) -> Fault {
    let plugin = shortened(plugin, MAX_NAME_BYTES);
    let function = shortened(function, MAX_NAME_BYTES);
    Fault::Denied(Denial {
        capability: "plugins".to_owned(),
        asked: format!("call {plugin}.{function}"),
        remedy: format!(
            "add `{plugin}.{function}` under `capabilities.plugins` in manifest.yaml and grant it"
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
        GRANT.rules("plugins", &PluginName::parse("desk").unwrap(), &value)
    }

    #[test]
    fn grants_are_read_and_are_normal() {
        for (value, expect) in [
            (json!([]), vec![]),
            (json!(["stats"]), vec!["stats.*"]),
            (json!(["stats.*"]), vec!["stats.*"]),
            (json!(["kb.search"]), vec!["kb.search"]),
            (
                json!(["kb.search", "a-b.c_d1", "kb.search"]),
                vec!["a-b.c_d1", "kb.search"],
            ),
            (json!(["kb.search", "kb"]), vec!["kb.*"]),
            (json!(["kb2.search", "kb.*"]), vec!["kb.*", "kb2.search"]),
            (json!(["kb.search", "stats", "*"]), vec!["*"]),
        ] {
            assert_eq!(read(value).unwrap(), expect);
        }
    }

    #[test]
    fn what_names_no_plugin_or_function_is_refused() {
        for wrong in [
            "",
            "Stats",
            "my_plugin",
            "stats.",
            ".overview",
            "stats.1a",
            "stats.Overview",
            "stats._a",
            "stats.a-b",
            "stats.a.b",
            "stats.a*",
            "sta*",
            "*.search",
            "stats..a",
            "**",
            "stats.über",
            "stats\n",
            "for",
        ] {
            let told = read(json!([wrong])).unwrap_err().join("");
            assert!(
                told.contains("is neither a plugin's name"),
                "{wrong}: {told}"
            );
        }
        let long = format!("a.{}", "b".repeat(MAX_NAME_BYTES + 1));
        assert!(read(json!([long])).unwrap_err()[0].len() < 2 * MAX_NAME_BYTES + 100);
        for shape in [
            json!("stats"),
            json!([1]),
            json!({ "stats": true }),
            json!(true),
        ] {
            assert!(read(shape).unwrap_err()[0].contains("is written as a list"));
        }
        let many: Vec<_> = (0..=crate::grants::MAX_ENTRIES)
            .map(|at| format!("a.b{at}"))
            .collect();
        assert_eq!(
            read(json!(many)).unwrap_err(),
            ["`plugins` has more than 100 entries"]
        );
        assert_eq!(read(json!(["A", ""])).unwrap_err().len(), 2, "all at once");
    }

    #[test]
    fn consent_says_what_may_be_called() {
        assert_eq!(
            GRANT.consent(&["*", "kb.search", "stats.*"]),
            [
                "call functions that any plugin exposes",
                "call the function `search` of the plugin `kb`",
                "call functions that the plugin `stats` exposes",
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
        for (patterns, plugin, function, expect) in [
            (vec!["kb.search"], "kb", "search", true),
            (vec!["kb.*"], "kb", "search", true),
            (vec!["*"], "kb", "search", true),
            (vec!["a.*", "kb.search"], "kb", "search", true),
            (vec![], "kb", "search", false),
            (vec!["kb.search"], "kb", "searches", false),
            (vec!["kb.search"], "kb", "sear", false),
            (vec!["kb.search"], "kb", "Search", false),
            (vec!["kb.search"], "kb2", "search", false),
            (vec!["kb.*"], "kb2", "search", false),
            (vec!["kb.*"], "k", "search", false),
            (vec!["kb.*"], "", "search", false),
            (vec!["kb.*"], "kb.search", "", false),
            (vec!["kb-2.*"], "kb", "2.search", false),
        ] {
            let (granted, _) = granted(&patterns);
            let permits = granted.permits(plugin, function).is_ok();
            assert_eq!(permits, expect, "{patterns:?} {plugin} {function}");
            assert_eq!(granted.covers(plugin, function), expect);
        }
        assert_eq!(
            Granted::none()
                .permits("kb", "search")
                .unwrap_err()
                .to_string(),
            "not granted: plugins: call kb.search (add `kb.search` under `capabilities.plugins` \
             in manifest.yaml and grant it)"
        );
        let long = "x".repeat(100_000);
        let long = Granted::none().permits(&long, &long).unwrap_err();
        assert!(long.to_string().len() < 1_000);
    }

    #[test]
    fn a_plugin_is_within_reach_when_any_of_its_functions_is() {
        for (patterns, plugin, expect) in [
            (vec!["kb.search"], "kb", true),
            (vec!["kb.*"], "kb", true),
            (vec!["*"], "kb", true),
            (vec!["kb.*"], "kb2", false),
            (vec!["kb2.a"], "kb", false),
            (vec![], "kb", false),
        ] {
            let (granted, _) = granted(&patterns);
            assert_eq!(granted.covers_some(plugin), expect, "{patterns:?} {plugin}");
        }
    }

    #[test]
    fn the_first_pattern_that_allows_is_counted() {
        let (granted, counters) = granted(&["kb.search", "kb.*"]);
        for function in ["search", "list", "list"] {
            granted.permits("kb", function).unwrap();
        }
        granted.permits("stats", "list").unwrap_err();
        granted.covers("kb", "search");
        let counted: Vec<u64> = counters
            .iter()
            .map(|it| it.load(Ordering::Relaxed))
            .collect();
        assert_eq!(counted, [1, 2]);
    }
}
