//! From a package to a plugin: compiled, its imports held against its manifest, linked,
//! and its exports found. Nothing of the guest runs here.

use std::io;
use std::sync::Arc;

use goatkit_capability::Capability;
use goatkit_package::{RuntimeKind, StoredPackage};
use goatkit_runtime::{BoxFuture, LoadError, LoadErrorKind, Loadable, Plugin, Runtime};
use wasmtime::Engine;
use wasmtime::component::{Component, InstancePre, Linker};
use wasmtime_wasi_http::p2::bindings::exports::wasi::http::incoming_handler;

use crate::code::{CodeCache, Compiler, Provided, check_imports, imports_of};
use crate::doors::bindings::exports::goatkit::plugin::{
    functions, hooks, jobs, lifecycle, registration, routes,
};
use crate::doors::{CONTRACT, Door, builtin_doors, wasi, wasi_http};
use crate::engine::{fast_engine, start_ticker};
use crate::plugin::WasmPlugin;
use crate::run::{Budget, Indices, Lanes, Prepared, Shared, State};
use crate::settings::{SettingsError, WasmSettings};

/// Runs components.
pub struct WasmRuntime {
    engine: Engine,
    compiler: Compiler,
    doors: Vec<Door>,
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
        let cache = CodeCache::open(&settings.cache)?;
        let engine = fast_engine(settings)?;
        start_ticker(&engine)?;
        Ok(Self {
            compiler: Compiler::new(engine.clone(), cache),
            doors: builtin_doors().into_iter().chain(more).collect(),
            lanes: Arc::new(Lanes::start()?),
            budget: Budget::new(settings.memory_budget),
            shared: Arc::default(),
            engine,
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
        let component = self.compiler.component(&unit.package).await?;
        let refuse = |kind| move |text: String| LoadError::new(&name, kind, text);
        let imports = imports_of(&self.engine, &component);
        check_imports(&imports, &manifest.capabilities, &self.provided())
            .map_err(refuse.clone()(LoadErrorKind::Import))?;
        let linked = self
            .link(&component)
            .map_err(refuse.clone()(LoadErrorKind::Import))?;
        let exports = bind(&linked).map_err(refuse(LoadErrorKind::Export))?;
        let prepared = Prepared {
            engine: self.engine.clone(),
            linked,
            exports,
            rooms: Arc::new(unit.rooms),
            limits: unit.limits,
            budget: Arc::clone(&self.budget),
            held: Arc::default(),
            shared: Arc::clone(&self.shared),
        };
        let name = manifest.name.clone();
        Ok(WasmPlugin::new(name, unit.isolation, prepared, &self.lanes))
    }

    /// What a component may import here.
    fn provided(&self) -> Vec<Provided<'_>> {
        let wasi = wasi::INTERFACES.iter().map(|interface| Provided {
            interface,
            version: Some(wasi::VERSION),
            capability: None,
        });
        let types = Provided {
            interface: "goatkit:plugin/types",
            version: Some(CONTRACT),
            capability: None,
        };
        let doors = self.doors.iter().map(|door| Provided {
            interface: door.capability().interface,
            version: door.version().cloned(),
            capability: Some(door.capability()),
        });
        // WASI's own door to the http room is granted with it.
        let http = self.doors.iter().map(Door::capability);
        let http = http.clone().find(|it| it.name == "http");
        let wasi_http = [(wasi_http::TYPES, None), (wasi_http::HANDLER, http)];
        let wasi_http = wasi_http.map(|(interface, capability)| Provided {
            interface,
            version: Some(wasi::VERSION),
            capability,
        });
        wasi.chain([types]).chain(wasi_http).chain(doors).collect()
    }

    fn link(&self, component: &Component) -> Result<InstancePre<State>, String> {
        let mut linker = Linker::new(&self.engine);
        let mut fill = || {
            wasi::link(&mut linker)?;
            wasi_http::link(&mut linker)?;
            self.doors
                .iter()
                .try_for_each(|door| door.link(&mut linker))
        };
        fill().map_err(|error| format!("this host's doors do not link: {error:#}"))?;
        linker.instantiate_pre(component).map_err(|error| {
            format!(
                "it was built against another version of the contract than this host's \
                 ({CONTRACT}): {error:#}"
            )
        })
    }
}

/// Finds and type-checks the exports, per interface.
fn bind(linked: &InstancePre<State>) -> Result<Indices, String> {
    let registration = registration::GuestIndices::new(linked).map_err(|error| {
        format!(
            "it does not export `goatkit:plugin/registration@{CONTRACT}`, the one thing that \
             every plugin must: {error:#}"
        )
    })?;
    let has = |interface: &str| {
        let name = format!("goatkit:plugin/{interface}@{CONTRACT}");
        linked.component().get_export_index(None, &name).is_some()
    };
    let wrong = |interface: &str, error: wasmtime::Error| {
        format!(
            "its export `goatkit:plugin/{interface}@{CONTRACT}` is not the contract's: {error:#}"
        )
    };
    let functions = match has("functions") {
        true => Some(functions::GuestIndices::new(linked).map_err(|it| wrong("functions", it))?),
        false => None,
    };
    let lifecycle = match has("lifecycle") {
        true => Some(lifecycle::GuestIndices::new(linked).map_err(|it| wrong("lifecycle", it))?),
        false => None,
    };
    let jobs = match has("jobs") {
        true => Some(jobs::GuestIndices::new(linked).map_err(|it| wrong("jobs", it))?),
        false => None,
    };
    let hooks = match has("hooks") {
        true => Some(hooks::GuestIndices::new(linked).map_err(|it| wrong("hooks", it))?),
        false => None,
    };
    let routes = match has("routes") {
        true => Some(routes::GuestIndices::new(linked).map_err(|it| wrong("routes", it))?),
        false => None,
    };
    // Found by any version that is compatible with the linked one.
    let name = format!("{}@{}", wasi_http::INCOMING, wasi::VERSION);
    let incoming = match linked.component().get_export_index(None, &name) {
        Some(_) => Some(
            incoming_handler::GuestIndices::new(linked).map_err(|error| {
                format!(
                    "its export `{}` is not WASI's 0.2: {error:#}",
                    wasi_http::INCOMING
                )
            })?,
        ),
        None => None,
    };
    Ok(Indices {
        registration,
        functions,
        lifecycle,
        jobs,
        hooks,
        routes,
        incoming,
    })
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
