//! How far back a report looks.

use goatkit_plugin::Error;
use jiff::ToSpan;
use jiff::civil::{Date, date};

/// A number of days, or everything. Days are those of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Range {
    Days(i64),
    All,
}

/// Every range with the name that callers use.
const RANGES: &[(&str, Range)] = &[
    ("7d", Range::Days(7)),
    ("30d", Range::Days(30)),
    ("90d", Range::Days(90)),
    ("365d", Range::Days(365)),
    ("all", Range::All),
];

impl Range {
    pub(crate) fn parse(name: &str) -> Result<Self, Error> {
        let known = RANGES.iter().find(|(known, _)| *known == name);
        known.map(|(_, range)| *range).ok_or_else(|| {
            Error::invalid("the range is 7d, 30d, 90d, 365d or all, and nothing else")
        })
    }

    pub(crate) fn name(self) -> &'static str {
        let known = RANGES.iter().find(|(_, range)| *range == self);
        known.map_or("all", |(name, _)| name)
    }

    /// The first day that belongs to it where it ends with `last_day`.
    pub(crate) fn first_day(self, last_day: Date) -> Date {
        match self {
            Self::Days(days) => last_day.saturating_sub((days - 1).days()),
            Self::All => date(1, 1, 1),
        }
    }
}
