//! What an instance's store holds.

use std::any::Any;
use std::sync::Arc;

use goatkit_capability::{Fault, Rooms, Scope};
use goatkit_package::PluginName;
use wasmtime::component::Resource;

use super::lanes::Watch;
use super::limiter::Limiter;
use super::shared::Shared;
use crate::doors::db::InUse;
use crate::doors::drafts::{Draft, Drafts, Entry};
use crate::doors::wasi::Wasi;

/// The data of a store: the plugin's rooms, and what holds for the call that runs.
pub struct State {
    pub(crate) rooms: Arc<Rooms>,
    pub(crate) scope: Scope,
    pub(crate) limiter: Limiter,
    pub(crate) watch: Arc<Watch>,
    pub(crate) db: InUse,
    pub(crate) drafts: Drafts,
    pub(crate) wasi: Wasi,
    pub(crate) shared: Arc<Shared>,
    /// The door that the guest came through last.
    pub(crate) door: &'static str,
}

impl State {
    /// The plugin.
    pub fn plugin(&self) -> &PluginName {
        self.rooms.powers.plugin()
    }

    /// What the call that runs is for.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Whether the plugin may use a capability of the embedder's now. A denial leaves its line
    /// in the audit log.
    ///
    /// # Errors
    /// [`Fault::Denied`] with the remedy; [`Fault::Unavailable`] while the plugin registers.
    pub fn permits(&self, capability: &str) -> Result<(), Fault> {
        self.rooms.powers.permits(&self.scope, capability)
    }

    /// What the embedder shares of a type with its own interfaces; nothing where it shares none.
    pub fn shared<T: Any>(&self) -> Option<&T> {
        self.shared.get()
    }

    /// The guest comes through a door.
    pub(crate) fn at(&mut self, door: &'static str) -> &mut Self {
        self.door = door;
        self
    }

    /// Adds to a draft of the guest's; `bytes` is how much that is.
    pub(crate) fn draft<T: Draft>(
        &mut self,
        this: &Resource<Entry<T>>,
        bytes: usize,
        add: impl FnOnce(&mut T) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.scope.call()?;
        self.drafts.add(this, bytes, add)
    }
}
