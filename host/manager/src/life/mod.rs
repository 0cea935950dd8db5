//! What becomes of plugins while the host runs: who stays in memory, who is left alone, who goes.
//!
//! In reading order: here what the floors above ask for; `status` (what is shown of it).
//!
//! Not here: how a version proves itself before it takes over (`refresh`), and how code comes
//! into memory (`unit`).

mod status;

use std::sync::Arc;
use std::time::Duration;

use goatkit_package::PluginName;
use semver::Version;

use crate::error::{FindError, ReloadError};
use crate::happenings::{Away, What};
use crate::manager::Manager;

pub use status::{PluginStatus, TroubleStatus};

impl Manager {
    /// Takes a plugin out of memory; whether it was there. Its next call brings it back. Calls
    /// that run end where they are.
    ///
    /// # Errors
    /// [`FindError`] when no plugin of that name serves.
    // Asynchronous by contract: what drains may have to be waited for one day.
    #[allow(clippy::unused_async)]
    pub async fn unload(&self, name: &PluginName) -> Result<bool, FindError> {
        Ok(self.unit(name)?.unload(Away::ByHand))
    }

    /// Reads a plugin's file again and loads what is there beside what serves. It is loaded,
    /// registered and activated before it takes over, and then begins anew: also one that was
    /// left alone or does not load.
    ///
    /// # Errors
    /// [`ReloadError`]; what served before serves on then.
    pub async fn reload(self: &Arc<Self>, name: &PluginName) -> Result<Version, ReloadError> {
        self.read_again(name).await
    }

    /// Lets a plugin try again that is left alone.
    ///
    /// # Errors
    /// [`FindError`] when no plugin of that name serves.
    pub fn release(&self, name: &PluginName) -> Result<(), FindError> {
        let unit = self.unit(name)?;
        unit.tell(What::Released);
        Ok(())
    }

    /// Keeps a plugin in memory once it is there, or no longer. Another version of it is kept as
    /// well. Not written down here.
    ///
    /// # Errors
    /// [`FindError`] when no plugin of that name serves.
    pub fn set_pinned(&self, name: &PluginName, pinned: bool) -> Result<(), FindError> {
        let unit = self.unit(name)?;
        if self.house.pin(name, pinned) {
            unit.tell(match pinned {
                true => What::Pinned,
                false => What::Unpinned,
            });
        }
        Ok(())
    }

    /// Where a plugin stands.
    ///
    /// # Errors
    /// [`FindError`] when no plugin of that name serves.
    pub fn status(&self, name: &PluginName) -> Result<PluginStatus, FindError> {
        Ok(status::of(&*self.unit(name)?))
    }

    /// Where each plugin stands, by name.
    pub fn statuses(&self) -> Vec<PluginStatus> {
        let snapshot = self.snapshot();
        snapshot.plugins.values().map(|it| status::of(it)).collect()
    }

    /// Stops everything within `time`. Nothing may be called afterwards.
    // Asynchronous by contract: the jobs that run have to be waited for.
    #[allow(clippy::unused_async)]
    pub async fn shut_down(&self, time: Duration) {
        let _ = time;
        for unit in self.snapshot().plugins.values() {
            unit.unload(Away::Stopped);
        }
    }
}
