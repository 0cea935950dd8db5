//! What all units share of their host.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{SystemTime, UNIX_EPOCH};

use goatkit_capability::grants::Ledger;
use goatkit_capability::{Choices, Services};
use goatkit_package::PluginName;
use goatkit_runtime::{Ceilings, Runtime, SessionGate};
use tokio::sync::{Notify, watch};

use super::Unit;
use crate::happenings::{Happenings, milliseconds};
use crate::life::Stage;
use crate::register::Kept;

/// What loading a unit needs of its host.
pub(crate) struct House {
    pub(crate) runtimes: Vec<Arc<dyn Runtime>>,
    pub(crate) services: Services,
    pub(crate) ledger: Ledger,
    pub(crate) choices: Choices,
    pub(crate) ceilings: Ceilings,
    pub(crate) kept: Kept,
    pub(crate) gate: SessionGate,
    pub(crate) happenings: Happenings,
    /// Every unit that may still call a room: also one that is being made ready, and one that
    /// was replaced and whose last calls run.
    pub(crate) live: Mutex<Vec<Weak<Unit>>>,
    /// Plugins that stay in memory.
    pub(crate) pinned: Mutex<BTreeSet<PluginName>>,
    pub(crate) beat: Beat,
    /// Something came into memory, or is to go: whoever looks after it looks now.
    pub(crate) look: Notify,
    /// How far its end is.
    pub(crate) stage: watch::Sender<Stage>,
    /// How many things go on that its end waits for.
    pub(crate) going_on: watch::Sender<usize>,
}

/// The time as it was when somebody last looked at the clock, in milliseconds: whoever calls a
/// plugin stamps it with that, and need not look himself.
#[derive(Default)]
pub(crate) struct Beat(AtomicU64);

impl Beat {
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn set(&self, now: SystemTime) {
        let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        self.0.store(milliseconds(since), Ordering::Relaxed);
    }
}

impl House {
    /// Looks at the clock, for all who stamp what they use.
    pub(crate) fn mark(&self) -> SystemTime {
        let now = self.services.clock.now();
        self.beat.set(now);
        now
    }

    /// Keeps a plugin in memory or no longer; whether that is new.
    pub(crate) fn pin(&self, name: &PluginName, pinned: bool) -> bool {
        let mut all = self.pinned.lock().unwrap_or_else(PoisonError::into_inner);
        match pinned {
            true => all.insert(name.clone()),
            false => all.remove(name),
        }
    }

    pub(crate) fn is_pinned(&self, name: &PluginName) -> bool {
        let all = self.pinned.lock().unwrap_or_else(PoisonError::into_inner);
        all.contains(name)
    }

    pub(super) fn remember(&self, unit: &Arc<Unit>) {
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        live.retain(|unit| unit.strong_count() > 0);
        live.push(Arc::downgrade(unit));
    }

    /// Units that may still call a room.
    pub(crate) fn living(&self) -> usize {
        let live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        live.iter().filter(|unit| unit.strong_count() > 0).count()
    }

    /// Gives every unit what the ledger says by now.
    pub(crate) fn empower(&self) {
        for unit in self.units() {
            unit.empower();
        }
    }

    /// The units of a plugin that may still call a room.
    pub(crate) fn units_of(&self, name: &PluginName) -> Vec<Arc<Unit>> {
        let mut units = self.units();
        units.retain(|unit| unit.name() == name);
        units
    }

    fn units(&self) -> Vec<Arc<Unit>> {
        let live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        live.iter().filter_map(Weak::upgrade).collect()
    }
}
