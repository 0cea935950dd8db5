//! What becomes of plugins while the host runs: who stays in memory, who is left alone, who goes.
//!
//! In reading order: here what the floors above ask for; `keeper` (who goes out of memory) with
//! `choose` and `memory`; `conduct` (who is left alone); `farewell` (what a version is told that was
//! replaced); `stop` (how everything ends); `status` (what is shown of all this).
//!
//! Not here: how a version proves itself before it takes over (`refresh`), and how code comes
//! into memory (`unit`).

mod choose;
mod conduct;
mod farewell;
mod keeper;
mod memory;
mod status;
mod stop;

use std::sync::Arc;

use goatkit_package::PluginName;
use semver::Version;

use crate::error::{FindError, ReloadError};
use crate::happenings::{Away, What};
use crate::manager::Manager;

pub(crate) use conduct::{Conduct, Going};
pub(crate) use farewell::Farewell;
pub use memory::{OfThisProcess, Resident};
pub use status::{PluginStatus, TroubleStatus};
pub(crate) use stop::{GoingOn, Stage};

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
        self.unit(name)?.conduct().release();
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

    /// Versions that may still be called: those that serve, and those that were replaced and whose
    /// last calls run.
    pub fn living(&self) -> usize {
        self.house.living()
    }

    /// Where each plugin stands, by name.
    pub fn statuses(&self) -> Vec<PluginStatus> {
        let snapshot = self.snapshot();
        snapshot.plugins.values().map(|it| status::of(it)).collect()
    }
}
