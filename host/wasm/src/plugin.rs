//! The port's traits on wasmtime: from a package to a plugin, from a call to an answer.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use goatkit_capability::{Capability, Scope};
use goatkit_package::{Isolation, PluginName, RuntimeKind};
use goatkit_runtime::{
    BoxFuture, CallError, Exports, LoadError, LoadErrorKind, Loadable, Output, Plugin, PluginGate,
    PluginId, Registration, Runtime, Session,
};
use semver::Version;
use serde::de::IgnoredAny;
use wasmtime::Engine;
use wasmtime::component::{Component, InstancePre, Linker};

use crate::code::{CodeCache, Compiler, Provided, check_imports, imports_of};
use crate::doors::bindings::exports::goatkit::plugin::{functions, lifecycle, registration};
use crate::doors::{CONTRACT, Door, builtin_doors, wasi};
use crate::engine::{Ticker, fast_engine};
use crate::run::{
    Activate, Budget, Export, Function, Indices, Instance, Lanes, Prepared, Register, State,
    Stopped, Target, guest_error, trap_error,
};
use crate::settings::{SettingsError, WasmSettings};

/// Calls that an instance of a `shared` plugin serves before a fresh one takes its place,
/// so that what a guest leaks does not grow for ever.
const SHARED_USES: u32 = 1000;

/// Runs components.
pub struct WasmRuntime {
    engine: Engine,
    compiler: Compiler,
    doors: Vec<Door>,
    lanes: Arc<Lanes>,
    budget: Arc<Budget>,
    _ticker: Ticker,
}

impl WasmRuntime {
    /// A runtime with the doors of the contract.
    ///
    /// # Errors
    /// [`SettingsError`] when the cache folder cannot be used or a thread not started.
    pub fn new(settings: &WasmSettings) -> Result<Self, SettingsError> {
        let cache = CodeCache::open(&settings.cache)?;
        let engine = fast_engine(settings)?;
        Ok(Self {
            _ticker: Ticker::start(&engine)?,
            compiler: Compiler::new(engine.clone(), cache),
            doors: builtin_doors(),
            lanes: Arc::new(Lanes::start()?),
            budget: Budget::new(settings.memory_budget),
            engine,
        })
    }

    /// The capabilities that its doors lead to.
    pub fn capabilities(&self) -> Vec<Capability> {
        self.doors.iter().map(|door| *door.capability).collect()
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
            rooms: unit.rooms,
            limits: unit.limits,
            budget: Arc::clone(&self.budget),
        };
        Ok(WasmPlugin {
            id: PluginId::new(),
            name: manifest.name.clone(),
            gate: PluginGate::new(unit.limits.instances),
            isolation: unit.isolation,
            prepared: Arc::new(prepared),
            lanes: Arc::clone(&self.lanes),
            warm: Mutex::default(),
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
        let doors = self.doors.iter().map(|door| Provided {
            interface: door.capability.interface,
            version: Some(CONTRACT),
            capability: Some(door.capability),
        });
        wasi.chain([types]).chain(doors).collect()
    }

    fn link(&self, component: &Component) -> Result<InstancePre<State>, String> {
        let mut linker = Linker::new(&self.engine);
        let mut fill = || {
            wasi::link(&mut linker)?;
            self.doors
                .iter()
                .try_for_each(|door| (door.link)(&mut linker))
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
    Ok(Indices {
        registration,
        functions,
        lifecycle,
    })
}

impl Runtime for WasmRuntime {
    fn kind(&self) -> RuntimeKind {
        RuntimeKind::Wasm
    }

    fn load(&self, unit: Loadable) -> BoxFuture<'_, Result<Arc<dyn Plugin>, LoadError>> {
        Box::pin(async move { Ok(Arc::new(self.prepare(unit).await?) as Arc<dyn Plugin>) })
    }
}

/// A component that is ready to be called.
struct WasmPlugin {
    id: PluginId,
    name: PluginName,
    gate: PluginGate,
    isolation: Isolation,
    prepared: Arc<Prepared>,
    lanes: Arc<Lanes>,
    /// Instances of a `shared` plugin that wait for their next call.
    warm: Mutex<Vec<Box<Instance>>>,
}

impl WasmPlugin {
    /// Calls an export on an instance of the session's and puts that back if all is well.
    async fn call<E: Export>(&self, session: &Session, export: E) -> Result<E::Answer, CallError> {
        let limit = self.prepared.limits.call;
        let facts = session.call_facts(limit);
        let deadline = facts.deadline;
        let instance = self.check_out(session, &export, deadline).await?;
        let scope = Scope::Call(facts);
        let (instance, answer) = self.run(instance, scope, export, limit, deadline).await?;
        self.put_back(session, instance);
        answer
    }

    /// Calls an export on a fresh instance that is thrown away afterwards.
    async fn call_once<E: Export>(&self, scope: Scope, export: E) -> Result<E::Answer, CallError> {
        let limit = self.prepared.limits.call;
        let deadline = match &scope {
            Scope::Call(facts) => facts.deadline,
            Scope::Registering => Instant::now() + limit,
        };
        let instance = Instance::new(&self.prepared);
        let (_, answer) = self.run(instance, scope, export, limit, deadline).await?;
        answer
    }

    /// Runs one call. The instance comes back only if the guest returned: after a trap, a
    /// deadline or a dropped call it is gone.
    async fn run<E: Export>(
        &self,
        mut instance: Box<Instance>,
        scope: Scope,
        export: E,
        limit: Duration,
        deadline: Instant,
    ) -> Result<(Box<Instance>, Result<E::Answer, CallError>), CallError> {
        let target = export.target();
        let watch = instance.enter(scope);
        let call = Box::pin(async move {
            let answer = export.call(&mut instance).await;
            (instance, answer)
        });
        match self.lanes.drive(&watch, deadline, call).await {
            Ok((instance, Ok(answer))) => Ok((
                instance,
                answer.map_err(|error| guest_error(&self.name, &target, error)),
            )),
            Ok((mut instance, Err(error))) => {
                let limiter = &mut instance.store.data_mut().limiter;
                Err(trap_error(&self.name, &target, &error, limiter, limit))
            }
            Err(Stopped::Deadline) => Err(CallError::timed_out(&self.name, &target, limit)),
            Err(Stopped::Panicked(why)) => Err(CallError::internal(&self.name, &target, why)),
        }
    }

    /// The session's instance, a warm one, or the right to make one.
    async fn check_out<E: Export>(
        &self,
        session: &Session,
        export: &E,
        deadline: Instant,
    ) -> Result<Box<Instance>, CallError> {
        if let Some(parked) = session.take(self.id) {
            return Ok(parked);
        }
        let target = export.target();
        let admission = session
            .admit(&self.gate, &self.name, &target, deadline)
            .await?;
        let mut instance = self
            .warm()
            .pop()
            .unwrap_or_else(|| Instance::new(&self.prepared));
        instance.admission = Some(admission);
        Ok(instance)
    }

    /// Where an instance waits for its next call, by the plugin's isolation.
    fn put_back(&self, session: &Session, mut instance: Box<Instance>) {
        match self.isolation {
            // What two calls of one session leave over is dropped.
            Isolation::Request => drop(session.park(self.id, instance)),
            Isolation::Shared if instance.uses < SHARED_USES => {
                instance.admission = None;
                self.warm().push(instance);
            }
            Isolation::Shared | Isolation::Call => drop(instance),
        }
    }

    fn warm(&self) -> std::sync::MutexGuard<'_, Vec<Box<Instance>>> {
        self.warm.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer of a function within its bounds, and JSON where it says so.
    fn checked(&self, target: &Target, output: Output) -> Result<Output, CallError> {
        let most = self.prepared.limits.output;
        let (Output::Json(text) | Output::Html(text)) = &output;
        if text.len() > most {
            let what = format!(
                "its answer has {} bytes, and {most} are allowed",
                text.len()
            );
            return Err(CallError::too_large(&self.name, target, what));
        }
        match &output {
            Output::Json(text) => match serde_json::from_str::<IgnoredAny>(text) {
                Ok(_) => Ok(output),
                Err(error) => {
                    let what = format!("its answer is not JSON: {error}");
                    Err(CallError::malformed(&self.name, target, what))
                }
            },
            Output::Html(_) => Ok(output),
        }
    }
}

impl Plugin for WasmPlugin {
    fn exports(&self) -> Exports {
        let indices = &self.prepared.exports;
        Exports {
            functions: indices.functions.is_some(),
            lifecycle: indices.lifecycle.is_some(),
        }
    }

    fn register(&self) -> BoxFuture<'_, Result<Registration, CallError>> {
        Box::pin(self.call_once(Scope::Registering, Register))
    }

    fn call_function<'a>(
        &'a self,
        session: &'a Session,
        name: &'a str,
        args: String,
    ) -> BoxFuture<'a, Result<Output, CallError>> {
        Box::pin(async move {
            let name: Arc<str> = name.into();
            let target = Target::Function(Arc::clone(&name));
            let output = self.call(session, Function { name, args }).await?;
            self.checked(&target, output)
        })
    }

    fn activate<'a>(
        &'a self,
        session: &'a Session,
        from: Option<&'a Version>,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        let scope = Scope::Call(session.call_facts(self.prepared.limits.call));
        let from = from.map(ToString::to_string);
        Box::pin(self.call_once(scope, Activate { from }))
    }
}
