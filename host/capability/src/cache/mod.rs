//! cache: values that may be gone at any time.
//!
//! Gives: a space of the plugin's own, of as many bytes as are granted, in which what was used
//! longest ago makes room. Never: another plugin's values, more than is granted by more than
//! one value, or a wait for a server that is slow or down beyond a bound of the room's own.
//!
//! `grant` says how much, `backend` what a store does, `memory` and `redis` are the stores.

mod backend;
mod grant;
mod memory;
mod redis;
#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::audit::Auditor;
use crate::{Fault, Scope};

pub use backend::{Answer, CacheError, CacheStore, Pending, Place};
pub use grant::{GRANT, Granted, LEAST_BYTES, MOST_BYTES, Use};
pub use memory::MemoryCache;
pub use redis::{RedisCache, RedisOptions};

use grant::words;

/// Bytes of one value: it passes through the host whole, and a cache is no place for files.
pub const MAX_VALUE_BYTES: usize = 8 << 20;

/// Bytes of a key: each is kept with its value.
pub const MAX_KEY_BYTES: usize = 512;

/// Bytes that a value costs besides its key and itself: what the stores need to find it. It
/// keeps a plugin from holding a host's memory in values of one byte.
pub const ENTRY_BYTES: u64 = 384;

/// How long a value is kept at most, also when it is said to live longer or without an end: so
/// that what a plugin leaves behind in a server that outlives it is gone one day.
pub const LONGEST_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);

/// A plugin's handle on the room.
#[derive(Clone)]
pub struct Cache {
    auditor: Auditor,
    granted: Granted,
    store: Arc<dyn CacheStore>,
}

impl Cache {
    /// A handle of the auditor's plugin, under a grant that may change.
    pub fn new(auditor: Auditor, granted: Granted, store: Arc<dyn CacheStore>) -> Self {
        Self {
            auditor,
            granted,
            store,
        }
    }

    /// The value of a key; nothing where there is none, or it expired, or made room.
    ///
    /// # Errors
    /// [`Fault::Denied`] when no cache is granted; [`Fault::Invalid`] for a key that is empty
    /// or longer than [`MAX_KEY_BYTES`]; [`Fault::TimedOut`] at the deadline;
    /// [`Fault::Unavailable`] when the cache's server does not answer, and while the plugin
    /// registers.
    pub async fn get(&self, scope: &Scope, key: &str) -> Result<Option<Vec<u8>>, Fault> {
        let answer = async {
            let place = self.place(scope, Use::Get, key)?;
            within(place.until, self.store.get(place)).await
        };
        self.auditor.heard(scope, answer.await)
    }

    /// Keeps a value, for `ttl` at most if that is said and in no case longer than
    /// [`LONGEST_LIFE`].
    ///
    /// When it fails, the key's earlier value may be gone; it is there, or the new one, never a
    /// part of either.
    ///
    /// # Errors
    /// As [`Cache::get`]; [`Fault::TooLarge`] for a value that is larger than what is granted;
    /// [`Fault::Invalid`] for a `ttl` below a millisecond.
    pub async fn set(
        &self,
        scope: &Scope,
        key: &str,
        value: Vec<u8>,
        ttl: Option<Duration>,
    ) -> Result<(), Fault> {
        let answer = async {
            let place = self.place(scope, Use::Set, key)?;
            fits(&value, place.budget)?;
            let life = life(ttl)?;
            within(place.until, self.store.set(place, value, life)).await
        };
        self.auditor.heard(scope, answer.await)
    }

    /// Forgets a key. Whether there was a value; where the connection to a server broke in
    /// between and the room asked again, it may say that there was none.
    ///
    /// # Errors
    /// As [`Cache::get`].
    pub async fn delete(&self, scope: &Scope, key: &str) -> Result<bool, Fault> {
        let answer = async {
            let place = self.place(scope, Use::Delete, key)?;
            within(place.until, self.store.delete(place)).await
        };
        self.auditor.heard(scope, answer.await)
    }

    fn place<'a>(&'a self, scope: &Scope, what: Use, key: &'a str) -> Result<Place<'a>, Fault> {
        let until = scope.call()?.deadline;
        let budget = self.granted.permits(what)?;
        if !(1..=MAX_KEY_BYTES).contains(&key.len()) {
            return Err(Fault::Invalid(format!(
                "a key of the cache has 1 to {MAX_KEY_BYTES} bytes, not {}",
                key.len()
            )));
        }
        if until <= Instant::now() {
            return Err(Fault::TimedOut);
        }
        Ok(Place {
            plugin: self.auditor.plugin(),
            key,
            budget,
            until,
        })
    }
}

fn fits(value: &[u8], budget: u64) -> Result<(), Fault> {
    if value.len() > MAX_VALUE_BYTES {
        return Err(Fault::TooLarge(format!(
            "the value has {} bytes, and one value has at most {}",
            value.len(),
            words(MAX_VALUE_BYTES as u64)
        )));
    }
    if value.len() as u64 <= budget {
        return Ok(());
    }
    Err(Fault::TooLarge(format!(
        "the value has {} bytes, and {} are granted: ask for more under `capabilities.cache` in \
         manifest.yaml",
        value.len(),
        words(budget)
    )))
}

fn life(ttl: Option<Duration>) -> Result<Duration, Fault> {
    match ttl {
        Some(ttl) if ttl < Duration::from_millis(1) => Err(Fault::Invalid(
            "a value lives for 1 millisecond at least: leave the ttl out, or delete the key"
                .to_owned(),
        )),
        ttl => Ok(ttl.map_or(LONGEST_LIFE, |ttl| ttl.min(LONGEST_LIFE))),
    }
}

async fn within<T>(until: Instant, answer: Answer<'_, T>) -> Result<T, Fault> {
    match answer {
        Answer::Ready(result) => result,
        Answer::Later(pending) => {
            let answered = tokio::time::timeout_at(until.into(), pending).await;
            answered.unwrap_or(Err(Fault::TimedOut))
        }
    }
}
