//! Points in time, counted from the beginning of today: what makes the data thinks in days
//! before today, and only here does a date come of it.

use std::fmt;

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, date};

pub(super) const MINUTE: i64 = 60;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;

/// The first second of the day that the data leads up to, in UTC.
#[derive(Clone, Copy)]
pub(super) struct Today(i64);

impl Today {
    pub(super) fn new(today: Date) -> Self {
        Self(today.duration_since(date(1970, 1, 1)).as_secs())
    }

    /// So many seconds after today began; before it, if there are fewer than none.
    pub(super) fn at(self, seconds: i64) -> Moment {
        Moment(self.0 + seconds)
    }
}

/// A second, in UTC. It shows itself as the tables have it: `2026-01-31 23:59:59`.
#[derive(Clone, Copy)]
pub(super) struct Moment(i64);

impl Moment {
    #[cfg(test)]
    pub(super) const EPOCH: Self = Self(0);

    /// Seconds since 1970.
    pub(super) fn unix(self) -> i64 {
        self.0
    }

    /// The day in eight digits.
    pub(super) fn digits(self) -> String {
        self.civil().strftime("%Y%m%d").to_string()
    }

    fn civil(self) -> DateTime {
        let epoch = date(1970, 1, 1).at(0, 0, 0, 0);
        epoch.saturating_add(SignedDuration::from_secs(self.0))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.civil().strftime("%Y-%m-%d %H:%M:%S").fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_show_their_date() {
        let today = Today::new(date(2024, 3, 1));
        for (seconds, shown, digits) in [
            (0, "2024-03-01 00:00:00", "20240301"),
            (-1, "2024-02-29 23:59:59", "20240229"),
            (90 * MINUTE + 5, "2024-03-01 01:30:05", "20240301"),
            (-366 * DAY, "2023-03-01 00:00:00", "20230301"),
        ] {
            let moment = today.at(seconds);
            assert_eq!(moment.to_string(), shown);
            assert_eq!(moment.digits(), digits);
        }
        assert_eq!(today.at(7).unix(), 1_709_251_207);
    }
}
