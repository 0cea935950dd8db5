//! What every report starts from: the tickets that the viewer sees and that came in a range.

use goatkit_plugin::{Error, context};

use crate::clock::{Clock, midnight};
use crate::range::Range;
use crate::sql::Sql;
use crate::viewer::Viewer;

/// What a report is about.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) range: Range,
    pub(crate) clock: Clock,
    viewer: Viewer,
}

impl Scope {
    /// The tickets of a range that the call's actor sees.
    pub(crate) fn of(range: &str) -> Result<Self, Error> {
        Ok(Self {
            range: Range::parse(range)?,
            clock: Clock::at(context::now()?),
            viewer: Viewer::of_call()?,
        })
    }

    /// Tickets `t` with their state `s`, its type `k` and what else is joined, as far as the
    /// viewer sees them and one of their times lies in the range. Conditions may follow.
    pub(crate) fn tickets(&self, time: Time, joined: &str) -> Sql {
        let first_day = self.range.first_day(self.clock.today());
        let time = time.column();
        Sql::from(
            "FROM ticket t JOIN ticket_state s ON s.id = t.ticket_state_id \
             JOIN ticket_state_type k ON k.id = s.type_id",
        )
        .then(joined)
        .then("WHERE")
        .then(self.viewer.sees())
        .then(format!("AND {time} >= ?"))
        .with(midnight(first_day))
    }
}

/// A time that every ticket has.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Time {
    Created,
    Changed,
}

impl Time {
    pub(crate) fn column(self) -> &'static str {
        match self {
            Self::Created => "t.create_time",
            Self::Changed => "t.change_time",
        }
    }
}
