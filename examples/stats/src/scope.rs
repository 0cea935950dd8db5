//! What every report starts from: the tickets that the viewer sees and that came in a range;
//! and how long what was counted of them is kept.

use std::time::Duration;

use goatkit_plugin::{Error, cache, context, json};
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
        let key = json!([what, self.range.name(), context::tenant()?, queues]);
        cache::remember(&key.to_string(), KEPT, || make(self))
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
