//! Tickets created and closed over time. Days and months without any are in it, as zero.

use std::collections::BTreeMap;

use goatkit_plugin::Error;
use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::metrics::closed;
use crate::range::Range;
use crate::scope::{Scope, Time};
use crate::sql::Sql;

/// The longest timeline: a leap year of days, or thirty years of months. What is older is
/// left out, so that one ticket with a broken date makes no page of a thousand years.
const MOST_POINTS: usize = 366;

/// How many tickets were created and closed on each day.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Timeline {
    pub(crate) timeline: Vec<Point>,
    /// How many days it covers, today included.
    pub(crate) days: i64,
}

/// A day as `2026-01-31`, or a month as `2026-01`.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Point {
    pub(crate) date: String,
    pub(crate) created: i64,
    pub(crate) closed: i64,
}

#[derive(Deserialize)]
struct Tickets {
    period: String,
    tickets: i64,
}

/// A closed ticket counts on the day that it was closed on, whenever it was created.
pub(crate) fn report(scope: &Scope) -> Result<Timeline, Error> {
    let step = Step::of(scope.range);
    let created = tickets(scope, step, Time::Created, Sql::from(""))?;
    let ended = tickets(scope, step, Time::Changed, Sql::from("AND").then(closed()))?;
    let today = scope.clock.today();
    let oldest = match scope.range {
        Range::Days(_) => step.name(scope.range.first_day(today)),
        Range::All => match created.keys().chain(ended.keys()).min() {
            Some(oldest) => oldest.clone(),
            None => step.name(today),
        },
    };
    let (first_day, names) = periods(step, &oldest, today);
    let point = |date: String| Point {
        created: created.get(&date).copied().unwrap_or_default(),
        closed: ended.get(&date).copied().unwrap_or_default(),
        date,
    };
    Ok(Timeline {
        timeline: names.into_iter().map(point).collect(),
        days: today.duration_since(first_day).as_hours() / 24 + 1,
    })
}

fn tickets(
    scope: &Scope,
    step: Step,
    time: Time,
    condition: Sql,
) -> Result<BTreeMap<String, i64>, Error> {
    let period = format!("substr({}, 1, {})", time.column(), step.letters());
    let sql = Sql::from(format!("SELECT {period} AS period, COUNT(*) AS tickets"))
        .then(scope.tickets(time, ""))
        .then(condition)
        .then(format!("GROUP BY {period}"));
    let rows: Vec<Tickets> = sql.rows()?;
    Ok(rows
        .into_iter()
        .map(|row| (row.period, row.tickets))
        .collect())
}

/// The names of all periods from the oldest to today, and the first day of the first one.
fn periods(step: Step, oldest: &str, today: Date) -> (Date, Vec<String>) {
    let mut first_day = step.first_day(today);
    let mut names = vec![step.name(first_day)];
    while names.len() < MOST_POINTS && names.last().is_some_and(|name| name.as_str() > oldest) {
        first_day = step.before(first_day);
        names.push(step.name(first_day));
    }
    names.reverse();
    (first_day, names)
}

/// What a point of a timeline stands for.
#[derive(Clone, Copy)]
enum Step {
    Day,
    Month,
}

impl Step {
    fn of(range: Range) -> Self {
        match range {
            Range::Days(_) => Self::Day,
            Range::All => Self::Month,
        }
    }

    /// How much of a time names the period that it lies in.
    fn letters(self) -> usize {
        match self {
            Self::Day => 10,
            Self::Month => 7,
        }
    }

    fn name(self, day: Date) -> String {
        match self {
            Self::Day => day.strftime("%Y-%m-%d").to_string(),
            Self::Month => day.strftime("%Y-%m").to_string(),
        }
    }

    fn first_day(self, day: Date) -> Date {
        match self {
            Self::Day => day,
            Self::Month => day.first_of_month(),
        }
    }

    fn before(self, first_day: Date) -> Date {
        match self {
            Self::Day => first_day.saturating_sub(1.day()),
            Self::Month => first_day.saturating_sub(1.month()),
        }
    }
}
