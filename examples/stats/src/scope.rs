//! What every report starts from: the tickets that the viewer sees and that came in a range;
//! and how long what was counted of them is kept.

use std::time::Duration;

use goatkit_plugin::{Error, Timestamp, cache, context, json};
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::clock::{Clock, midnight};
use crate::range::Range;
use crate::sql::Sql;
use crate::viewer::Viewer;

/// How old a figure may be: a page of ten charts, opened by everyone in the morning, is counted
/// once a minute.
const KEPT: Duration = Duration::from_secs(60);

/// What a report is about.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) range: Range,
    pub(crate) clock: Clock,
    /// The first day that comes after the range, where it does not go on until now.
    end: Option<Date>,
    viewer: Viewer,
}

impl Scope {
    /// The tickets of a range that the call's actor sees.
    pub(crate) fn of(range: &str) -> Result<Self, Error> {
        Ok(Self {
            range: Range::parse(range)?,
            clock: Clock::at(context::now()?),
            end: None,
            viewer: Viewer::of_call()?,
        })
    }

    /// The tickets of the seven whole days before the one on which a run was due. When the run
    /// began does not matter.
    pub(crate) fn of_week(due: Timestamp) -> Result<Self, Error> {
        let clock = Clock::at(due);
        Ok(Self {
            range: Range::Days(7),
            clock,
            end: Some(clock.today()),
            viewer: Viewer::of_call()?,
        })
    }

    /// The first day that belongs to it.
    pub(crate) fn first_day(&self) -> Date {
        self.range.first_day(self.last_day())
    }

    /// The last day that belongs to it.
    pub(crate) fn last_day(&self) -> Date {
        match self.end {
            Some(end) => end.saturating_sub(1.day()),
            None => self.clock.today(),
        }
    }

    /// What `make` counts, or what it counted within the last minute. `what` names it and
    /// whatever it depends on besides this scope.
    ///
    /// What is kept is told apart by the queues that the viewer sees at this moment, which are
    /// asked for each time: so nobody gets the figures of another's queues, or of queues that
    /// were his a minute ago, and where the database is granted no more there are no figures.
    pub(crate) fn remember<T: Serialize + DeserializeOwned>(
        &self,
        what: &str,
        make: impl FnOnce(&Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let queues = ranges(&self.viewer.queue_ids()?);
        let (range, end) = (self.range.name(), self.end.map(midnight));
        let key = json!([what, range, end, context::tenant()?, queues]);
        cache::remember(&key.to_string(), KEPT, || make(self))
    }

    /// Tickets `t` with their state `s`, its type `k` and what else is joined, as far as the
    /// viewer sees them and one of their times lies in the range. Conditions may follow.
    pub(crate) fn tickets(&self, time: Time, joined: &str) -> Sql {
        let time = time.column();
        let until = match self.end {
            Some(end) => Sql::from(format!("AND {time} < ?")).with(midnight(end)),
            None => Sql::from(""),
        };
        Sql::from(
            "FROM ticket t JOIN ticket_state s ON s.id = t.ticket_state_id \
             JOIN ticket_state_type k ON k.id = s.type_id",
        )
        .then(joined)
        .then("WHERE")
        .then(self.viewer.sees())
        .then(format!("AND {time} >= ?"))
        .with(midnight(self.first_day()))
        .then(until)
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

/// Sorted numbers, written short: `1-4,7`. Many make a key that the cache does not take; then
/// they are counted each time.
fn ranges(sorted: &[i64]) -> String {
    let chunks = sorted.chunk_by(|before, next| before.checked_add(1) == Some(*next));
    let texts = chunks.filter_map(|chunk| match chunk {
        [] => None,
        [one] => Some(one.to_string()),
        [first, .., last] => Some(format!("{first}-{last}")),
    });
    texts.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::ranges;

    #[test]
    fn different_numbers_are_written_differently() {
        for (numbers, expect) in [
            (&[][..], ""),
            (&[7], "7"),
            (&[1, 2], "1-2"),
            (&[1, 2, 3, 4, 7, 9, 10], "1-4,7,9-10"),
            (&[-2, -1, i64::MAX], "-2--1,9223372036854775807"),
        ] {
            assert_eq!(ranges(numbers), expect);
        }
    }
}
