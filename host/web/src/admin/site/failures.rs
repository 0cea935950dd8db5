//! How tokens that are none are held back. Nobody guesses 256 bits, so a token that is right is
//! never refused for others' failures; what is bounded is what failures cost. Pure: the time is a
//! parameter.

use std::time::{Duration, Instant};

/// What the bounds are for.
const PERIOD: Duration = Duration::from_secs(60);

/// Failures of a period that are told in the log: a program that was forgotten tries for ever.
const TOLD: u32 = 10;

/// Failures of a period after which whoever fails is told to come later.
const MOST: u32 = 100;

/// The failures of the period that runs.
#[derive(Debug, Default)]
pub(super) struct Failures {
    began: Option<Instant>,
    count: u32,
}

/// What becomes of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// It stands in the log.
    Told,
    /// There were enough lines.
    Quiet,
    /// There were too many.
    TooMany {
        /// When to come again.
        after: Duration,
    },
}

impl Failures {
    pub(super) fn one_more(&mut self, now: Instant) -> Failure {
        let began = *self.began.get_or_insert(now);
        let passed = now.saturating_duration_since(began);
        if passed >= PERIOD {
            *self = Self {
                began: Some(now),
                count: 0,
            };
            return self.one_more(now);
        }
        self.count = self.count.saturating_add(1);
        match self.count {
            count if count <= TOLD => Failure::Told,
            count if count <= MOST => Failure::Quiet,
            _ => Failure::TooMany {
                after: PERIOD - passed,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_told_then_counted_then_held_back_until_the_period_ends() {
        let start = Instant::now();
        let mut failures = Failures::default();
        for _ in 0..TOLD {
            assert_eq!(failures.one_more(start), Failure::Told);
        }
        for _ in TOLD..MOST {
            assert_eq!(failures.one_more(start), Failure::Quiet);
        }
        let later = start + PERIOD / 4;
        let after = PERIOD - PERIOD / 4;
        assert_eq!(failures.one_more(later), Failure::TooMany { after });
        assert_eq!(failures.one_more(start + PERIOD), Failure::Told);
    }
}
