//! What all units share of their host.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use goatkit_capability::Services;
use goatkit_capability::grants::Ledger;
use goatkit_runtime::{Ceilings, Runtime, SessionGate};

use super::Unit;
use crate::happenings::Happenings;
use crate::register::Kept;

/// What loading a unit needs of its host.
pub(crate) struct House {
    pub(crate) runtimes: Vec<Arc<dyn Runtime>>,
    pub(crate) services: Services,
    pub(crate) ledger: Ledger,
    pub(crate) ceilings: Ceilings,
    pub(crate) kept: Kept,
    pub(crate) gate: SessionGate,
    pub(crate) happenings: Happenings,
    /// Every unit that may still call a room: also one that is being made ready, and one that
    /// was replaced and whose last calls run.
    pub(crate) live: Mutex<Vec<Weak<Unit>>>,
}

impl House {
    pub(super) fn remember(&self, unit: &Arc<Unit>) {
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        live.retain(|unit| unit.strong_count() > 0);
        live.push(Arc::downgrade(unit));
    }

    /// Gives every unit what the ledger says by now.
    pub(crate) fn empower(&self) {
        let live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        let units: Vec<Arc<Unit>> = live.iter().filter_map(Weak::upgrade).collect();
        drop(live);
        for unit in units {
            unit.empower();
        }
    }
}
