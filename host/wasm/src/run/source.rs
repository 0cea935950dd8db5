//! Where a plugin's instances are made: in the pool, beside it, or on the engine with the
//! async ABI. `runtime` decides it when a package is loaded; `instance` asks for each one.

use std::sync::Arc;

use goatkit_package::PluginName;
use goatkit_runtime::{BoxFuture, LoadError};
use tokio::sync::OnceCell;

use super::instance::Linked;
use super::places::Places;

/// Where the instances of a plugin are made.
pub(crate) enum Source {
    /// In the pool; those for which it has no room, beside it.
    Pool {
        pool: Arc<Places>,
        /// What one instance takes.
        places: u32,
        beyond: Beyond,
    },
    /// Beside it, all of them.
    OnDemand,
    /// On the engine with the async ABI, each for one call. What a guest leaves running after
    /// its answer ends with the instance: in a later call it would act for somebody else.
    Once,
}

/// Links a component for the engine without a pool.
type Link = Box<dyn Fn() -> BoxFuture<'static, Result<Linked, LoadError>> + Send + Sync>;

/// The same component beside the pool, linked when the first instance finds no room.
pub(crate) struct Beyond {
    link: Link,
    linked: OnceCell<Arc<Linked>>,
}

impl Beyond {
    pub(crate) fn new(
        link: impl Fn() -> BoxFuture<'static, Result<Linked, LoadError>> + Send + Sync + 'static,
    ) -> Self {
        Self {
            link: Box::new(link),
            linked: OnceCell::new(),
        }
    }

    /// It, linked once.
    pub(super) async fn linked(&self, plugin: &PluginName) -> Result<Arc<Linked>, LoadError> {
        let link = async || {
            tracing::info!(%plugin, "the pool is full: what it has no room for is made without it");
            (self.link)().await.map(Arc::new)
        };
        self.linked.get_or_try_init(link).await.map(Arc::clone)
    }
}
