//! From a package to a plugin: compiled, linked, and made ready to be called. Nothing of the
//! guest runs here.

use std::io;
use std::sync::Arc;

use goatkit_capability::Capability;
use goatkit_package::{RuntimeKind, StoredPackage};
use goatkit_runtime::{BoxFuture, LoadError, Loadable, Plugin, Runtime};

use crate::code::{CodeCache, Compiler, Home, Wanted};
use crate::doors::{Door, builtin_doors};
use crate::engine::Engines;
use crate::link::{Doors, Refusal};
use crate::plugin::WasmPlugin;
use crate::run::{Beyond, Budget, Lanes, Pace, Places, Prepared, Shared, Source};
use crate::settings::{SettingsError, WasmSettings};

/// Runs components.
pub struct WasmRuntime {
    compiler: Arc<Compiler>,
    doors: Arc<Doors>,
    places: Arc<Places>,
    lanes: Arc<Lanes>,
    budget: Arc<Budget>,
    shared: Arc<Shared>,
}

impl WasmRuntime {
    /// A runtime with the doors of the contract, and those of the embedder.
    ///
    /// # Errors
    /// [`SettingsError`] when the cache folder cannot be used or a thread not started.
    pub fn new(settings: &WasmSettings, more: Vec<Door>) -> Result<Self, SettingsError> {
        let cache = CodeCache::open(&settings.cache, settings.cache_bytes)?;
        let engines = Arc::new(Engines::start(settings)?);
        let places = Places::new(settings.pool);
        let program = settings.compiler.clone();
        let compiler = Compiler::new(engines, Arc::clone(&places), cache, program);
        let doors = builtin_doors().into_iter().chain(more);
        Ok(Self {
            compiler: Arc::new(compiler),
            doors: Arc::new(Doors::new(doors.collect())),
            places,
            lanes: Arc::new(Lanes::start()?),
            budget: Budget::new(settings.memory_budget),
            shared: Arc::default(),
        })
    }

    /// What the doors of the embedder reach.
    #[must_use]
    pub fn sharing(mut self, shared: Shared) -> Self {
        self.shared = Arc::new(shared);
        self
    }

    /// The capabilities that its doors lead to.
    pub fn capabilities(&self) -> Vec<Capability> {
        self.doors.iter().map(|door| *door.capability()).collect()
    }

    async fn prepare(&self, unit: Loadable) -> Result<WasmPlugin, LoadError> {
        let manifest = unit.package.manifest();
        let name = manifest.name.clone();
        let compiled = self.compiler.component(&unit.package, Wanted::Pool).await?;
        let refuse = |(kind, text): Refusal| LoadError::new(&name, kind, text);
        let linked = self.doors.link(&compiled, &manifest.capabilities);
        let linked = linked.map_err(refuse)?;
        let source = match compiled.home {
            Home::Pool(places) => Source::Pool {
                places,
                pool: Arc::clone(&self.places),
                beyond: self.beyond(&unit),
            },
            Home::OnDemand(why) => {
                tracing::info!(plugin = %name, why, "its instances are made without the pool");
                Source::OnDemand
            }
            Home::Concurrent => Source::Once,
        };
        let prepared = Prepared {
            plugin: name.clone(),
            linked: Arc::new(linked),
            source,
            rooms: Arc::new(unit.rooms),
            limits: unit.limits,
            pace: Pace::default(),
            budget: Arc::clone(&self.budget),
            held: Arc::default(),
            shared: Arc::clone(&self.shared),
        };
        Ok(WasmPlugin::new(name, unit.isolation, prepared, &self.lanes))
    }

    /// How a package's component is linked once more, for instances beyond the pool.
    fn beyond(&self, unit: &Loadable) -> Beyond {
        let (compiler, doors) = (Arc::clone(&self.compiler), Arc::clone(&self.doors));
        let package = unit.package.clone();
        Beyond::new(move || {
            let (compiler, doors) = (Arc::clone(&compiler), Arc::clone(&doors));
            let package = package.clone();
            Box::pin(async move {
                let manifest = package.manifest();
                let compiled = compiler.component(&package, Wanted::OnDemand).await?;
                let linked = doors.link(&compiled, &manifest.capabilities);
                linked.map_err(|(kind, text)| LoadError::new(&manifest.name, kind, text))
            })
        })
    }
}

impl Runtime for WasmRuntime {
    fn kind(&self) -> RuntimeKind {
        RuntimeKind::Wasm
    }

    fn load(&self, unit: Loadable) -> BoxFuture<'_, Result<Arc<dyn Plugin>, LoadError>> {
        Box::pin(async move { Ok(Arc::new(self.prepare(unit).await?) as Arc<dyn Plugin>) })
    }

    fn forget(&self, package: &StoredPackage) -> io::Result<()> {
        self.compiler.forget(package)
    }
}
