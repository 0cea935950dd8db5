//! `gk plugin audit`: what plugins were denied, and what of their requests and grants comes to
//! nothing.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use anyhow::{Context, Result};
use goatkit_host::{Audit, AuditLine, AuditReport, Unused, visible};

use crate::args::AuditArgs;
use crate::grants::{plugin, print_json};
use crate::office;

/// Time, plugin, what it asked, how often, for whom.
const COLUMNS: usize = 5;

/// Characters that a column is widened to; a longer text pushes only its own row.
const WIDEST: usize = 60;

/// What stands for denials that no line tells.
const LOST: &str = "too many to write down";

pub(crate) fn run(args: &AuditArgs) -> Result<()> {
    let mut path = format!("/v1/audit?last={}", args.last);
    if let Some(name) = &args.name {
        let _ = write!(path, "&plugin={}", plugin(name)?);
    }
    let audit: Audit = office::with(&args.host.data, async |host| host.get(&path).await)?;
    if args.json {
        return print_json(&audit);
    }
    let mut out = io::stdout().lock();
    out.write_all(told(&audit).as_bytes())
        .context("cannot write the answer")
}

fn told(audit: &Audit) -> String {
    let AuditReport {
        asked_never_granted,
        granted_never_used,
    } = &audit.report;
    [
        denials(&audit.lines),
        rules("asked and not granted", asked_never_granted),
        rules("granted and never used", granted_never_used),
    ]
    .concat()
}

fn denials(lines: &[AuditLine]) -> String {
    if lines.is_empty() {
        return "nothing was denied\n".to_owned();
    }
    let rows: Vec<[String; COLUMNS]> = lines.iter().flat_map(rows).collect();
    let widths: [usize; COLUMNS] = std::array::from_fn(|column| {
        let widths = rows.iter().map(|row| row[column].chars().count());
        widths.max().unwrap_or_default().min(WIDEST)
    });
    rows.iter().map(|row| aligned(row, widths)).collect()
}

/// The rows of a line: what was lost before it, and what it tells.
fn rows(line: &AuditLine) -> Vec<[String; COLUMNS]> {
    let row = |what: String, times: u64, actor: Option<&str>| {
        [
            line.time_text(),
            line.plugin.to_string(),
            what,
            match times {
                1 => "once".to_owned(),
                times => format!("{times} times"),
            },
            actor.map_or_else(|| "-".to_owned(), visible),
        ]
    };
    let mut rows = Vec::new();
    if line.lost > 0 {
        rows.push(row(LOST.to_owned(), line.lost, None));
    }
    if line.times > 0 {
        let what = visible(&format!("{}: {}", line.capability, line.asked));
        rows.push(row(what, line.times, line.actor.as_deref()));
    }
    rows
}

fn aligned(row: &[String; COLUMNS], widths: [usize; COLUMNS]) -> String {
    let cells = row.iter().zip(widths);
    let cells: Vec<String> = cells
        .map(|(cell, width)| format!("{cell:<width$}"))
        .collect();
    format!("{}\n", cells.join("  ").trim_end())
}

fn rules(heading: &str, rules: &[Unused]) -> String {
    if rules.is_empty() {
        return String::new();
    }
    let lines = rules.iter().map(|Unused { plugin, rule }| {
        let (plugin, rule) = (visible(plugin), visible(rule));
        format!("  {plugin}  {rule}\n")
    });
    format!("\n{heading}\n{}", lines.collect::<String>())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn line(asked: &str, times: u64, actor: Option<&str>) -> Value {
        json!({
            "time": "2026-03-01T09:30:00.000Z",
            "plugin": "stats",
            "capability": "db",
            "asked": asked,
            "remedy": "ask for it",
            "actor": actor,
            "request_id": null,
            "times": times,
        })
    }

    fn unused(rule: &str) -> Value {
        json!({ "plugin": "stats", "rule": rule })
    }

    #[track_caller]
    fn check(lines: &[Value], asked: &[Value], granted: &[Value], expect: &str) {
        let audit = json!({
            "lines": lines,
            "report": { "asked_never_granted": asked, "granted_never_used": granted },
        });
        assert_eq!(told(&serde_json::from_value(audit).unwrap()), expect);
    }

    #[test]
    fn denials_stand_in_columns() {
        check(&[], &[], &[], "nothing was denied\n");
        check(
            &[
                line("read users", 1, Some("ann")),
                line("write users.login", 12, None),
            ],
            &[],
            &[],
            "2026-03-01T09:30:00.000Z  stats  db: read users         once      ann\n\
             2026-03-01T09:30:00.000Z  stats  db: write users.login  12 times  -\n",
        );
    }

    #[test]
    fn what_was_lost_is_told_before_what_follows() {
        let mut after = line("read users", 1, Some("ann"));
        after["lost"] = json!(980);
        let mut alone = line("", 0, None);
        alone["lost"] = json!(1);
        check(
            &[after, alone],
            &[],
            &[],
            "2026-03-01T09:30:00.000Z  stats  too many to write down  980 times  -\n\
             2026-03-01T09:30:00.000Z  stats  db: read users          once       ann\n\
             2026-03-01T09:30:00.000Z  stats  too many to write down  once       -\n",
        );
    }

    #[test]
    fn what_comes_to_nothing_follows_under_its_heading() {
        check(
            &[],
            &[unused("db: read users")],
            &[unused("db: read ticket"), unused("app: ticket.*")],
            "nothing was denied\n\
             \nasked and not granted\n  stats  db: read users\n\
             \ngranted and never used\n  stats  db: read ticket\n  stats  app: ticket.*\n",
        );
    }

    #[test]
    fn hostile_texts_stay_on_their_lines() {
        check(
            &[line("a\nb\u{202e}", 1, Some("\u{1b}[2J"))],
            &[unused("db: c\rd")],
            &[unused("db: e\u{9b}")],
            "2026-03-01T09:30:00.000Z  stats  db: a\\nb\\u{202e}  once  \\u{1b}[2J\n\
             \nasked and not granted\n  stats  db: c\\rd\n\
             \ngranted and never used\n  stats  db: e\\u{9b}\n",
        );
    }

    #[test]
    fn one_long_text_does_not_widen_every_row() {
        let long = "x".repeat(2 * WIDEST);
        check(
            &[line(&long, 1, None), line("a", 1, None)],
            &[],
            &[],
            &format!(
                "2026-03-01T09:30:00.000Z  stats  db: {long}  once  -\n\
                 2026-03-01T09:30:00.000Z  stats  {:<WIDEST$}  once  -\n",
                "db: a"
            ),
        );
    }
}
