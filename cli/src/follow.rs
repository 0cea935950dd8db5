//! `gk plugin logs` and `gk plugin events`: what a plugin says and what happens to plugins, of the
//! host that runs; with `--follow` as it comes, until the host ends or the command is stopped.

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result};
use goatkit_host::{Away, Happening, Level, LogRecord, What, visible};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::args::{EventsArgs, LogsArgs};
use crate::grants::plugin;
use crate::office;

/// Something that has a number, so that it is seen where some are missing.
trait Numbered: Serialize + DeserializeOwned {
    fn number(&self) -> u64;

    /// One line, without its end.
    fn line(&self) -> String;
}

/// How it is told.
#[derive(Debug, Clone, Copy)]
struct Telling {
    json: bool,
    follow: bool,
}

pub(crate) fn logs(args: &LogsArgs) -> Result<()> {
    let name = plugin(&args.name)?;
    let path = format!("/v1/plugins/{name}/logs?last={}", args.last);
    let telling = Telling {
        json: args.json,
        follow: args.follow,
    };
    tell::<LogRecord>(&args.data, &path, telling)
}

pub(crate) fn events(args: &EventsArgs) -> Result<()> {
    let path = format!("/v1/happenings?last={}", args.last);
    let telling = Telling {
        json: args.json,
        follow: args.follow,
    };
    tell::<Happening>(&args.data, &path, telling)
}

fn tell<T: Numbered>(data: &Path, path: &str, telling: Telling) -> Result<()> {
    let mut teller = Teller {
        telling,
        next: None,
    };
    office::with_running(data, async |host| {
        if !telling.follow {
            let kept: Vec<T> = host.get(path).await?;
            return kept.iter().try_for_each(|it| teller.tell(it));
        }
        let mut follow = host.follow(&format!("{path}&follow=true")).await?;
        while let Some(value) = follow.next().await? {
            let it: T = serde_json::from_value(value)
                .context("the host answers in a way that this gk does not know")?;
            teller.tell(&it)?;
        }
        Ok(())
    })
}

/// Writes what is told, one line each.
struct Teller {
    telling: Telling,
    /// The number that comes next, where none is missing.
    next: Option<u64>,
}

impl Teller {
    fn tell<T: Numbered>(&mut self, it: &T) -> Result<()> {
        let number = it.number();
        let missing = self.next.map_or(0, |next| number.saturating_sub(next));
        self.next = Some(number + 1);
        if missing > 0 {
            eprintln!("note: {missing} before the next were not kept");
        }
        let line = match self.telling.json {
            true => serde_json::to_string(it)?,
            false => it.line(),
        };
        // At once: whoever follows waits for it.
        let mut out = io::stdout().lock();
        let written = writeln!(out, "{line}").and_then(|()| out.flush());
        written.context("cannot write the answer")
    }
}

impl Numbered for LogRecord {
    fn number(&self) -> u64 {
        self.number
    }

    fn line(&self) -> String {
        let level = match self.level {
            Level::Trace => "TRACE",
            Level::Debug => "DEBUG",
            Level::Info => "INFO ",
            Level::Warn => "WARN ",
            Level::Error => "ERROR",
        };
        let fields = self.fields.iter();
        let fields: String = fields
            .map(|(name, value)| format!(" {}={}", visible(name), visible(&value.to_string())))
            .collect();
        let request = self.request_id.as_deref();
        let request = request.map_or_else(String::new, |id| format!(" [{}]", visible(id)));
        let (at, message) = (visible(&self.at), visible(&self.message));
        format!("{at} {level} {message}{fields}{request}")
    }
}

impl Numbered for Happening {
    fn number(&self) -> u64 {
        self.number
    }

    fn line(&self) -> String {
        let version = self.version.as_ref();
        let version = version.map_or_else(String::new, |it| format!(" {it}"));
        let (at, what) = (visible(&self.at), happened(&self.what));
        format!("{at} {}{version}: {what}", self.plugin)
    }
}

fn happened(what: &What) -> String {
    match what {
        What::Loaded { milliseconds } => format!("loaded in {milliseconds} ms"),
        What::Broken { reason } => format!("does not load: {}", visible(reason)),
        What::Replaced { from } => format!("took the place of {from}"),
        What::NotReplaced { reason } => {
            format!(
                "did not take the other version's place: {}",
                visible(reason)
            )
        }
        What::NotDeactivated { reason } => {
            format!("failed when it was told that it goes: {}", visible(reason))
        }
        What::Unloaded { why } => format!("out of memory: {}", away(*why)),
        What::BackedOff {
            milliseconds,
            reason,
        } => format!("left alone for {milliseconds} ms: {}", visible(reason)),
        What::Quarantined { reason } => format!("quarantined: {}", visible(reason)),
        What::Released => "may try again".to_owned(),
        What::Enabled => "enabled".to_owned(),
        What::Disabled => "disabled".to_owned(),
        What::Pinned => "pinned".to_owned(),
        What::Unpinned => "no longer pinned".to_owned(),
        What::Installed => "installed".to_owned(),
        What::Uninstalled { purged: false } => "uninstalled".to_owned(),
        What::Uninstalled { purged: true } => "uninstalled, and its data removed".to_owned(),
    }
}

fn away(why: Away) -> &'static str {
    match why {
        Away::ByHand => "somebody asked for it",
        Away::Idle => "nobody called it",
        Away::Memory => "others need the memory",
        Away::Stopped => "it no longer serves, or is in trouble",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[track_caller]
    fn check<T: Numbered>(value: Value, expect: &str) {
        let it: T = serde_json::from_value(value).unwrap();
        assert_eq!(it.line(), expect);
    }

    #[test]
    fn a_line_of_a_log_stays_on_its_line() {
        let line = json!({
            "number": 1,
            "at": "2026-11-23T06:00:00.000Z",
            "plugin": "stats",
            "level": "warn",
            "message": "two\nlines\u{1b}[2J",
            "fields": { "rows": 3, "who": "ann" },
            "request_id": "r-1",
        });
        check::<LogRecord>(
            line,
            "2026-11-23T06:00:00.000Z WARN  two\\nlines\\u{1b}[2J rows=3 who=\"ann\" [r-1]",
        );
    }

    #[test]
    fn what_happened_is_a_sentence() {
        let of = |more: Value| {
            let mut event = json!({
                "number": 1,
                "at": "2026-11-23T06:00:00.000Z",
                "plugin": "stats",
                "version": "1.0.0",
            });
            for (key, value) in more.as_object().unwrap() {
                event[key] = value.clone();
            }
            event
        };
        let head = "2026-11-23T06:00:00.000Z stats 1.0.0";
        for (event, expect) in [
            (
                json!({ "happened": "loaded", "milliseconds": 7 }),
                "loaded in 7 ms",
            ),
            (
                json!({ "happened": "unloaded", "why": "idle" }),
                "out of memory: nobody called it",
            ),
            (
                json!({ "happened": "quarantined", "reason": "it\nbroke" }),
                "quarantined: it\\nbroke",
            ),
            (
                json!({ "happened": "uninstalled", "purged": true }),
                "uninstalled, and its data removed",
            ),
        ] {
            check::<Happening>(of(event), &format!("{head}: {expect}"));
        }
        let nameless = of(json!({ "version": null, "happened": "disabled" }));
        check::<Happening>(nameless, "2026-11-23T06:00:00.000Z stats: disabled");
    }
}
