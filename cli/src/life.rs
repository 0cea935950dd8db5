//! `gk plugin list`, `status`, `enable`, `disable`, `pin`, `unpin`, `reload`, `unload` and `retry`:
//! which plugins a host has, how they do, and whether they serve.

use std::fmt::Write as _;

use anyhow::Result;
use goatkit_host::{PluginStatus, visible};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::args::{ListArgs, NamedArgs};
use crate::grants::{plugin, print_json};
use crate::office;
use crate::table::{size, table};
use crate::user::print;

/// A plugin, as the host shows it.
#[derive(Debug, Deserialize)]
struct Plugin {
    name: String,
    version: String,
    state: String,
    error: Option<String>,
    /// Nothing where it is disabled.
    status: Option<PluginStatus>,
}

/// All of them.
#[derive(Debug, Deserialize)]
struct Listing {
    plugins: Vec<Plugin>,
    waiting: Vec<Waits>,
    refused: Vec<Refused>,
}

#[derive(Debug, Deserialize)]
struct Waits {
    name: String,
    version: String,
}

#[derive(Debug, Deserialize)]
struct Refused {
    file: String,
    reason: String,
}

/// What came of a command.
#[derive(Debug, Deserialize, Serialize)]
struct Changed {
    changed: bool,
    plugin: Value,
}

/// What a command does: its route, and what is said where it changed something, and where not.
struct Act {
    verb: &'static str,
    done: &'static str,
    already: &'static str,
    /// Whether it is about what a host has in memory.
    needs_host: bool,
}

const ENABLE: Act = Act {
    verb: "enable",
    done: "enabled",
    already: "is enabled already",
    needs_host: false,
};
const DISABLE: Act = Act {
    verb: "disable",
    done: "disabled",
    already: "is disabled already",
    needs_host: false,
};
const PIN: Act = Act {
    verb: "pin",
    done: "stays in memory",
    already: "stays in memory already",
    needs_host: false,
};
const UNPIN: Act = Act {
    verb: "unpin",
    done: "stays in memory no longer than it is used",
    already: "is not pinned",
    needs_host: false,
};
const RELOAD: Act = Act {
    verb: "reload",
    done: "loaded anew",
    already: "loaded anew",
    needs_host: true,
};
const UNLOAD: Act = Act {
    verb: "unload",
    done: "out of memory; its next call brings it back",
    already: "is not in memory",
    needs_host: true,
};
const RETRY: Act = Act {
    verb: "release",
    done: "may try again",
    already: "is not left alone",
    needs_host: true,
};

pub(crate) fn enable(args: &NamedArgs) -> Result<()> {
    act(args, &ENABLE)
}

pub(crate) fn disable(args: &NamedArgs) -> Result<()> {
    act(args, &DISABLE)
}

pub(crate) fn pin(args: &NamedArgs) -> Result<()> {
    act(args, &PIN)
}

pub(crate) fn unpin(args: &NamedArgs) -> Result<()> {
    act(args, &UNPIN)
}

pub(crate) fn reload(args: &NamedArgs) -> Result<()> {
    act(args, &RELOAD)
}

pub(crate) fn unload(args: &NamedArgs) -> Result<()> {
    act(args, &UNLOAD)
}

pub(crate) fn retry(args: &NamedArgs) -> Result<()> {
    act(args, &RETRY)
}

fn act(args: &NamedArgs, act: &Act) -> Result<()> {
    let name = plugin(&args.name)?;
    let path = format!("/v1/plugins/{name}/{}", act.verb);
    let ask = async |host: &office::Host| host.post::<Changed>(&path, json!({})).await;
    let changed = match act.needs_host {
        true => office::with_running(&args.host.data, ask)?,
        false => office::with(&args.host.data, ask)?,
    };
    if args.json {
        return print_json(&changed);
    }
    let said = if changed.changed {
        act.done
    } else {
        act.already
    };
    let version = changed.plugin["version"].as_str().unwrap_or_default();
    let named = format!("{name} {}", visible(version));
    print(&format!("{}: {said}\n", named.trim_end()))
}

pub(crate) fn list(args: &ListArgs) -> Result<()> {
    let all: Value = office::with(&args.host.data, async |host| host.get("/v1/plugins").await)?;
    match args.json {
        true => print_json(&all),
        false => print(&listed(&serde_json::from_value(all)?)),
    }
}

pub(crate) fn status(args: &NamedArgs) -> Result<()> {
    let path = format!("/v1/plugins/{}/status", plugin(&args.name)?);
    let one: Value = office::with(&args.host.data, async |host| host.get(&path).await)?;
    match args.json {
        true => print_json(&one),
        false => print(&told(&serde_json::from_value(one)?)),
    }
}

fn listed(listing: &Listing) -> String {
    let Listing {
        plugins,
        waiting,
        refused,
    } = listing;
    let mut text = String::new();
    if plugins.is_empty() && waiting.is_empty() {
        text += "there are no plugins: `gk plugin install` puts one into the host\n";
    } else {
        let heads = [
            "NAME",
            "VERSION",
            "STATE",
            "MEMORY",
            "INSTANCES",
            "LAST USED",
        ];
        let waiting = waiting.iter().map(|it| {
            let none = || "-".to_owned();
            let state = "waits for consent".to_owned();
            [
                visible(&it.name),
                visible(&it.version),
                state,
                none(),
                none(),
                none(),
            ]
        });
        text += &table(heads, plugins.iter().map(row).chain(waiting));
    }
    let mut troubles: Vec<String> = plugins.iter().filter_map(trouble).collect();
    troubles.extend(waiting.iter().map(|it| {
        let name = visible(&it.name);
        format!("{name}: `gk plugin grants {name}` shows what it asks, `gk plugin grant {name}` grants it")
    }));
    troubles.extend(refused.iter().map(|it| {
        let (file, reason) = (visible(&it.file), visible(&it.reason));
        format!("{file} is not served: {reason}")
    }));
    if !troubles.is_empty() {
        let _ = write!(text, "\n{}\n", troubles.join("\n"));
    }
    text
}

fn row(plugin: &Plugin) -> [String; 6] {
    let status = plugin.status.as_ref();
    let held = status.filter(|it| it.loaded_since.is_some());
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    [
        visible(&plugin.name),
        visible(&plugin.version),
        state(plugin),
        or_none(held.map(|it| size(it.usage.memory))),
        or_none(held.map(|it| it.usage.instances.to_string())),
        or_none(status.and_then(|it| it.last_used.as_deref()).map(visible)),
    ]
}

/// Where it stands, in a few words.
fn state(plugin: &Plugin) -> String {
    let Some(status) = &plugin.status else {
        return visible(&plugin.state);
    };
    let waits = status.trouble.as_ref().is_some_and(|it| it.until.is_some());
    let word = match (&status.quarantined, waits) {
        (Some(_), _) => "quarantined".to_owned(),
        (None, true) => "backed off".to_owned(),
        (None, false) => visible(&plugin.state),
    };
    match status.pinned {
        true => format!("{word}, pinned"),
        false => word,
    }
}

/// What is wrong with it, and what to do.
fn trouble(plugin: &Plugin) -> Option<String> {
    let name = visible(&plugin.name);
    if let Some(error) = &plugin.error {
        return Some(visible(error));
    }
    let status = plugin.status.as_ref()?;
    if let Some(reason) = &status.quarantined {
        let reason = visible(reason);
        return Some(format!(
            "{name} is left alone: {reason}; `gk plugin retry {name}` lets it try again"
        ));
    }
    let trouble = status.trouble.as_ref()?;
    let until = trouble.until.as_ref();
    let until = until.map_or_else(String::new, |it| {
        format!(", left alone until {}", visible(it))
    });
    let (failures, reason) = (trouble.failures, visible(&trouble.reason));
    let times = if failures == 1 { "time" } else { "times" };
    Some(format!("{name} failed {failures} {times}{until}: {reason}"))
}

fn told(plugin: &Plugin) -> String {
    let mut text = format!(
        "{} {}: {}\n",
        visible(&plugin.name),
        visible(&plugin.version),
        state(plugin)
    );
    let mut line = |head: &str, what: String| {
        let _ = writeln!(text, "  {head:<13} {what}");
    };
    if let Some(status) = &plugin.status {
        if let Some(since) = &status.loaded_since {
            line("in memory", format!("since {}", visible(since)));
            line("memory", size(status.usage.memory));
            line("instances", status.usage.instances.to_string());
        }
        line("calls now", status.running.to_string());
        let used = status.last_used.as_deref().map(visible);
        line("last used", used.unwrap_or_else(|| "-".to_owned()));
        line("file", visible(&status.source));
    }
    if let Some(trouble) = trouble(plugin) {
        line("trouble", trouble);
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn plugin_with(more: &Value) -> Value {
        let mut status = json!({
            "name": "stats",
            "version": "1.0.0",
            "state": "loaded",
            "loaded_since": "2026-11-23T06:00:00.000Z",
            "last_used": "2026-11-23T06:00:05.000Z",
            "usage": { "instances": 2, "memory": 3_145_728 },
            "pinned": false,
            "running": 1,
            "trouble": null,
            "quarantined": null,
            "broken": null,
            "source": "stats.zip",
        });
        for (key, value) in more.as_object().unwrap() {
            status[key] = value.clone();
        }
        json!({
            "name": "stats",
            "version": "1.0.0",
            "state": "loaded",
            "error": null,
            "status": status,
        })
    }

    fn listing(plugins: Value, more: Value) -> String {
        let mut listing = json!({ "plugins": plugins, "waiting": [], "refused": [] });
        for (key, value) in more.as_object().unwrap() {
            listing[key] = value.clone();
        }
        listed(&serde_json::from_value(listing).unwrap())
    }

    #[track_caller]
    fn check(more: Value, row: &str, trouble: &str) {
        let text = listing(json!([plugin_with(&more)]), json!({}));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[1], row, "{text}");
        let after = lines.get(3).copied().unwrap_or_default();
        assert_eq!(after, trouble, "{text}");
    }

    #[test]
    fn a_plugin_is_a_row_and_its_trouble_a_line() {
        let row = |state: &str| {
            let row = "stats  1.0.0    STATE  3.0 MiB  2          2026-11-23T06:00:05.000Z";
            row.replace("STATE", state)
        };
        check(json!({}), &row("loaded"), "");
        check(json!({ "pinned": true }), &row("loaded, pinned"), "");
        check(
            json!({ "quarantined": "it broke off\nagain" }),
            &row("quarantined"),
            "stats is left alone: it broke off\\nagain; `gk plugin retry stats` lets it try again",
        );
        let until = "2026-11-23T06:00:30.000Z";
        check(
            json!({ "trouble": { "failures": 3, "until": until, "reason": "it broke off" } }),
            &row("backed off"),
            "stats failed 3 times, left alone until 2026-11-23T06:00:30.000Z: it broke off",
        );
        check(
            json!({ "trouble": { "failures": 1, "until": null, "reason": "it broke off" } }),
            &row("loaded"),
            "stats failed 1 time: it broke off",
        );
    }

    #[test]
    fn what_is_not_in_memory_holds_nothing() {
        let disabled = json!({
            "name": "stats",
            "version": "1.0.0",
            "state": "disabled",
            "error": null,
            "status": null,
        });
        let waiting = json!({ "waiting": [{ "name": "new", "version": "2.0.0", "asks": [] }] });
        let text = listing(json!([disabled]), waiting);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[1].starts_with("stats  1.0.0    disabled "), "{text}");
        assert!(
            lines[2].starts_with("new    2.0.0    waits for consent"),
            "{text}"
        );
        assert!(lines[2].ends_with("-       -          -"), "{text}");
        assert!(text.contains("`gk plugin grant new` grants it"), "{text}");
        let refused = json!({ "refused": [{ "file": "a.zip", "reason": "it is no zip" }] });
        let text = listing(json!([]), refused);
        assert!(text.starts_with("there are no plugins: "), "{text}");
        assert!(
            text.ends_with("\na.zip is not served: it is no zip\n"),
            "{text}"
        );
    }

    #[test]
    fn one_plugin_is_told_line_by_line() {
        let text = told(&serde_json::from_value(plugin_with(&json!({}))).unwrap());
        assert_eq!(
            text,
            "stats 1.0.0: loaded\n\
             \x20 in memory     since 2026-11-23T06:00:00.000Z\n\
             \x20 memory        3.0 MiB\n\
             \x20 instances     2\n\
             \x20 calls now     1\n\
             \x20 last used     2026-11-23T06:00:05.000Z\n\
             \x20 file          stats.zip\n"
        );
    }
}
