//! Sizes and durations as people write them: `64MiB`, `500ms`.
//!
//! The manifest's limits are read with these, and the capability floor reads the quantities in
//! its grants with them too.

use std::time::Duration;

/// A text is no size or no duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnitError {
    /// Not a whole number with a unit of size.
    #[error("expected a size such as `64MiB`, `500KiB` or a number of bytes")]
    Bytes,
    /// Not a whole number with a unit of time.
    #[error("expected a duration with its unit, such as `500ms`, `2s`, `5m` or `1h`")]
    Duration,
    /// More than can be counted.
    #[error("the number is too large")]
    TooLarge,
}

const BYTE_UNITS: &[(&str, u64)] = &[
    ("", 1),
    ("B", 1),
    ("kB", 1000),
    ("KB", 1000),
    ("KiB", 1 << 10),
    ("MB", 1_000_000),
    ("MiB", 1 << 20),
    ("GB", 1_000_000_000),
    ("GiB", 1 << 30),
];

/// In milliseconds.
const TIME_UNITS: &[(&str, u64)] = &[
    ("ms", 1),
    ("s", 1000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];

/// Reads a size: `64MiB`, `1 KiB`, `10MB`, or a plain number of bytes.
///
/// ```
/// assert_eq!(goatkit_package::parse_bytes("64MiB"), Ok(64 * 1024 * 1024));
/// ```
///
/// # Errors
/// [`UnitError::Bytes`] for anything else.
pub fn parse_bytes(text: &str) -> Result<u64, UnitError> {
    parse(text, BYTE_UNITS, UnitError::Bytes)
}

/// Reads a duration: `500ms`, `2s`, `5m`, `1h`, `1d`. The unit is never left out.
///
/// ```
/// # use std::time::Duration;
/// assert_eq!(goatkit_package::parse_duration("2s"), Ok(Duration::from_secs(2)));
/// ```
///
/// # Errors
/// [`UnitError::Duration`] for anything else.
pub fn parse_duration(text: &str) -> Result<Duration, UnitError> {
    parse(text, TIME_UNITS, UnitError::Duration).map(Duration::from_millis)
}

fn parse(text: &str, units: &[(&str, u64)], error: UnitError) -> Result<u64, UnitError> {
    let text = text.trim();
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim_start();
    let (_, factor) = units.iter().find(|(name, _)| *name == unit).ok_or(error)?;
    if number.is_empty() {
        return Err(error);
    }
    let number: u64 = number.parse().map_err(|_| UnitError::TooLarge)?;
    number.checked_mul(*factor).ok_or(UnitError::TooLarge)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{UnitError, parse_bytes, parse_duration};

    #[test]
    fn sizes() {
        let check = |text, expect| assert_eq!(parse_bytes(text), expect, "{text:?}");
        check("0", Ok(0));
        check("4096", Ok(4096));
        check("12B", Ok(12));
        check("1 KiB", Ok(1024));
        check("1kB", Ok(1000));
        check("64MiB", Ok(64 << 20));
        check("2GiB", Ok(2 << 30));
        for wrong in ["", "MiB", "1.5MiB", "-1", "1 TiB", "1mib", "1MiB x", "one"] {
            check(wrong, Err(UnitError::Bytes));
        }
        check("99999999999999999999", Err(UnitError::TooLarge));
        check("18446744073709551615KiB", Err(UnitError::TooLarge));
    }

    #[test]
    fn durations() {
        let check = |text, expect: Result<u64, _>| {
            assert_eq!(
                parse_duration(text),
                expect.map(Duration::from_millis),
                "{text:?}"
            );
        };
        check("500ms", Ok(500));
        check("2s", Ok(2000));
        check("5 m", Ok(300_000));
        check("1h", Ok(3_600_000));
        check("1d", Ok(86_400_000));
        for wrong in ["", "2", "s", "1.5s", "-1s", "2 sec", "1h30m"] {
            check(wrong, Err(UnitError::Duration));
        }
        check("18446744073709551615h", Err(UnitError::TooLarge));
    }
}
