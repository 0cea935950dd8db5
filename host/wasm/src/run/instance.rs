//! Instances: a store with its limits, and the component in it.

use std::sync::Arc;
use std::time::Instant;

use goatkit_capability::{Rooms, Scope, mail};
use goatkit_package::PluginName;
use goatkit_runtime::{Admission, CallError, Limits};
use tokio::time::timeout_at;
use wasmtime::component::InstancePre;
use wasmtime::{Engine, Store, UpdateDeadline};
use wasmtime_wasi_http::p2::bindings::exports::wasi::http::incoming_handler;

use super::lanes::{Pace, Watch};
use super::limiter::{Budget, Held, Limiter};
use super::outcome::Target;
use super::places::Taken;
use super::shared::Shared;
use super::source::Source;
use super::state::State;
use crate::doors::bindings::exports::goatkit::plugin::{
    functions, hooks, jobs, lifecycle, registration, routes,
};
use crate::doors::db::InUse;
use crate::doors::drafts::Drafts;
use crate::doors::wasi::Wasi;

/// Handles that a guest may own at a time: far above an honest guest's dozens, and small
/// in the host's memory.
const MAX_HANDLES: usize = 10_000;

/// Bytes of the largest argument that a room takes, which is a mail's attachment: what a guest
/// passes beyond twice of it, or of its largest answer, ends it.
const LARGEST_ARGUMENT: usize = mail::MAX_MESSAGE_BYTES;

/// Ticks between two looks of a running guest at its watch.
const TICKS: u64 = 1;

/// What the instances of one plugin share.
pub(crate) struct Prepared {
    pub(crate) plugin: PluginName,
    pub(crate) linked: Arc<Linked>,
    pub(crate) source: Source,
    pub(crate) rooms: Arc<Rooms>,
    pub(crate) limits: Limits,
    pub(crate) pace: Pace,
    pub(crate) budget: Arc<Budget>,
    pub(crate) held: Arc<Held>,
    pub(crate) shared: Arc<Shared>,
}

/// A component on one engine, ready to be instantiated there.
pub(crate) struct Linked {
    pub(crate) engine: Engine,
    pub(crate) linked: InstancePre<State>,
    pub(crate) exports: Indices,
}

/// Where a component's exports are, looked up and type-checked once. Per interface, so
/// that a plugin exports what it implements and the contract can grow.
pub(crate) struct Indices {
    pub(crate) registration: registration::GuestIndices,
    pub(crate) functions: Option<functions::GuestIndices>,
    pub(crate) lifecycle: Option<lifecycle::GuestIndices>,
    pub(crate) jobs: Option<jobs::GuestIndices>,
    pub(crate) hooks: Option<hooks::GuestIndices>,
    pub(crate) routes: Option<routes::GuestIndices>,
    pub(crate) incoming: Option<incoming_handler::GuestIndices>,
}

/// One instance of a component, in a store of its own.
pub(crate) struct Instance {
    pub(crate) store: Store<State>,
    pub(crate) prepared: Arc<Prepared>,
    /// What `store` is of: in the pool or beside it.
    pub(crate) linked: Arc<Linked>,
    /// Given back behind the store.
    _places: Option<Taken>,
    /// None until the first call, which makes it under its own deadline.
    made: Option<wasmtime::component::Instance>,
    /// The functions of `made`, bound at the first call of one.
    functions: Option<functions::Guest>,
    /// Calls that it has served.
    pub(crate) uses: u32,
    /// The right to exist; none where no session waits for it.
    pub(crate) admission: Option<Admission>,
}

impl Instance {
    /// A store with its limits, in the pool if there is room. Nothing of the guest runs before
    /// the first call.
    ///
    /// # Errors
    /// If there is no room, and the component cannot be had without the pool before `deadline`.
    pub(crate) async fn fresh(
        prepared: &Arc<Prepared>,
        target: &Target,
        deadline: Instant,
    ) -> Result<Box<Self>, CallError> {
        let Source::Pool {
            pool,
            places,
            beyond,
        } = &prepared.source
        else {
            return Ok(Self::on(prepared, &prepared.linked, None));
        };
        if let Some(taken) = pool.take(*places) {
            return Ok(Self::on(prepared, &prepared.linked, Some(taken)));
        }
        let plugin = &prepared.plugin;
        match timeout_at(deadline.into(), beyond.linked(plugin)).await {
            Ok(Ok(linked)) => Ok(Self::on(prepared, &linked, None)),
            Ok(Err(error)) => Err(CallError::internal(plugin, target, error.message())),
            Err(_) => Err(CallError::loading(plugin, target)),
        }
    }

    fn on(prepared: &Arc<Prepared>, linked: &Arc<Linked>, places: Option<Taken>) -> Box<Self> {
        Box::new(Self {
            store: new_store(prepared, &linked.engine),
            prepared: Arc::clone(prepared),
            linked: Arc::clone(linked),
            _places: places,
            made: None,
            functions: None,
            uses: 0,
            admission: None,
        })
    }

    /// Readies the instance for a call, and gives the watch that stops it.
    pub(crate) fn enter(&mut self, scope: Scope) -> Arc<Watch> {
        self.uses += 1;
        self.store.set_epoch_deadline(TICKS);
        let state = self.store.data_mut();
        state.scope = scope;
        state.watch.reset();
        // What was refused in an earlier call does not explain how this one ends.
        state.limiter.take_refused();
        Arc::clone(&state.watch)
    }

    /// Whether a later call may find what this one left.
    pub(crate) fn may_be_used_again(&self) -> bool {
        !matches!(self.prepared.source, Source::Once)
    }

    /// Ends what the call has left open.
    pub(crate) fn leave(&mut self) {
        let state = self.store.data_mut();
        state.db.end_call();
        state.wasi.end_call();
    }

    /// The component's instance, made now if this is the first call. The limits are in
    /// force already, because start functions run here.
    pub(crate) async fn made(&mut self) -> wasmtime::Result<wasmtime::component::Instance> {
        if let Some(made) = self.made {
            return Ok(made);
        }
        let linked = &self.linked.linked;
        // On the heap, or each call would carry the room for it.
        let made = Box::pin(linked.instantiate_async(&mut self.store)).await?;
        Ok(*self.made.insert(made))
    }

    /// The export `functions`, if the component has it, and the store to call it with.
    pub(crate) async fn functions(
        &mut self,
    ) -> wasmtime::Result<Option<(functions::Guest, &mut Store<State>)>> {
        if self.functions.is_none() {
            let made = self.made().await?;
            let Some(indices) = &self.linked.exports.functions else {
                return Ok(None);
            };
            self.functions = Some(indices.load(&mut self.store, &made)?);
        }
        let bound = self.functions.clone();
        Ok(bound.map(|functions| (functions, &mut self.store)))
    }
}

fn new_store(prepared: &Prepared, engine: &Engine) -> Store<State> {
    let state = State {
        rooms: Arc::clone(&prepared.rooms),
        scope: Scope::Registering,
        limiter: Limiter::new(
            prepared.limits.memory,
            Arc::clone(&prepared.held),
            Arc::clone(&prepared.budget),
        ),
        watch: Arc::default(),
        db: InUse::default(),
        drafts: Drafts::default(),
        wasi: Wasi::default(),
        shared: Arc::clone(&prepared.shared),
        door: "",
    };
    let mut store = Store::new(engine, state);
    store.limiter(|state| &mut state.limiter);
    let largest = prepared.limits.output.max(LARGEST_ARGUMENT);
    store.set_hostcall_fuel(largest.saturating_mul(2));
    store.set_max_component_handles(MAX_HANDLES);
    store.epoch_deadline_callback(|context| {
        Ok(if context.data().watch.tick() {
            UpdateDeadline::Yield(TICKS)
        } else {
            UpdateDeadline::Interrupt
        })
    });
    store
}
