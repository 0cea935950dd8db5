//! When somebody who fails again and again is left alone for a while: a hook, because each
//! failure may cost the page that waits for it a whole deadline, and a whole plugin, because each
//! costs the machine. Pure; `hooks` and `life` act.

use std::time::{Duration, SystemTime};

/// How much is put up with.
#[derive(Debug)]
pub(crate) struct Patience {
    /// Failures in a row after which it rests. One or two may be chance, or a plugin that was
    /// just made ready; one call of three that fails hardly ever makes so many in a row.
    pub(crate) failures: u32,
    /// How long it rests first. Each further rest is twice as long as the one before.
    pub(crate) first: Duration,
    /// How long it rests at most.
    pub(crate) longest: Duration,
    /// Rests without a good call between them, after which it is left alone for good; never where
    /// there is no such number.
    pub(crate) rests: Option<u32>,
}

/// With a hook: pages of a minute cost one deadline then, instead of one each.
pub(crate) const WITH_A_HOOK: Patience = Patience {
    failures: 5,
    first: Duration::from_secs(60),
    longest: Duration::from_secs(60),
    rests: None,
};

/// With a plugin: what is over in a moment is noticed at once, and what has lasted for two minutes
/// needs somebody who looks at it.
pub(crate) const WITH_A_PLUGIN: Patience = Patience {
    failures: 5,
    first: Duration::from_secs(1),
    longest: Duration::from_secs(60),
    rests: Some(7),
};

/// How somebody has been doing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Trouble {
    failures: u32,
    rests: u32,
    rest: Option<Rest>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    Until { at: SystemTime, long: Duration },
    ForGood,
}

/// What follows from how it has been doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It may be called.
    Fine,
    /// It is left alone until then.
    Rests(SystemTime),
    /// It is left alone until somebody lets it try again.
    Quarantined,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It answered.
    Well,
    /// It failed, by the plugin's own fault.
    Badly,
    /// It did not come to that: the host was busy, or there was hardly any time.
    Unknown,
}

/// The rests that somebody had had when a call began: what such a call says after the next rest
/// has begun is old news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Round(pub(crate) u32);

impl Trouble {
    /// Whether it is left alone at `now`.
    pub(crate) fn standing(self, now: SystemTime) -> Standing {
        match self.rest {
            Some(Rest::ForGood) => Standing::Quarantined,
            // When the clock was set back, what is further away than the rest was long was never
            // meant.
            Some(Rest::Until { at, long }) => match at.duration_since(now) {
                Ok(left) if !left.is_zero() && left <= long => Standing::Rests(at),
                _ => Standing::Fine,
            },
            None => Standing::Fine,
        }
    }

    /// The round in which a call begins now.
    pub(crate) fn round(self) -> Round {
        Round(self.rests)
    }

    /// Failures in a row.
    pub(crate) fn failures(self) -> u32 {
        self.failures
    }

    /// How it does after a call that began in `round`. After a rest it has one try: if that fails,
    /// it rests again.
    pub(crate) fn after(
        self,
        ended: Ended,
        round: Round,
        now: SystemTime,
        patience: &Patience,
    ) -> Self {
        match ended {
            Ended::Unknown => self,
            // Somebody has to look at it, whatever was still under way.
            Ended::Well if self.rest == Some(Rest::ForGood) => self,
            Ended::Well => Self::default(),
            Ended::Badly if round != self.round() => self,
            Ended::Badly => self.worse(now, patience),
        }
    }

    fn worse(self, now: SystemTime, patience: &Patience) -> Self {
        let failures = self.failures.saturating_add(1);
        if failures < patience.failures {
            return Self { failures, ..self };
        }
        let rest = match patience.rests {
            Some(most) if self.rests >= most => Rest::ForGood,
            _ => {
                let times = 2_u32.saturating_pow(self.rests);
                let long = patience.first.saturating_mul(times).min(patience.longest);
                Rest::Until {
                    at: now + long,
                    long,
                }
            }
        };
        Self {
            failures,
            rests: self.rests.saturating_add(1),
            rest: Some(rest),
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

    fn fails(trouble: Trouble, now: SystemTime, patience: &Patience) -> Trouble {
        trouble.after(Ended::Badly, trouble.round(), now, patience)
    }

    fn failed(times: u32, patience: &Patience) -> Trouble {
        (0..times).fold(Trouble::default(), |it, _| fails(it, at(0), patience))
    }

    fn rests(trouble: Trouble, now: SystemTime) -> bool {
        trouble.standing(now) != Standing::Fine
    }

    #[test]
    fn failures_in_a_row_bring_a_rest() {
        for patience in [&WITH_A_HOOK, &WITH_A_PLUGIN] {
            let nearly = failed(patience.failures - 1, patience);
            assert!(!rests(nearly, at(0)));
            let tired = failed(patience.failures, patience);
            let until = at(0) + patience.first;
            assert_eq!(tired.standing(at(0)), Standing::Rests(until));
            assert!(rests(tired, until - Duration::from_nanos(1)));
            assert!(!rests(tired, until));
        }
    }

    #[test]
    fn what_went_well_forgives_and_what_is_not_its_fault_does_not_count() {
        let nearly = failed(WITH_A_PLUGIN.failures - 1, &WITH_A_PLUGIN);
        let after = |ended| nearly.after(ended, nearly.round(), at(0), &WITH_A_PLUGIN);
        assert_eq!(after(Ended::Well), Trouble::default());
        assert_eq!(after(Ended::Unknown), nearly);
        assert!(rests(after(Ended::Badly), at(0)));
    }

    #[test]
    fn one_failure_of_three_calls_brings_no_rest() {
        let ends = [Ended::Well, Ended::Well, Ended::Badly];
        let ends = ends.iter().cycle().take(10_000);
        let trouble = ends.fold(Trouble::default(), |it, &ended| {
            it.after(ended, it.round(), at(0), &WITH_A_PLUGIN)
        });
        assert!(!rests(trouble, at(0)));
    }

    #[test]
    fn rests_double_to_the_longest_and_then_it_is_over() {
        let mut trouble = failed(WITH_A_PLUGIN.failures, &WITH_A_PLUGIN);
        let mut now = at(0);
        for seconds in [1, 2, 4, 8, 16, 32, 60] {
            let until = now + Duration::from_secs(seconds);
            assert_eq!(trouble.standing(now), Standing::Rests(until));
            now = until;
            assert_eq!(trouble.standing(now), Standing::Fine, "one try");
            trouble = fails(trouble, now, &WITH_A_PLUGIN);
        }
        let forever = now + Duration::from_secs(1_000_000);
        assert_eq!(trouble.standing(forever), Standing::Quarantined);
        let well = trouble.after(Ended::Well, Round(0), now, &WITH_A_PLUGIN);
        assert_eq!(well, trouble, "what was under way lets nobody out");
    }

    #[test]
    fn a_hook_rests_again_and_again() {
        let mut trouble = failed(WITH_A_HOOK.failures, &WITH_A_HOOK);
        for rest in 0..100 {
            let now = at(rest * 60);
            assert_eq!(trouble.standing(now), Standing::Rests(at(rest * 60 + 60)));
            trouble = fails(trouble, at(rest * 60 + 60), &WITH_A_HOOK);
        }
    }

    #[test]
    fn calls_that_fail_together_bring_one_rest() {
        let tired = failed(WITH_A_PLUGIN.failures, &WITH_A_PLUGIN);
        let late = tired.after(Ended::Badly, Round(0), at(10), &WITH_A_PLUGIN);
        assert_eq!(late, tired);
        let well = tired.after(Ended::Well, Round(0), at(0), &WITH_A_PLUGIN);
        assert_eq!(well, Trouble::default());
    }

    #[test]
    fn a_clock_that_is_set_back_prolongs_no_rest() {
        let tired = failed(WITH_A_PLUGIN.failures, &WITH_A_PLUGIN);
        assert!(!rests(tired, at(0) - Duration::from_secs(500)));
    }
}
