//! Tickets by something that each has one of. What no ticket has is not listed.

use goatkit_plugin::Error;
use serde::{Deserialize, Serialize};

use crate::scope::{Scope, Time};
use crate::sql::Sql;

/// A name and how many tickets have it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Count {
    pub(crate) name: String,
    pub(crate) count: i64,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Statuses {
    pub(crate) statuses: Vec<Count>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Queues {
    pub(crate) queues: Vec<Count>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Priorities {
    pub(crate) priorities: Vec<Count>,
}

/// What tickets are told apart by.
struct Key {
    column: &'static str,
    joined: &'static str,
    order: &'static str,
}

/// The most frequent state first.
pub(crate) fn status(scope: &Scope) -> Result<Vec<Count>, Error> {
    let key = Key {
        column: "s.name",
        joined: "",
        order: "count DESC, name",
    };
    counts(scope, &key)
}

/// The fullest queue first.
pub(crate) fn queue(scope: &Scope) -> Result<Vec<Count>, Error> {
    let key = Key {
        column: "q.name",
        joined: "JOIN queue q ON q.id = t.queue_id",
        order: "count DESC, name",
    };
    counts(scope, &key)
}

/// The lowest priority first: their names begin with their rank.
pub(crate) fn priority(scope: &Scope) -> Result<Vec<Count>, Error> {
    let key = Key {
        column: "p.name",
        joined: "JOIN ticket_priority p ON p.id = t.ticket_priority_id",
        order: "name",
    };
    counts(scope, &key)
}

fn counts(scope: &Scope, key: &Key) -> Result<Vec<Count>, Error> {
    let Key {
        column,
        joined,
        order,
    } = key;
    Sql::from(format!("SELECT {column} AS name, COUNT(*) AS count"))
        .then(scope.tickets(Time::Created, joined))
        .then(format!("GROUP BY {column} ORDER BY {order}"))
        .rows()
}
