//! What a version is told that was replaced: `deactivate`, once, after its last call. Nobody waits
//! for it, and whatever comes of it, the version that took over serves.

use std::sync::Arc;

use goatkit_runtime::LoadError;
use tokio::sync::watch;

use super::stop::stopping;
use crate::discover::Found;
use crate::happenings::{Away, What};
use crate::unit::{House, Unit};

/// A version whose last calls run.
pub(crate) struct Farewell {
    found: Found,
    house: Arc<House>,
    /// Ends with the unit: with the last of those who may call it.
    gone: watch::Receiver<()>,
}

impl Farewell {
    /// Of a version that another is about to replace; nothing where it was never told that it
    /// took over, or would not hear of it.
    pub(crate) async fn of(
        unit: &Arc<Unit>,
        house: &Arc<House>,
    ) -> Result<Option<Self>, LoadError> {
        let hears = unit.held().is_none_or(|it| it.plugin.exports().lifecycle);
        if !hears || !unit.was_activated().await? {
            return Ok(None);
        }
        Ok(Some(Self {
            found: unit.found().clone(),
            house: Arc::clone(house),
            gone: unit.gone(),
        }))
    }

    /// Waits for its last call in a task of its own, and tells it then.
    pub(crate) fn begin(self) {
        tokio::spawn(async move {
            let stop = stopping(&self.house);
            tokio::select! {
                () = self.tell() => {}
                // Whoever stops waits for nobody who has left already.
                () = stop => {}
            }
        });
    }

    async fn tell(mut self) {
        // Nothing is ever sent: it ends.
        while self.gone.changed().await.is_ok() {}
        if self.is_still_there() {
            return;
        }
        // Afresh: what it may do now was decided since, and its code may have been put away.
        let unit = Unit::new(self.found, &self.house);
        if let Err(error) = unit.deactivated().await {
            let version = &unit.package().manifest().version;
            tracing::warn!(plugin = %unit.name(), %version, "deactivating: {error}");
            let reason = error.message().to_owned();
            unit.tell(What::NotDeactivated { reason });
        }
        // It came into memory for this alone, if it did.
        unit.unload(Away::Stopped);
    }

    /// Whether the same version is there once more, as after a reload of what did not change: it
    /// serves, or says farewell by itself.
    fn is_still_there(&self) -> bool {
        let digest = self.found.package.digest();
        let units = self.house.units_of(self.found.name());
        units.iter().any(|unit| unit.package().digest() == digest)
    }
}
