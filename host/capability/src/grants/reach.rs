//! Where a plugin appears beyond its own prefix, as rules.

use goatkit_package::{PluginName, Reach};
use serde_json::{Value, json};

use super::rule::{GrantKind, RuleKind, covers_name};

/// The items of reach.
const ITEMS: &[(&str, GrantKind)] = &[
    (
        "reach.routes",
        GrantKind::Rules(RuleKind {
            rules: strings,
            covers: covers_path,
            consent: |rules| {
                each(rules, |path| {
                    format!("answer under {path}, in the application's own address space")
                })
            },
        }),
    ),
    (
        "reach.hooks",
        GrantKind::Rules(RuleKind {
            rules: strings,
            covers: covers_hook,
            consent: |rules| each(rules, hook_words),
        }),
    ),
    (
        "reach.widgets",
        GrantKind::Rules(RuleKind {
            rules: strings,
            covers: |outer, inner| outer == inner,
            consent: |rules| {
                each(rules, |place| {
                    format!("show a widget in the place `{place}`")
                })
            },
        }),
    ),
    (
        "reach.script",
        GrantKind::Switch(
            "run script in the application's pages: it can act as any user who opens its pages",
        ),
    ),
];

pub(super) fn kind(item: &str) -> Option<GrantKind> {
    let found = ITEMS.iter().find(|(name, _)| *name == item);
    found.map(|(_, kind)| *kind)
}

/// What is written under `reach`, by item.
pub(super) fn values(reach: &Reach) -> Vec<(&'static str, Value)> {
    let hooks: Vec<String> = reach
        .hooks
        .iter()
        .flat_map(|(hook, of)| match of.as_slice() {
            [] => vec![hook.clone()],
            of => of.iter().map(|of| format!("{hook} of {of}")).collect(),
        })
        .collect();
    vec![
        ("reach.routes", json!(reach.routes)),
        ("reach.hooks", json!(hooks)),
        ("reach.widgets", json!(reach.widgets)),
        ("reach.script", json!(reach.script)),
    ]
}

/// Whether a pattern of paths covers a path or another pattern. `/a/*` is `/a` and all below.
pub fn covers_path(pattern: &str, path: &str) -> bool {
    match pattern.strip_suffix("/*") {
        Some(prefix) => path
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
        None => pattern == path,
    }
}

/// Whether a rule of hooks covers another: `after_save` covers `after_save of ticket`; `before_render of page:*` covers
/// `before_render of page:start`.
pub fn covers_hook(outer: &str, inner: &str) -> bool {
    match (outer.split_once(" of "), inner.split_once(" of ")) {
        (Some((hook, of)), Some((asked, asked_of))) => hook == asked && covers_name(of, asked_of),
        (None, Some((asked, _))) => outer == asked,
        (_, None) => outer == inner,
    }
}

/// The rule that a hook of a registration needs: `after_save:ticket` needs
/// `after_save of ticket`.
pub fn hook_rule(registered: &str) -> String {
    registered.replacen(':', " of ", 1)
}

fn hook_words(rule: &str) -> String {
    match rule.split_once(" of ") {
        Some((hook, of)) => format!("be called at `{hook}` of {of}"),
        None => format!("be called at every `{rule}`"),
    }
}

fn strings(_: &PluginName, value: &Value) -> Result<Vec<String>, Vec<String>> {
    // `values` has made it.
    let list = value.as_array().into_iter().flatten();
    Ok(list.filter_map(Value::as_str).map(str::to_owned).collect())
}

fn each(rules: &[&str], words: impl Fn(&str) -> String) -> Vec<String> {
    rules.iter().map(|rule| words(rule)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_covers_its_path_and_what_is_below() {
        for (pattern, path, expect) in [
            ("/a/*", "/a", true),
            ("/a/*", "/a/b/c", true),
            ("/a/*", "/a/b/*", true),
            ("/a/*", "/a/*", true),
            ("/a/*", "/ab", false),
            ("/a/b/*", "/a/*", false),
            ("/a", "/a", true),
            ("/a", "/a/b", false),
        ] {
            assert_eq!(covers_path(pattern, path), expect, "{pattern} {path}");
        }
    }

    #[test]
    fn a_hook_needs_its_rule() {
        for (registered, expect) in [
            ("after_save", "after_save"),
            ("after_save:ticket", "after_save of ticket"),
            ("render:page:ticket.*", "render of page:ticket.*"),
        ] {
            assert_eq!(hook_rule(registered), expect);
        }
    }

    #[test]
    fn a_hook_covers_what_it_is_of() {
        for (outer, inner, expect) in [
            ("after_save", "after_save", true),
            ("after_save", "after_save of ticket", true),
            ("after_save of ticket", "after_save", false),
            ("after_save of ticket", "after_save of ticket", true),
            ("after_save of ticket", "after_save of user", false),
            ("render of page:*", "render of page:start", true),
            ("render of page:*", "save of page:start", false),
        ] {
            assert_eq!(covers_hook(outer, inner), expect, "{outer} {inner}");
        }
    }
}
