//! Where values are kept: in memory, or in Redis.

use std::sync::Arc;

/// Keeps values of all plugins apart.
pub trait CacheStore: Send + Sync + 'static {}

/// In this process.
#[derive(Default)]
pub struct MemoryCache {}

impl CacheStore for MemoryCache {}

/// Why a cache cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct CacheError(String);

/// A Redis server.
pub struct RedisCache {}

impl RedisCache {
    /// The server of a `redis://` or `rediss://` URL, which is connected to at the first use.
    ///
    /// # Errors
    /// [`CacheError`] for a URL that is none.
    pub fn new(_url: &str) -> Result<Arc<Self>, CacheError> {
        Err(CacheError("not built yet".to_owned()))
    }
}

impl CacheStore for RedisCache {}
