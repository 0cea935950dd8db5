//! What is granted before anybody is asked: by the policy file, or to all in a host that is
//! thrown away. The ledger asks; decisions stand above it.

use std::collections::BTreeMap;

use goatkit_package::{GrantFile, Manifest, PluginName, PolicyFile};

use super::binding::Binding;
use super::identity::identity_rules;
use super::items::{Items, Rules, Sections};

/// What is granted ahead.
#[derive(Debug, Clone, Default)]
pub enum Policy {
    /// Nothing: an administrator decides on everything.
    #[default]
    Nothing,
    /// Whatever is asked: for throw-away hosts and tests.
    Everything,
    /// What a policy file says.
    File(Ahead),
}

/// A policy file whose grants mean something on this host.
#[derive(Debug, Clone, Default)]
pub struct Ahead(BTreeMap<PluginName, (Binding, Rules)>);

impl Ahead {
    /// Says what a policy file means on a host.
    ///
    /// # Errors
    /// One sentence per grant that this host cannot read, with its plugin.
    pub fn read(file: &PolicyFile, items: &Items) -> Result<Self, Vec<String>> {
        let mut ahead = BTreeMap::new();
        let mut problems = Vec::new();
        for (plugin, entry) in &file.plugins {
            match items.rules(plugin, Sections::from(&entry.grants)) {
                Ok(mut rules) => {
                    rules.extend(identity_rules());
                    let granted = (Binding::from(&entry.binding), rules);
                    ahead.insert(plugin.clone(), granted);
                }
                Err(wrong) => {
                    let wrong = wrong.into_iter();
                    problems.extend(wrong.map(|it| format!("policy.yaml: plugins.{plugin}: {it}")));
                }
            }
        }
        if problems.is_empty() {
            Ok(Self(ahead))
        } else {
            Err(problems)
        }
    }
}

impl Policy {
    /// What is granted ahead to a plugin that asks `asked`.
    pub(super) fn rules(&self, plugin: &PluginName, binding: &Binding, asked: &Rules) -> Rules {
        match self {
            Self::Nothing => Rules::new(),
            Self::Everything => asked.clone(),
            Self::File(Ahead(plugins)) => match plugins.get(plugin) {
                Some((bound, rules)) if bound == binding => rules.clone(),
                _ => Rules::new(),
            },
        }
    }
}

impl<'a> From<&'a Manifest> for Sections<'a> {
    fn from(manifest: &'a Manifest) -> Self {
        Self {
            capabilities: &manifest.capabilities,
            reach: &manifest.reach,
            limits: &manifest.limits,
        }
    }
}

impl<'a> From<&'a GrantFile> for Sections<'a> {
    fn from(grants: &'a GrantFile) -> Self {
        Self {
            capabilities: &grants.capabilities,
            reach: &grants.reach,
            limits: &grants.limits,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use goatkit_package::Digest;

    use super::super::testing::{items, rules};
    use super::*;

    fn read(yaml: &str) -> Result<Policy, Vec<String>> {
        let file = PolicyFile::parse(yaml.as_bytes()).unwrap();
        Ahead::read(&file, &items()).map(Policy::File)
    }

    #[test]
    fn it_grants_to_the_package_it_names_and_to_no_other() {
        let digest = Digest::of(b"stats 1");
        let policy = read(&format!(
            "plugins: {{ stats: {{ digest: {digest}, capabilities: {{ call: [a.b] }} }} }}"
        ));
        let policy = policy.unwrap();
        let check = |plugin, binding: Binding, expect: &[&str]| {
            let plugin = PluginName::parse(plugin).unwrap();
            let asked = rules(&["call: a.b", "bell: use"]);
            let found = policy.rules(&plugin, &binding, &asked);
            assert_eq!(found, rules(expect), "{plugin} {binding}");
        };
        // What is meant to be there is meant to have its name.
        let granted = ["call: a.b", "name: use", "secrets: use"];
        check("stats", Binding::Digest(digest), &granted);
        check("stats", Binding::Digest(Digest::of(b"stats 2")), &[]);
        check("stats", Binding::Folder("/srv/stats".into()), &[]);
        check("other", Binding::Digest(digest), &[]);
    }

    #[test]
    fn nothing_and_everything() {
        let plugin = PluginName::parse("stats").unwrap();
        let binding = Binding::Folder("/srv/stats".into());
        let asked = rules(&["call: a.b", "bell: use"]);
        for (policy, expect) in [
            (Policy::Nothing, Rules::new()),
            (Policy::Everything, asked.clone()),
        ] {
            assert_eq!(policy.rules(&plugin, &binding, &asked), expect);
        }
    }

    #[test]
    fn a_grant_that_the_host_cannot_read_is_named() {
        let problems = read(
            "plugins:\n  \
             a: { folder: /a, capabilities: { cal: [a.b] } }\n  \
             b: { folder: /b, capabilities: { bell: 1 } }",
        );
        let problems = problems.unwrap_err().join("\n");
        assert!(
            problems.contains("policy.yaml: plugins.a: `capabilities.cal`"),
            "{problems}"
        );
        assert!(
            problems.contains("policy.yaml: plugins.b: `bell` is written as true"),
            "{problems}"
        );
    }
}
