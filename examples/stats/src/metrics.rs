//! What each figure means. A report counts the tickets that were **created in its range** and
//! that the viewer sees; of these
//!
//! | figure | are those |
//! |---|---|
//! | `total` | all |
//! | `open` | whose state is of the type `new` or `open` |
//! | `pending` | whose state is of a type `pending …` |
//! | `closed` | whose state is of the type `closed` |
//! | `new_today` | that were created today |
//! | `backlog` | that are open and older than 24 hours |
//! | `overdue` | that are not closed and whose `escalation_time` has passed |
//! | `closure_rate` | `closed` of `total`, in percent |
//!
//! and of those among them that have an `escalation_solution_time`
//!
//! | figure | are those |
//! |---|---|
//! | `met` | that were closed by then |
//! | `breached` | that were closed later, or are not closed although it has passed |
//! | `total` | `met` and `breached`: what can still be solved in time is not counted |
//! | `rate` | `met` of `total`, in percent |
//!
//! No table says when a ticket was closed: it is the last change of a closed one. Days are
//! those of UTC, a range of days ends with today (the weekly report's with the day before its
//! run was due), and percentages have one decimal; of nothing there is none.
//!
//! The conditions are about a ticket `t` and the type of its state `k`.

use crate::clock::{Clock, midnight};
use crate::sql::{Sql, unix_time};

pub(crate) fn open() -> Sql {
    "k.name IN ('new', 'open')".into()
}

pub(crate) fn pending() -> Sql {
    "k.name IN ('pending reminder', 'pending auto')".into()
}

pub(crate) fn closed() -> Sql {
    "k.name = 'closed'".into()
}

pub(crate) fn new_today(clock: Clock) -> Sql {
    Sql::from("t.create_time >= ?").with(midnight(clock.today()))
}

pub(crate) fn backlog(clock: Clock) -> Sql {
    open().then("AND t.create_time < ?").with(clock.yesterday())
}

pub(crate) fn overdue(clock: Clock) -> Sql {
    Sql::from("k.name <> 'closed' AND t.escalation_time > 0 AND t.escalation_time < ?")
        .with(clock.unix())
}

/// The condition that there is a time to solve the ticket by, and that it is known whether
/// it was kept.
pub(crate) fn decided(clock: Clock) -> Sql {
    Sql::from(
        "t.escalation_solution_time > 0 AND (k.name = 'closed' OR t.escalation_solution_time < ?)",
    )
    .with(clock.unix())
}

/// Of the decided ones.
pub(crate) fn met() -> Sql {
    closed().then(format!(
        "AND {} <= t.escalation_solution_time",
        unix_time("t.change_time")
    ))
}

/// `part` of `whole`, with one decimal.
pub(crate) fn percent(part: i64, whole: i64) -> Option<f64> {
    (whole > 0).then(|| (part as f64 * 1000.0 / whole as f64).round() / 10.0)
}
