//! What of requests and grants comes to nothing: a pure function, for whoever decides on them.

use goatkit_package::PluginName;
use serde::{Deserialize, Serialize};

use super::uses::Used;
use crate::grants::{Rule, Rules};

/// Groups of items whose uses nobody counts: they hold without being asked each time.
const UNCOUNTED: &[&str] = &["limits.", "reach."];

/// What could be asked less, and what could be granted less.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// What plugins ask and nobody granted.
    pub asked_never_granted: Vec<Unused>,
    /// What is in force and no plugin has used. Reach and limits are never here: nobody counts
    /// their uses.
    pub granted_never_used: Vec<Unused>,
}

/// A rule that comes to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unused {
    /// The plugin's name.
    pub plugin: String,
    /// The rule as it is printed: `db: read ticket`.
    pub rule: String,
}

/// Holds what each plugin asks against what of it is in force, and that against what was used.
/// Each plugin comes with the rules it asks, then those in force.
pub fn report(asked: &[(PluginName, Rules, Rules)], uses: &[Used]) -> Report {
    let mut report = Report::default();
    for (plugin, asked, in_force) in asked {
        let unused = |rule: &Rule| Unused {
            plugin: plugin.to_string(),
            rule: rule.to_string(),
        };
        let is_used = |rule: &Rule| {
            uses.iter()
                .any(|it| it.plugin == *plugin && it.rule == *rule)
        };
        let never_granted = asked.difference(in_force).map(unused);
        report.asked_never_granted.extend(never_granted);
        let never_used = in_force
            .iter()
            .filter(|rule| is_counted(rule) && !is_used(rule));
        report.granted_never_used.extend(never_used.map(unused));
    }
    report
}

fn is_counted(rule: &Rule) -> bool {
    UNCOUNTED.iter().all(|group| !rule.item.starts_with(group))
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::super::testing::name;
    use super::*;

    fn rules(texts: &[&str]) -> Rules {
        let split = texts.iter().filter_map(|text| text.split_once(": "));
        split.map(|(item, text)| Rule::new(item, text)).collect()
    }

    #[track_caller]
    fn check(asked: &[&str], in_force: &[&str], used: &[(&str, &str)], expect: (&[&str], &[&str])) {
        let asked = [(name("stats"), rules(asked), rules(in_force))];
        let used = used.iter().flat_map(|(plugin, rule)| {
            rules(&[rule]).into_iter().map(|rule| Used {
                plugin: name(plugin),
                rule,
                count: 1,
                last_used_at: UNIX_EPOCH,
            })
        });
        let report = report(&asked, &used.collect::<Vec<_>>());
        let rules_of = |unused: Vec<Unused>| -> Vec<String> {
            assert!(unused.iter().all(|it| it.plugin == "stats"));
            unused.into_iter().map(|it| it.rule).collect()
        };
        assert_eq!(rules_of(report.asked_never_granted), expect.0);
        assert_eq!(rules_of(report.granted_never_used), expect.1);
    }

    #[test]
    fn what_comes_to_nothing_is_named() {
        let read = "db: read ticket";
        check(&[], &[], &[], (&[], &[]));
        check(&[read], &[], &[], (&[read], &[]));
        check(&[read], &[read], &[], (&[], &[read]));
        check(&[read], &[read], &[("stats", read)], (&[], &[]));
        check(&[read], &[read], &[("other", read)], (&[], &[read]));
        // Part of it was granted: what was asked was not, what was granted is not used.
        check(
            &["app: ticket.*"],
            &["app: ticket.create"],
            &[("stats", "app: ticket.*")],
            (&["app: ticket.*"], &["app: ticket.create"]),
        );
    }

    #[test]
    fn reach_and_limits_are_asked_but_not_counted() {
        let asked = ["limits.memory: 64", "reach.routes: /a/*", "reacher: use"];
        check(&asked, &[], &[], (&asked, &[]));
        check(&asked, &asked, &[], (&[], &["reacher: use"]));
    }
}
