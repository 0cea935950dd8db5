//! How fast a plugin may publish: a pure function of the time.

use std::time::SystemTime;

/// Events that a plugin may publish in a second. Each is sent to every browser that listens and
/// runs the hooks of other plugins; people see no difference beyond a few a second.
pub const EVENTS_PER_SECOND: u32 = 50;

/// A plugin's token bucket: one second's events at most, filled steadily.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rate {
    events: f64,
    filled: SystemTime,
}

impl Rate {
    /// A bucket with one second's events.
    pub(super) fn full(now: SystemTime) -> Self {
        Self {
            events: f64::from(EVENTS_PER_SECOND),
            filled: now,
        }
    }

    /// Takes one event, if there is one.
    pub(super) fn take(&mut self, now: SystemTime) -> bool {
        // A clock that was set back fills nothing, and is believed from then on.
        let since = now.duration_since(self.filled).unwrap_or_default();
        let most = f64::from(EVENTS_PER_SECOND);
        self.events = (self.events + since.as_secs_f64() * most).min(most);
        self.filled = now;
        if self.events < 1.0 {
            return false;
        }
        self.events -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn a_second_has_so_many_events_and_the_next_as_many_again() {
        let start = UNIX_EPOCH + Duration::from_secs(1_000);
        let mut rate = Rate::full(start);
        let mut taken = |now: SystemTime| (0..1_000).filter(|_| rate.take(now)).count();
        let second = EVENTS_PER_SECOND as usize;
        assert_eq!(taken(start), second);
        assert_eq!(taken(start), 0);
        assert_eq!(taken(start + Duration::from_millis(500)), second / 2);
        assert_eq!(taken(start + Duration::from_secs(3600)), second);
        assert_eq!(taken(start), 0, "the clock was set back");
        assert_eq!(taken(start + Duration::from_secs(1)), second);
    }
}
