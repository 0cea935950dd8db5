//! cache: values that may be gone at any time.

mod backend;
mod grant;

pub use backend::{CacheError, CacheStore, MemoryCache, RedisCache};
pub use grant::{GRANT, Granted};

use std::sync::Arc;
use std::time::Duration;

use crate::audit::Auditor;
use crate::{Fault, Scope};

/// A plugin's handle on the room.
#[derive(Clone)]
pub struct Cache {
    auditor: Auditor,
    granted: Granted,
    store: Arc<dyn CacheStore>,
}

impl Cache {
    /// A handle of the auditor's plugin.
    pub fn new(auditor: Auditor, granted: Granted, store: Arc<dyn CacheStore>) -> Self {
        Self {
            auditor,
            granted,
            store,
        }
    }

    /// The value of a key.
    pub async fn get(&self, _scope: &Scope, _key: &str) -> Result<Option<Vec<u8>>, Fault> {
        let _ = (&self.auditor, &self.granted, &self.store);
        Err(unbuilt())
    }

    /// Keeps a value.
    pub async fn set(
        &self,
        _scope: &Scope,
        _key: &str,
        _value: Vec<u8>,
        _ttl: Option<Duration>,
    ) -> Result<(), Fault> {
        Err(unbuilt())
    }

    /// Forgets a key.
    pub async fn delete(&self, _scope: &Scope, _key: &str) -> Result<bool, Fault> {
        Err(unbuilt())
    }
}

fn unbuilt() -> Fault {
    Fault::Unavailable("not built yet".to_owned())
}
