//! The hooks of all plugins, by name.

use goatkit_capability::grants::{Rules, covers_hook, hook_rule};

use super::{Snapshot, withheld};
use crate::unit::Active;

/// A hook and whose it is.
#[derive(Clone)]
pub struct ActiveHook {
    /// The plugin.
    pub plugin: Active,
    /// As it was registered: `before_render:page:ticket.*`.
    pub registered: String,
    /// The same as a rule of `reach.hooks`.
    rule: String,
    /// The rules that were granted.
    granted: Vec<String>,
}

impl ActiveHook {
    /// Whether it is called at `name` of `of`: it is registered for that, and that was granted.
    pub fn hears(&self, name: &str, of: &str) -> bool {
        let what = format!("{name} of {of}");
        let mut granted = self.granted.iter();
        covers_hook(&self.rule, &what) && granted.any(|rule| covers_hook(rule, &what))
    }

    /// Whether it is registered for what the plugin itself does, by name and not by chance.
    pub(crate) fn names(&self, plugin: &str) -> bool {
        let of = self.rule.split_once(" of ").map(|(_, of)| of);
        let of = of.and_then(|of| of.strip_prefix(plugin));
        of.is_some_and(|rest| rest.starts_with('.'))
    }
}

impl Snapshot {
    /// What is called at `name` of `of`, in its order: each plugin once, however many of its
    /// hooks that meets.
    pub fn hooks_at(&self, name: &str, of: &str) -> Vec<&ActiveHook> {
        let hooks = self.hooks.get(name).into_iter().flatten();
        let mut found: Vec<&ActiveHook> = hooks.filter(|hook| hook.hears(name, of)).collect();
        found.dedup_by(|later, first| {
            later.plugin.registration.name == first.plugin.registration.name
        });
        found
    }

    pub(super) fn add_hooks(&mut self, plugin: &Active, powers: &Rules) {
        let granted = powers.iter().filter(|rule| rule.item == "reach.hooks");
        let granted: Vec<&str> = granted.map(|rule| rule.text.as_str()).collect();
        for registered in &plugin.registration.hooks {
            let rule = hook_rule(registered);
            // One that was granted in part is called for that part.
            let meets =
                |granted: &&&str| covers_hook(granted, &rule) || covers_hook(&rule, granted);
            let granted: Vec<String> = granted
                .iter()
                .filter(meets)
                .map(|&it| it.to_owned())
                .collect();
            if granted.is_empty() {
                let what = format!("a hook `{registered}`, and it");
                self.withheld.push(withheld(plugin, &what, "reach.hooks"));
                continue;
            }
            let name = registered
                .split_once(':')
                .map_or(registered.as_str(), |(name, _)| name);
            let entry = ActiveHook {
                plugin: plugin.clone(),
                registered: registered.clone(),
                rule,
                granted,
            };
            self.hooks.entry(name.to_owned()).or_default().push(entry);
        }
    }
}
