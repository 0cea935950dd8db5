//! What the log lets through: pure functions of a line and the time.

use std::time::Instant;

/// Lines that a plugin may write in a second. More than any honest plugin needs, and few
/// enough that a flood costs the host nothing.
pub const LINES_PER_SECOND: u32 = 200;

/// Bytes of one line's message. A longer one is cut: a log is not a file store.
pub const MAX_LINE_BYTES: usize = 8 * 1024;

/// Fields of one line; further ones are dropped.
pub const MAX_FIELDS: usize = 32;

/// A plugin's token bucket: one second's lines at most, filled steadily.
#[derive(Debug, Clone, PartialEq)]
pub struct LogRate {
    lines: f64,
    filled: Option<Instant>,
    lost: u64,
}

impl LogRate {
    /// A bucket with one second's lines.
    pub fn full() -> Self {
        Self {
            lines: f64::from(LINES_PER_SECOND),
            filled: None,
            lost: 0,
        }
    }

    /// Takes one line: the number of lines lost since the last that passed, or none when
    /// this one is lost too.
    pub fn take(&mut self, now: Instant) -> Option<u64> {
        let since = self.filled.map_or(0.0, |then| {
            now.saturating_duration_since(then).as_secs_f64()
        });
        let most = f64::from(LINES_PER_SECOND);
        self.lines = (self.lines + since * most).min(most);
        self.filled = Some(now);
        if self.lines < 1.0 {
            self.lost += 1;
            return None;
        }
        self.lines -= 1.0;
        Some(std::mem::take(&mut self.lost))
    }
}

/// The line within its bounds.
pub(super) fn cut(
    mut message: String,
    mut fields: Vec<(String, String)>,
) -> (String, Vec<(String, String)>) {
    shorten(&mut message);
    fields.truncate(MAX_FIELDS);
    for (name, value) in &mut fields {
        shorten(name);
        shorten(value);
    }
    (message, fields)
}

fn shorten(text: &mut String) {
    if text.len() > MAX_LINE_BYTES {
        text.truncate(text.floor_char_boundary(MAX_LINE_BYTES));
        text.push('…');
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_flood_loses_lines_and_the_next_line_says_how_many() {
        let start = Instant::now();
        let mut rate = LogRate::full();
        for _ in 0..LINES_PER_SECOND {
            assert_eq!(rate.take(start), Some(0));
        }
        for _ in 0..5 {
            assert_eq!(rate.take(start), None);
        }
        assert_eq!(rate.take(start + Duration::from_secs(1)), Some(5));
        assert_eq!(rate.take(start + Duration::from_secs(1)), Some(0));
    }

    #[test]
    fn a_long_line_is_cut_at_a_character() {
        let (message, _) = cut("ü".repeat(MAX_LINE_BYTES), Vec::new());
        assert!(message.len() <= MAX_LINE_BYTES + '…'.len_utf8());
        assert!(message.ends_with("ü…"));
        let (message, _) = cut("short".to_owned(), Vec::new());
        assert_eq!(message, "short");
    }

    #[test]
    fn too_many_fields_are_dropped() {
        let field = ("k".to_owned(), "1".to_owned());
        let (_, fields) = cut(String::new(), vec![field; MAX_FIELDS + 1]);
        assert_eq!(fields.len(), MAX_FIELDS);
    }
}
