//! The weekly report: what a week was like, as a mail with a table. `plan` says when it is
//! sent, `csv` writes the file that goes with it.
//!
//! The week is the seven whole days before the one on which the run was due. So a run that is
//! caught up later or tried again tells of the same days, and no day is in two reports or none.
//!
//! A run has no actor, and sees all queues: whoever gets the report was named by an
//! administrator, in the setting `report_to`.

mod csv;
mod plan;

use goatkit_plugin::mail::Message;
use goatkit_plugin::{Error, Timestamp, config, context, i18n, json, log, templates};
use jiff::civil::Date;
use serde::Deserialize;

use crate::reports::overview::{by_queue, report};
use crate::reports::{Overview, QueueCounts};
use crate::scope::Scope;

pub(crate) use plan::schedule;

/// Who gets the report where nobody said: the default of the manifest.
const TO: &str = "root@localhost";

/// The setting `report_to`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Addresses {
    One(String),
    Several(Vec<String>),
}

/// What the report says, in the locale of the run.
struct Report {
    subject: String,
    intro: String,
    /// Each with its name.
    figures: Vec<(String, String)>,
    queues: Vec<QueueCounts>,
}

/// Counts, renders and sends what a run tells that was due then.
pub(crate) fn send(due: Timestamp) -> Result<(), Error> {
    let addresses = addresses()?;
    if addresses.is_empty() {
        log::info("the weekly report is for nobody: `report_to` is empty");
        return Ok(());
    }
    let report = Report::of_week(due)?;
    let message = Message::new()
        .subject(&report.subject)
        .text(&report.text()?)
        .html(&report.html()?)
        .attach(
            "report.csv",
            "text/csv; charset=utf-8",
            csv::table(&report.queues),
        );
    let to = |message: Message, address: &String| message.to(address);
    let id = addresses.iter().fold(message, to).send()?;
    log::info(format!("sent the weekly report as {id}"));
    Ok(())
}

fn addresses() -> Result<Vec<String>, Error> {
    let addresses = match config::get("report_to")? {
        None => vec![TO.to_owned()],
        Some(Addresses::One(address)) => vec![address],
        Some(Addresses::Several(addresses)) => addresses,
    };
    Ok(addresses)
}

impl Report {
    fn of_week(due: Timestamp) -> Result<Self, Error> {
        let scope = Scope::of_week(due)?;
        let (first, last) = (scope.first_day(), scope.last_day());
        Ok(Self {
            subject: i18n::t_with(
                "report.subject",
                &[("first", &day(first)), ("last", &day(last))],
            )?,
            intro: i18n::t("report.intro")?,
            figures: figures(&report(&scope)?)?,
            queues: by_queue(&scope)?,
        })
    }

    /// The package's template shows what it is told, and has no words of its own.
    fn html(&self) -> Result<String, Error> {
        let figure = |(name, value): &(String, String)| json!({ "name": name, "value": value });
        let row = |it: &QueueCounts| json!({ "queue": it.queue, "counts": csv::counts(it) });
        let data = json!({
            "locale": context::locale()?,
            "subject": self.subject,
            "intro": self.intro,
            "figures": self.figures.iter().map(figure).collect::<Vec<_>>(),
            "head": head()?,
            "rows": self.queues.iter().map(row).collect::<Vec<_>>(),
            "nothing": i18n::t("report.none")?,
            "attached": i18n::t("report.attached")?,
        });
        Ok(templates::render("report.html", &data)?)
    }

    /// For readers of plain text: the figures, and the table in the file.
    fn text(&self) -> Result<String, Error> {
        let figure = |(name, value): &(String, String)| format!("{name}: {value}\n");
        let figures: String = self.figures.iter().map(figure).collect();
        let (subject, intro) = (&self.subject, &self.intro);
        let attached = i18n::t("report.attached")?;
        Ok(format!("{subject}\n\n{intro}\n\n{figures}\n{attached}\n"))
    }
}

/// The figures of the page, with their names.
fn figures(overview: &Overview) -> Result<Vec<(String, String)>, Error> {
    let counts = &overview.counts;
    let rate = match overview.closure_rate {
        Some(rate) => format!("{rate:.1} %"),
        None => "–".to_owned(),
    };
    [
        ("figure.total", counts.total.to_string()),
        ("figure.open", counts.open.to_string()),
        ("figure.pending", counts.pending.to_string()),
        ("figure.closed", counts.closed.to_string()),
        ("figure.overdue", counts.overdue.to_string()),
        ("figure.backlog", counts.backlog.to_string()),
        ("figure.closure_rate", rate),
    ]
    .into_iter()
    .map(|(name, value)| Ok((i18n::t(name)?, value)))
    .collect()
}

/// The names of the table's columns.
fn head() -> Result<Vec<String>, Error> {
    let keys = [
        "report.queue",
        "figure.total",
        "figure.open",
        "figure.pending",
        "figure.closed",
        "figure.overdue",
    ];
    keys.into_iter().map(|key| Ok(i18n::t(key)?)).collect()
}

fn day(day: Date) -> String {
    day.strftime("%Y-%m-%d").to_string()
}
