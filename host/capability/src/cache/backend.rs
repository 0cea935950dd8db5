//! What a store of values does. The stores are in `memory` and `redis`.

use std::pin::Pin;
use std::time::{Duration, Instant};

use goatkit_package::PluginName;

use super::ENTRY_BYTES;
use crate::Fault;

/// Keeps values, those of each plugin in a space of its own.
///
/// What a plugin holds there, each value with its key and [`ENTRY_BYTES`], stays within the
/// budget of its last use of the store, or above it by one value: what was used longest ago
/// makes room.
pub trait CacheStore: Send + Sync + 'static {
    /// The value of a key, if there is one.
    fn get<'a>(&'a self, place: Place<'a>) -> Answer<'a, Option<Vec<u8>>>;

    /// Keeps a value, which has no more bytes than the budget, for so long at most.
    fn set<'a>(&'a self, place: Place<'a>, value: Vec<u8>, life: Duration) -> Answer<'a, ()>;

    /// Forgets a key. Whether there was a value.
    fn delete<'a>(&'a self, place: Place<'a>) -> Answer<'a, bool>;

    /// Forgets all values of a plugin that is gone.
    fn clear<'a>(&'a self, plugin: &'a PluginName, until: Instant) -> Answer<'a, ()>;
}

/// Where a value is, or shall be.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Whose space it is in.
    pub plugin: &'a PluginName,
    /// Its key there: 1 to [`super::MAX_KEY_BYTES`] bytes.
    pub key: &'a str,
    /// Bytes that the plugin may hold now.
    pub budget: u64,
    /// When nobody waits for the answer any more.
    pub until: Instant,
}

/// What a store answers. A store in memory has its answer at once, and costs nothing to wait
/// for.
pub enum Answer<'a, T> {
    /// Now.
    Ready(Result<T, Fault>),
    /// When it is waited for. Dropped before its end it leaves nothing behind.
    Later(Pending<'a, T>),
}

/// An answer that is waited for.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, Fault>> + Send + 'a>>;

/// Why a cache cannot be used. It never tells what the URL holds.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct CacheError(pub(super) String);

/// Bytes that an entry takes of the budget. A value may fill the budget alone: its key is then
/// not counted.
pub(super) fn cost(key: &str, value: usize, budget: u64) -> u64 {
    (key.len() as u64 + value as u64 + ENTRY_BYTES).min(budget)
}
