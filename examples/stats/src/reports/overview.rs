//! The figures at the top of the page.

use goatkit_plugin::Error;
use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::metrics::{backlog, closed, new_today, open, overdue, pending, percent};
use crate::scope::{Scope, Time};
use crate::sql::{Sql, count_of};

/// How many tickets came, and what became of them; `metrics.rs` says what each means.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Overview {
    #[serde(flatten)]
    pub(crate) counts: Counts,
    pub(crate) closure_rate: Option<f64>,
    pub(crate) range: String,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub(crate) total: i64,
    pub(crate) open: i64,
    pub(crate) pending: i64,
    pub(crate) closed: i64,
    pub(crate) new_today: i64,
    pub(crate) overdue: i64,
    pub(crate) backlog: i64,
}

/// The same counts of one queue.
#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct QueueCounts {
    pub(crate) queue: String,
    #[serde(flatten)]
    pub(crate) counts: Counts,
}

pub(crate) fn report(scope: &Scope) -> Result<Overview, Error> {
    let sql = counted(Sql::from("SELECT COUNT(*) AS total"), scope.clock)
        .then(scope.tickets(Time::Created, ""));
    let counts: Counts = sql.rows()?.pop().unwrap_or_default();
    Ok(Overview {
        closure_rate: percent(counts.closed, counts.total),
        range: scope.range.name().to_owned(),
        counts,
    })
}

/// Queue by queue, by name. One without tickets is not listed.
pub(crate) fn by_queue(scope: &Scope) -> Result<Vec<QueueCounts>, Error> {
    let sql = Sql::from("SELECT q.name AS queue, COUNT(*) AS total");
    counted(sql, scope.clock)
        .then(scope.tickets(Time::Created, "JOIN queue q ON q.id = t.queue_id"))
        .then("GROUP BY q.name ORDER BY q.name")
        .rows()
}

/// With the columns of [`Counts`] besides the total.
fn counted(sql: Sql, clock: Clock) -> Sql {
    sql.then(count_of(open(), "open"))
        .then(count_of(pending(), "pending"))
        .then(count_of(closed(), "closed"))
        .then(count_of(new_today(clock), "new_today"))
        .then(count_of(overdue(clock), "overdue"))
        .then(count_of(backlog(clock), "backlog"))
}
