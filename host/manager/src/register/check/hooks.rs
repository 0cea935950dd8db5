//! Hooks: what a plugin wants to be told of, and of which things.

use std::collections::BTreeSet;

use goatkit_capability::grants::{covers_hook, hook_rule};
use goatkit_runtime::Exports;

use super::{Check, did_you_mean};

/// The hooks there are.
const HOOKS: &[&str] = &["before_render", "after_save", "on_event"];

/// Bytes of what a hook is of.
const MAX_OF: usize = 128;

impl Check<'_> {
    pub(super) fn hooks(&mut self, hooks: &[String], exports: Exports) {
        self.unless(hooks.is_empty() || exports.hooks, || {
            "it registers hooks, and its component does not export `goatkit:plugin/hooks`"
                .to_owned()
        });
        let mut seen = BTreeSet::new();
        for hook in hooks {
            let shown = hook.escape_debug();
            let (name, of) = match hook.split_once(':') {
                Some((name, of)) => (name, Some(of)),
                None => (hook.as_str(), None),
            };
            self.unless(seen.insert(hook), || {
                format!("it registers hook `{shown}` twice")
            });
            if !HOOKS.contains(&name) {
                let near = did_you_mean(name, HOOKS.iter().copied());
                self.problem(format!(
                    "hook `{shown}` is none of {}{near}",
                    HOOKS.join(", ")
                ));
                continue;
            }
            if !of.is_none_or(is_pattern) {
                self.problem(format!(
                    "hook `{shown}` is of nothing that can be named: use letters, digits and \
                     - _ . : behind `{name}:`, with a `*` at the end for all that begin so"
                ));
                continue;
            }
            self.asked(hook, name, of);
        }
    }

    /// Whether the manifest asks for it.
    fn asked(&mut self, hook: &str, name: &str, of: Option<&str>) {
        let rule = hook_rule(hook);
        let asked = self.manifest.reach.hooks.get(name);
        let covers = |of: &String| covers_hook(&format!("{name} of {of}"), &rule);
        let asked = asked.is_some_and(|all| all.is_empty() || all.iter().any(covers));
        self.unless(asked, || {
            let line = match of {
                Some(of) => format!("{name}: [\"{of}\"]"),
                None => format!("{name}: []"),
            };
            format!(
                "hook `{hook}` is outside of its reach: add `{line}` under `reach.hooks` of \
                 manifest.yaml"
            )
        });
    }
}

/// A name of something, or the beginning of names.
fn is_pattern(of: &str) -> bool {
    let fixed = of.strip_suffix('*').unwrap_or(of);
    !of.is_empty()
        && of.len() <= MAX_OF
        && fixed
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte))
}
