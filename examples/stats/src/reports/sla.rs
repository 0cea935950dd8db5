//! Whether tickets were solved as agreed, queue by queue.

use goatkit_plugin::Error;
use serde::{Deserialize, Serialize};

use crate::metrics::{decided, met, percent};
use crate::scope::{Scope, Time};
use crate::sql::{Sql, count_of};

/// Queues with tickets that had to be solved by a time, by name.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sla {
    pub(crate) queues: Vec<Queue>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Queue {
    pub(crate) queue: String,
    pub(crate) total: i64,
    pub(crate) met: i64,
    pub(crate) breached: i64,
    pub(crate) rate: Option<f64>,
}

#[derive(Deserialize)]
struct Row {
    queue: String,
    total: i64,
    met: i64,
}

pub(crate) fn report(scope: &Scope) -> Result<Sla, Error> {
    let sql = Sql::from("SELECT q.name AS queue, COUNT(*) AS total")
        .then(count_of(met(), "met"))
        .then(scope.tickets(Time::Created, "JOIN queue q ON q.id = t.queue_id"))
        .then("AND")
        .then(decided(scope.clock))
        .then("GROUP BY q.name ORDER BY q.name");
    let rows: Vec<Row> = sql.rows()?;
    let queues = rows.into_iter().map(|Row { queue, total, met }| Queue {
        queue,
        total,
        met,
        breached: total - met,
        rate: percent(met, total),
    });
    Ok(Sla {
        queues: queues.collect(),
    })
}
