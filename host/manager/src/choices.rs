//! What administrators choose about plugins besides what these may do: whether one serves at all,
//! and whether it stays in memory. A choice is written down first, then it is in force; it is
//! for a name, so that another version of the plugin is under it too.
//!
//! Called by the floors above. Not here: where choices are kept (the capability floor), what
//! a plugin that stays in memory is spared (`life`).

use std::sync::Arc;

use goatkit_capability::{Choice, Choices, PlatformError};
use goatkit_package::PluginName;

use crate::error::FindError;
use crate::happenings::{Away, What};
use crate::manager::{Manager, Units};
use crate::unit::{House, Stopped};

/// Why a choice was not made.
#[derive(Debug, thiserror::Error)]
pub enum ChoiceError {
    /// There is no such plugin.
    #[error(transparent)]
    Find(#[from] FindError),
    /// It could not be written down.
    #[error("nothing was chosen: {0}")]
    Platform(#[from] PlatformError),
}

impl Manager {
    /// What was chosen for a plugin.
    pub fn choice(&self, name: &PluginName) -> Choice {
        self.choices().of(name)
    }

    /// Lets a plugin serve, or no longer. One that does not is known and shown as disabled, and
    /// brings nothing; it takes effect at once, and calls that run are stopped. Whether that is
    /// new.
    ///
    /// # Errors
    /// [`ChoiceError`]; nothing has changed then.
    pub async fn set_enabled(
        self: &Arc<Self>,
        name: &PluginName,
        enabled: bool,
    ) -> Result<bool, ChoiceError> {
        let before = self.choose(name, move |it| it.enabled = enabled).await?;
        if before.enabled == enabled {
            return Ok(false);
        }
        let whole = self.snapshot().complete;
        // At once: looking through `plugins/` may wait for a version that proves itself.
        self.publish();
        if !enabled {
            // Also versions that were replaced and whose last calls run.
            for unit in self.house.units_of(name) {
                unit.stop(Stopped::Disabled);
            }
        }
        self.tell(
            name,
            if enabled {
                What::Enabled
            } else {
                What::Disabled
            },
        );
        if enabled {
            self.refresh().await;
            if whole {
                // A menu that was whole stays so.
                self.register_all().await;
                self.load_pinned().await;
            }
        }
        Ok(true)
    }

    /// Has a plugin stay in memory, or no longer, also after a restart. Whether that is new.
    ///
    /// # Errors
    /// [`ChoiceError`]; nothing has changed then.
    pub async fn pin(
        self: &Arc<Self>,
        name: &PluginName,
        pinned: bool,
    ) -> Result<bool, ChoiceError> {
        let before = self.choose(name, move |it| it.pinned = pinned).await?;
        // One that does not serve is kept there from when it does.
        if self.set_pinned(name, pinned).is_err() && self.house.pin(name, pinned) {
            self.tell(name, if pinned { What::Pinned } else { What::Unpinned });
        }
        Ok(before.pinned != pinned)
    }

    /// Brings those into memory that stay there. What does not load is shown as such.
    pub async fn load_pinned(&self) {
        let snapshot = self.snapshot();
        for unit in snapshot.plugins.values().filter(|it| it.is_pinned()) {
            let _ = unit.plugin().await;
        }
    }

    /// Writes a choice down; what was chosen before.
    async fn choose(
        self: &Arc<Self>,
        name: &PluginName,
        change: impl FnOnce(&mut Choice) + Send + 'static,
    ) -> Result<Choice, ChoiceError> {
        if !self.is_known(name) {
            return Err(self.unknown(name.as_str()).into());
        }
        let name = name.clone();
        let written = self.apart(move |manager| manager.choices().choose(&name, change));
        Ok(written.await?)
    }

    /// Whether a plugin serves, waits for consent or was disabled, or something was chosen for it
    /// that is not found now.
    pub fn is_known(&self, name: &PluginName) -> bool {
        let snapshot = self.snapshot();
        snapshot.unit(name).is_some()
            || snapshot.waiting.contains_key(name)
            || self.choices().knows(name)
    }

    pub(crate) fn choices(&self) -> &Choices {
        &self.house.choices
    }

    /// Tells what became of a plugin, whatever version of it there is.
    pub(crate) fn tell(&self, name: &PluginName, what: What) {
        let snapshot = self.snapshot();
        let unit = snapshot.unit(name);
        let version = unit.map(|unit| unit.package().manifest().version.clone());
        self.happenings().tell(name, version.as_ref(), what);
    }
}

/// Units apart that serve and that were disabled. One that is disabled now is stopped, and one
/// that is enabled again begins anew.
pub(crate) fn sorted(house: &House, serving: Units, disabled: Units) -> (Units, Units) {
    let mut sorted = (Units::new(), Units::new());
    // What serves comes after, and stands for what was disabled under its name.
    for (name, unit) in disabled.into_iter().chain(serving) {
        let enabled = house.choices.of(&name).enabled;
        match (enabled, unit.stopped().is_some()) {
            (true, true) => drop(sorted.0.insert(name, unit.anew())),
            (true, false) => drop(sorted.0.insert(name, unit)),
            (false, _) => {
                unit.stop(Stopped::Disabled);
                unit.unload(Away::Stopped);
                sorted.1.insert(name, unit);
            }
        }
    }
    sorted
}
