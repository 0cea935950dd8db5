//! How a version has been doing as a whole, and whether it may be called now: noted at the end of
//! every call, asked at the beginning of each (`counted`, where all calls go through). What
//! follows from failures is decided in `trouble`.
//!
//! A trap costs its instance only. A plugin rests when calls fail one after the other, by its own
//! fault, and without a good one between them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use goatkit_capability::timestamp;
use goatkit_package::PluginName;
use goatkit_runtime::{CallError, CallErrorKind};
use semver::Version;

use super::status::TroubleStatus;
use crate::happenings::{What, milliseconds};
use crate::trouble::{Ended, Round, Standing, Trouble, WITH_A_HOOK, WITH_A_PLUGIN};
use crate::unit::House;

/// A call that was stopped sooner than after this, or after half of what its plugin may take,
/// had hardly any time: whatever came before it used its session's up.
const FAIR: Duration = Duration::from_millis(500);

/// How one version of a plugin has been doing.
pub(crate) struct Conduct {
    name: PluginName,
    version: Version,
    house: Arc<House>,
    fair: Duration,
    running: AtomicU64,
    /// Whether `all` says more than that all is well: what most calls look at.
    troubled: AtomicBool,
    round: AtomicU32,
    all: Mutex<All>,
}

#[derive(Default)]
struct All {
    trouble: Trouble,
    /// How it failed last.
    reason: String,
    /// How its hooks have been doing, by name.
    hooks: BTreeMap<String, Trouble>,
}

/// A call that runs.
pub(crate) struct Going<'c> {
    conduct: &'c Conduct,
    round: Round,
}

impl Conduct {
    /// Of a version that was never called; one call of it may take `limit`.
    pub(crate) fn new(
        (name, version): (&PluginName, &Version),
        limit: Duration,
        house: &Arc<House>,
    ) -> Arc<Self> {
        Arc::new(Self {
            name: name.clone(),
            version: version.clone(),
            house: Arc::clone(house),
            fair: FAIR.min(limit / 2),
            running: AtomicU64::new(0),
            troubled: AtomicBool::new(false),
            round: AtomicU32::new(0),
            all: Mutex::default(),
        })
    }

    pub(crate) fn name(&self) -> &PluginName {
        &self.name
    }

    /// Calls that run now.
    pub(crate) fn running(&self) -> u64 {
        self.running.load(Ordering::Relaxed)
    }

    /// Why `target` is not to be called now, if it is not.
    pub(crate) fn refusal(&self, target: &dyn fmt::Display) -> Option<CallError> {
        if !self.troubled.load(Ordering::Acquire) {
            return None;
        }
        let all = self.all();
        let now = self.house.services.clock.now();
        match all.trouble.standing(now) {
            Standing::Fine => None,
            Standing::Rests(until) => {
                let left = until.duration_since(now).unwrap_or_default();
                let why = format!(
                    "it failed again and again, and is left alone until {}; the last time: {}",
                    timestamp::text(until),
                    all.reason
                );
                Some(CallError::resting(&self.name, target, why, left))
            }
            Standing::Quarantined => {
                let why = format!(
                    "it failed again and again, and is left alone until an administrator reloads \
                     it or lets it try again; the last time: {}",
                    all.reason
                );
                Some(CallError::quarantined(&self.name, target, why))
            }
        }
    }

    /// A call begins.
    pub(crate) fn begin(&self) -> Going<'_> {
        self.running.fetch_add(1, Ordering::Relaxed);
        Going {
            conduct: self,
            round: Round(self.round.load(Ordering::Acquire)),
        }
    }

    /// Lets it try again; whether it was left alone.
    pub(crate) fn release(&self) -> bool {
        let now = self.house.services.clock.now();
        let mut all = self.all();
        let rests = |trouble: &Trouble| trouble.standing(now) != Standing::Fine;
        let left_alone = rests(&all.trouble) || all.hooks.values().any(rests);
        all.hooks.clear();
        self.set(&mut all, Trouble::default());
        drop(all);
        if left_alone {
            self.tell(What::Released);
        }
        left_alone
    }

    /// How it has been failing, as it is shown.
    pub(crate) fn shown(&self) -> Option<TroubleStatus> {
        let all = self.all();
        if all.trouble == Trouble::default() {
            return None;
        }
        let until = match all.trouble.standing(self.house.services.clock.now()) {
            Standing::Rests(until) => Some(timestamp::text(until)),
            Standing::Fine | Standing::Quarantined => None,
        };
        Some(TroubleStatus {
            failures: all.trouble.failures(),
            until,
            reason: all.reason.clone(),
        })
    }

    /// Why it is left alone for good, if it is.
    pub(crate) fn quarantined(&self) -> Option<String> {
        if !self.troubled.load(Ordering::Acquire) {
            return None;
        }
        let all = self.all();
        let standing = all.trouble.standing(self.house.services.clock.now());
        (standing == Standing::Quarantined).then(|| all.reason.clone())
    }

    /// How a hook has been doing.
    pub(crate) fn hook(&self, hook: &str) -> Trouble {
        self.all().hooks.get(hook).copied().unwrap_or_default()
    }

    /// Notes the end of a run of a hook; whether it rests from now on.
    pub(crate) fn hook_ended(
        &self,
        hook: &str,
        ended: Ended,
        round: Round,
        now: SystemTime,
    ) -> bool {
        let mut all = self.all();
        let trouble = all.hooks.entry(hook.to_owned()).or_default();
        *trouble = trouble.after(ended, round, now, &WITH_A_HOOK);
        trouble.standing(now) != Standing::Fine
    }

    fn ended(&self, ended: Ended, round: Round, reason: impl FnOnce() -> String) {
        let forgiven = ended == Ended::Well && !self.troubled.load(Ordering::Acquire);
        if forgiven || ended == Ended::Unknown {
            return;
        }
        let now = self.house.services.clock.now();
        let mut all = self.all();
        let before = all.trouble;
        let after = before.after(ended, round, now, &WITH_A_PLUGIN);
        if after == before {
            return;
        }
        if ended == Ended::Badly {
            all.reason = reason();
        }
        self.set(&mut all, after);
        let reason = all.reason.clone();
        drop(all);
        match after.standing(now) {
            Standing::Fine => {}
            Standing::Rests(until) => {
                let left = until.duration_since(now).unwrap_or_default();
                tracing::warn!(plugin = %self.name, "left alone for {left:?}: {reason}");
                let milliseconds = milliseconds(left);
                self.tell(What::BackedOff {
                    milliseconds,
                    reason,
                });
            }
            Standing::Quarantined => {
                tracing::error!(plugin = %self.name, "quarantined: {reason}");
                self.tell(What::Quarantined { reason });
                // It need not wait in memory for whoever looks at it.
                self.house.look.notify_one();
            }
        }
    }

    fn set(&self, all: &mut All, trouble: Trouble) {
        all.trouble = trouble;
        self.round.store(trouble.round().0, Ordering::Release);
        let troubled = trouble != Trouble::default();
        self.troubled.store(troubled, Ordering::Release);
    }

    fn tell(&self, what: What) {
        let happenings = &self.house.happenings;
        happenings.tell(&self.name, Some(&self.version), what);
    }

    fn all(&self) -> MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Going<'_> {
    /// It ended with an answer.
    pub(crate) fn went_well(&self) {
        self.conduct.ended(Ended::Well, self.round, String::new);
    }

    /// It ended with an error, after `took`.
    pub(crate) fn failed(&self, error: &CallError, took: Duration) {
        let ended = whose_fault(error.kind(), took, self.conduct.fair);
        self.conduct.ended(ended, self.round, || error.message());
    }
}

impl Drop for Going<'_> {
    fn drop(&mut self) {
        self.conduct.running.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whether a failure counts. What the plugin itself answers as its error is an answer, which
/// neither counts nor forgives: one function may answer so while another breaks off.
fn whose_fault(kind: CallErrorKind, took: Duration, fair: Duration) -> Ended {
    match kind {
        CallErrorKind::Trapped | CallErrorKind::OutOfMemory | CallErrorKind::Malformed => {
            Ended::Badly
        }
        CallErrorKind::TimedOut if took >= fair => Ended::Badly,
        _ => Ended::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_the_plugins_fault_counts() {
        let (fair, less) = (FAIR, FAIR - Duration::from_millis(1));
        for (kind, took, expect) in [
            (CallErrorKind::Trapped, less, Ended::Badly),
            (CallErrorKind::OutOfMemory, less, Ended::Badly),
            (CallErrorKind::Malformed, less, Ended::Badly),
            (CallErrorKind::TimedOut, fair, Ended::Badly),
            (CallErrorKind::TimedOut, less, Ended::Unknown),
            (CallErrorKind::Invalid, fair, Ended::Unknown),
            (CallErrorKind::Failed, fair, Ended::Unknown),
            (CallErrorKind::Fault, fair, Ended::Unknown),
            (CallErrorKind::Busy, fair, Ended::Unknown),
            (CallErrorKind::Internal, fair, Ended::Unknown),
            (CallErrorKind::TooLarge, fair, Ended::Unknown),
        ] {
            assert_eq!(whose_fault(kind, took, fair), expect, "{kind:?}");
        }
    }
}
