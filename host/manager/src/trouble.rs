//! When a hook that fails again and again is left alone for a while: each failure may cost the
//! page that waits for it a whole deadline. Pure; `hooks` acts.

use std::time::{Duration, SystemTime};

/// Failures in a row after which a hook rests. One or two may be chance, or a plugin that was
/// just made ready.
pub(crate) const FAILURES: u32 = 5;

/// How long it rests: pages of a minute cost one deadline then, instead of one each.
pub(crate) const REST: Duration = Duration::from_secs(60);

/// How a hook of a plugin has been doing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Trouble {
    failures: u32,
    rests_until: Option<SystemTime>,
}

/// How a run of a hook ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It answered.
    Well,
    /// It failed, by the plugin's own fault.
    Badly,
    /// It did not come to that: the host was busy, or there was hardly any time.
    Unknown,
}

impl Trouble {
    /// Whether the hook is left alone at `now`.
    pub(crate) fn rests(self, now: SystemTime) -> bool {
        // When the clock was set back, what is further away than a rest was never meant.
        let left = self.rests_until.map(|until| until.duration_since(now));
        left.is_some_and(|left| left.is_ok_and(|left| !left.is_zero() && left <= REST))
    }

    /// How it does after a run. After a rest it has one try: if that fails, it rests again.
    pub(crate) fn after(self, ended: Ended, now: SystemTime) -> Self {
        match ended {
            Ended::Well => Self::default(),
            Ended::Unknown => self,
            Ended::Badly => {
                let failures = self.failures.saturating_add(1);
                Self {
                    failures,
                    rests_until: (failures >= FAILURES).then_some(now + REST),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_000_000 + seconds)
    }

    fn failed(times: u32) -> Trouble {
        (0..times).fold(Trouble::default(), |trouble, _| {
            trouble.after(Ended::Badly, at(0))
        })
    }

    #[test]
    fn a_hook_rests_after_failures_in_a_row() {
        assert!(!failed(FAILURES - 1).rests(at(0)));
        let tired = failed(FAILURES);
        assert!(tired.rests(at(0)) && tired.rests(at(59)));
        assert!(!tired.rests(at(60)));
    }

    #[test]
    fn what_went_well_forgives_and_what_is_not_its_fault_does_not_count() {
        let nearly = failed(FAILURES - 1);
        let well = nearly.after(Ended::Well, at(0));
        assert!(!well.after(Ended::Badly, at(0)).rests(at(0)));
        assert_eq!(nearly.after(Ended::Unknown, at(0)), nearly);
    }

    #[test]
    fn after_a_rest_it_has_one_try() {
        let tired = failed(FAILURES);
        let again = tired.after(Ended::Badly, at(60));
        assert!(again.rests(at(61)) && !again.rests(at(120)));
        assert_eq!(tired.after(Ended::Well, at(60)), Trouble::default());
    }

    #[test]
    fn a_clock_that_is_set_back_prolongs_no_rest() {
        let tired = failed(FAILURES).after(Ended::Badly, at(500));
        assert!(!tired.rests(at(0)));
    }
}
