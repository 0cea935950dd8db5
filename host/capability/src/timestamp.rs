//! How times are written: RFC 3339 in UTC where people read them, whole seconds since 1970 in
//! the platform's database.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serializer};

/// Seconds since 1970. A time before that is 1970: no decision was made then.
pub fn seconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// The time of [`seconds`].
pub fn of_seconds(seconds: i64) -> SystemTime {
    let since = Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
    UNIX_EPOCH.checked_add(since).unwrap_or(UNIX_EPOCH)
}

/// A time with its milliseconds: `2026-03-01T09:30:00.000Z`.
pub fn text(time: SystemTime) -> String {
    // A clock outside of the years that have a form is wrong by centuries: any form will do.
    let time = Timestamp::try_from(time).unwrap_or(Timestamp::MAX);
    format!("{time:.3}")
}

/// Writes the [`text`] of a time.
///
/// # Errors
/// What the format says.
pub fn serialize<S: Serializer>(time: &SystemTime, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&text(*time))
}

/// Reads what [`serialize`] writes.
///
/// # Errors
/// What stands there is no time.
pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<SystemTime, D::Error> {
    let text = String::deserialize(from)?;
    let time: Timestamp = text.parse().map_err(serde::de::Error::custom)?;
    Ok(time.into())
}

/// The same for a time that there may not be.
pub mod optional {
    use std::time::SystemTime;

    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// Writes the text of a time, or nothing.
    ///
    /// # Errors
    /// What the format says.
    pub fn serialize<S: Serializer>(time: &Option<SystemTime>, to: S) -> Result<S::Ok, S::Error> {
        time.map(super::text).serialize(to)
    }

    /// Reads what [`serialize`] writes.
    ///
    /// # Errors
    /// What stands there is no time.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SystemTime>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        let time = text.map(|text| text.parse::<Timestamp>());
        let time = time.transpose().map_err(serde::de::Error::custom)?;
        Ok(time.map(SystemTime::from))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, serde::Serialize, Deserialize)]
    struct At(#[serde(with = "super")] SystemTime);

    #[test]
    fn a_time_is_written_in_utc_and_read_back() {
        let check = |after: Duration, expect: &str| {
            let at = At(UNIX_EPOCH + after);
            let json = serde_json::to_string(&at).unwrap();
            assert_eq!(json, format!("\"{expect}\""));
            assert_eq!(serde_json::from_str::<At>(&json).unwrap(), at);
        };
        check(Duration::ZERO, "1970-01-01T00:00:00.000Z");
        check(
            Duration::from_millis(1_709_210_096_789),
            "2024-02-29T12:34:56.789Z",
        );
        assert!(serde_json::from_str::<At>("\"yesterday\"").is_err());
        assert!(serde_json::from_str::<At>("12").is_err());
    }

    #[test]
    fn seconds_of_strange_clocks_are_bounded() {
        for (time, expect) in [
            (UNIX_EPOCH + Duration::from_millis(2500), 2),
            (UNIX_EPOCH - Duration::from_secs(1), 0),
        ] {
            assert_eq!(seconds(time), expect);
        }
        assert_eq!(of_seconds(2), UNIX_EPOCH + Duration::from_secs(2));
        assert_eq!(of_seconds(-1), UNIX_EPOCH);
    }
}
