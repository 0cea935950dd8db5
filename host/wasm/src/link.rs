//! From compiled code to what can be instantiated: its imports held against its manifest, the
//! doors linked, its exports found. `runtime` calls it when a package is loaded, and again when
//! its instances are to be made without the pool. Nothing of the guest runs here.

use std::collections::BTreeMap;

use goatkit_runtime::LoadErrorKind;
use serde_json::Value;
use wasmtime::component::{InstancePre, Linker};
use wasmtime_wasi_http::p2::bindings::exports::wasi::http::incoming_handler;

use crate::code::{Compiled, Provided, check_imports, imports_of};
use crate::doors::bindings::exports::goatkit::plugin::{
    functions, hooks, jobs, lifecycle, registration, routes,
};
use crate::doors::{CONTRACT, Door, wasi, wasi_http};
use crate::run::{Indices, Linked, State};

/// Why code cannot be linked.
pub(crate) type Refusal = (LoadErrorKind, String);

/// What links components: the doors of the contract, and those of the embedder.
pub(crate) struct Doors(Vec<Door>);

impl Doors {
    pub(crate) fn new(doors: Vec<Door>) -> Self {
        Self(doors)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Door> + Clone {
        self.0.iter()
    }

    /// Links compiled code, once it is known that its imports are within what its manifest
    /// asks.
    pub(crate) fn link(
        &self,
        compiled: &Compiled,
        requests: &BTreeMap<String, Value>,
    ) -> Result<Linked, Refusal> {
        let Compiled {
            engine, component, ..
        } = compiled;
        let import = |text| (LoadErrorKind::Import, text);
        let imports = imports_of(engine, component);
        check_imports(&imports, requests, &self.provided()).map_err(import)?;
        let mut linker = Linker::new(engine);
        let mut fill = || {
            wasi::link(&mut linker)?;
            wasi_http::link(&mut linker)?;
            self.iter().try_for_each(|door| door.link(&mut linker))
        };
        fill().map_err(|error| import(format!("this host's doors do not link: {error:#}")))?;
        let linked = linker.instantiate_pre(component).map_err(|error| {
            import(format!(
                "it was built against another version of the contract than this host's \
                 ({CONTRACT}): {error:#}"
            ))
        })?;
        let exports = bind(&linked).map_err(|text| (LoadErrorKind::Export, text))?;
        Ok(Linked {
            engine: engine.clone(),
            linked,
            exports,
        })
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
        let doors = self.iter().map(|door| Provided {
            interface: door.capability().interface,
            version: door.version().cloned(),
            capability: Some(door.capability()),
        });
        // WASI's own door to the http room is granted with it.
        let http = self.iter().map(Door::capability);
        let http = http.clone().find(|it| it.name == "http");
        let wasi_http = [(wasi_http::TYPES, None), (wasi_http::HANDLER, http)];
        let wasi_http = wasi_http.map(|(interface, capability)| Provided {
            interface,
            version: Some(wasi::VERSION),
            capability,
        });
        wasi.chain([types]).chain(wasi_http).chain(doors).collect()
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
