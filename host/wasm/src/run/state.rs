//! What an instance's store holds.

use std::sync::Arc;

use goatkit_capability::{Rooms, Scope};

use super::lanes::Watch;
use super::limiter::Limiter;
use crate::doors::wasi::Wasi;

/// The data of a store: the plugin's rooms, and what holds for the call that runs.
pub(crate) struct State {
    pub(crate) rooms: Rooms,
    pub(crate) scope: Scope,
    pub(crate) limiter: Limiter,
    pub(crate) watch: Arc<Watch>,
    pub(crate) wasi: Wasi,
}
