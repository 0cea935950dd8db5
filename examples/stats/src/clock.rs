//! The time as the tables have it. A help desk's times are texts in UTC, `2026-01-31
//! 23:59:59`, and whole seconds since 1970 where something is due.

use goatkit_plugin::Timestamp;
use jiff::civil::{Date, DateTime, date};
use jiff::{SignedDuration, ToSpan};

/// The moment that a report is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    unix: i64,
}

impl Clock {
    pub(crate) fn at(now: Timestamp) -> Self {
        Self { unix: now.seconds }
    }

    /// Seconds since 1970.
    pub(crate) fn unix(self) -> i64 {
        self.unix
    }

    pub(crate) fn today(self) -> Date {
        self.civil().date()
    }

    /// The same time of the day before, as a text.
    pub(crate) fn yesterday(self) -> String {
        text(self.civil().saturating_sub(1.day()))
    }

    fn civil(self) -> DateTime {
        let epoch = date(1970, 1, 1).at(0, 0, 0, 0);
        epoch.saturating_add(SignedDuration::from_secs(self.unix))
    }
}

/// The first second of a day.
pub(crate) fn midnight(day: Date) -> String {
    text(day.at(0, 0, 0, 0))
}

fn text(time: DateTime) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S").to_string()
}
