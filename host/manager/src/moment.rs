//! How the moment that is shown is made anew: whenever plugins are looked for, registered, decided
//! on, chosen or taken out. One change at a time, each swapped in as a whole.
//!
//! Called by whatever in this crate changes something. Not here: what a moment shows of its parts
//! (`snapshot`), which is pure.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, MutexGuard, PoisonError};

use goatkit_package::PluginName;

use crate::choices::sorted;
use crate::consent::empowered;
use crate::discover::{Found, Refused};
use crate::error::waits;
use crate::manager::{Manager, Units};
use crate::snapshot::{Parts, Snapshot, Waiting};
use crate::unit::Unit;

impl Manager {
    /// Shows what a look through `plugins/` found.
    pub(crate) fn swap(
        &self,
        plugins: BTreeMap<PluginName, Arc<Unit>>,
        waiting: BTreeMap<PluginName, Found>,
        refused: Vec<Refused>,
    ) {
        for Refused { path, reason } in &refused {
            tracing::warn!("{} is not served: {reason}", path.display());
        }
        let waiting = self.waiting(waiting);
        for (name, Waiting { version, open, .. }) in &waiting {
            tracing::warn!("plugin `{name}` {version} {}", waits(open));
        }
        let _changing = self.changing();
        // Something may have been decided since the units were made.
        let disabled = Units::new();
        self.show(Parts {
            plugins: empowered(plugins),
            disabled,
            waiting,
            refused,
        });
    }

    fn waiting(&self, found: BTreeMap<PluginName, Found>) -> BTreeMap<PluginName, Waiting> {
        let each = |found: Found| Waiting {
            version: found.version().clone(),
            open: found.open(&self.house.ledger),
            found,
        };
        found
            .into_iter()
            .map(|(name, it)| (name, each(it)))
            .collect()
    }

    /// Makes the snapshot anew from what has registered, and what is granted, by now.
    pub(crate) fn publish(&self) {
        self.change(|plugins| plugins);
    }

    /// Makes the snapshot anew with other units.
    pub(crate) fn change(&self, change: impl FnOnce(Units) -> Units) {
        let _changing = self.changing();
        let old = self.snapshot.load();
        let plugins = change(old.plugins.clone());
        self.show(old.with(plugins));
    }

    /// Serves a unit whose file was read anew, and forgets what was wrong with that file before.
    pub(crate) fn take_over(&self, path: &Path, unit: Arc<Unit>) {
        let _changing = self.changing();
        let old = self.snapshot.load();
        let mut plugins = old.plugins.clone();
        let digest = unit.package().digest();
        plugins.insert(unit.name().clone(), unit);
        let mut waiting = old.waiting.clone();
        waiting.retain(|_, it| it.found.package.digest() != digest);
        let mut refused = old.refused.clone();
        refused.retain(|refused| refused.path != path);
        self.show(Parts {
            plugins,
            waiting,
            refused,
            disabled: old.disabled.clone(),
        });
    }

    /// Takes a plugin out of what is shown.
    pub(crate) fn leave_out(&self, name: &PluginName) {
        let _changing = self.changing();
        let old = self.snapshot.load();
        let mut parts = old.with(old.plugins.clone());
        parts.plugins.remove(name);
        parts.disabled.remove(name);
        parts.waiting.remove(name);
        self.show(parts);
    }

    /// Makes the snapshot of these, with what was chosen in force.
    pub(crate) fn show(&self, parts: Parts) {
        let (plugins, disabled) = sorted(&self.house, parts.plugins, parts.disabled);
        let parts = Parts {
            plugins,
            disabled,
            ..parts
        };
        let snapshot = Snapshot::new(parts, self.mode());
        self.snapshot.store(Arc::new(snapshot));
        self.house.services.jobs.ring();
    }

    pub(crate) fn changing(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
