//! The port's plugin on wasmtime: from a call to an answer.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use goatkit_capability::Scope;
use goatkit_package::{Isolation, PluginName};
use goatkit_runtime::{
    BoxFuture, CallError, Exports, HookRun, HttpAnswer, HttpRequest, JobRun, Output, Plugin,
    PluginGate, PluginId, Registration, RouteAnswer, RouteRequest, Session, Usage,
};
use semver::Version;

use crate::answers::Bound;
use crate::run::{
    Activate, Deactivate, Export, Function, Handle, Instance, Lanes, Prepared, Register, Remove,
    RunHook, RunJob, Target, guest_error, trap_error,
};
use crate::serve::{Server, stopped};
use crate::spans::{self, Place};

/// Calls that an instance of a `shared` plugin serves before a fresh one takes its place,
/// so that what a guest leaks does not grow for ever.
const SHARED_USES: u32 = 1000;

/// Instances that wait for their next call, boxed because a call takes them so.
#[allow(clippy::vec_box)]
type Warm = Vec<Box<Instance>>;

/// A component that is ready to be called.
pub(crate) struct WasmPlugin {
    id: PluginId,
    name: PluginName,
    gate: PluginGate,
    isolation: Isolation,
    prepared: Arc<Prepared>,
    lanes: Arc<Lanes>,
    /// Instances of a `shared` plugin that wait for their next call.
    warm: Mutex<Warm>,
}

impl WasmPlugin {
    pub(crate) fn new(
        name: PluginName,
        isolation: Isolation,
        prepared: Prepared,
        lanes: &Arc<Lanes>,
    ) -> Self {
        Self {
            id: PluginId::new(),
            name,
            gate: PluginGate::new(prepared.limits.instances),
            isolation,
            prepared: Arc::new(prepared),
            lanes: Arc::clone(lanes),
            warm: Mutex::default(),
        }
    }

    /// Calls an export on an instance of the session's and puts that back if all is well.
    /// `check` says whether the answer is one.
    async fn call<E: Export, T>(
        &self,
        session: &Session,
        export: E,
        limit: Duration,
        check: impl FnOnce(&Target, E::Answer) -> Result<T, CallError>,
    ) -> Result<T, CallError> {
        let target = export.target();
        let span = spans::call(&self.name, &target, Place::of(session));
        let call = self.called(session, export, &target, limit, check);
        match span.is_disabled() {
            true => call.await,
            // On the heap, or each call would carry the room for it.
            false => Box::pin(spans::told(span, call)).await,
        }
    }

    async fn called<E: Export, T>(
        &self,
        session: &Session,
        export: E,
        target: &Target,
        limit: Duration,
        check: impl FnOnce(&Target, E::Answer) -> Result<T, CallError>,
    ) -> Result<T, CallError> {
        // Waiting is the session's time; the call's own begins when it has an instance.
        let instance = self.check_out(session, target).await?;
        let facts = session.call_facts(limit);
        let deadline = facts.deadline;
        let scope = Scope::Call(facts);
        let running = self.run(instance, scope, export, target, limit, deadline);
        let (instance, answer) = running.await?;
        self.put_back(session, instance);
        check(target, answer?)
    }

    /// Calls an export on a fresh instance that is thrown away afterwards.
    async fn call_once<E: Export>(&self, scope: Scope, export: E) -> Result<E::Answer, CallError> {
        let limit = self.prepared.limits.call;
        let deadline = match &scope {
            Scope::Call(facts) => facts.deadline,
            Scope::Registering => Instant::now() + limit,
        };
        let target = export.target();
        let span = spans::call(&self.name, &target, Place::within(&scope));
        let running = async {
            let instance = Instance::fresh(&self.prepared, &target, deadline).await?;
            self.run(instance, scope, export, &target, limit, deadline)
                .await
        };
        spans::told(span, async { running.await?.1 }).await
    }

    /// Runs one call. The instance comes back only if the guest returned: after a trap, a
    /// deadline or a dropped call it is gone.
    async fn run<E: Export>(
        &self,
        mut instance: Box<Instance>,
        scope: Scope,
        export: E,
        target: &Target,
        limit: Duration,
        deadline: Instant,
    ) -> Result<(Box<Instance>, Result<E::Answer, CallError>), CallError> {
        let watch = instance.enter(scope);
        let call = Box::pin(async move {
            let answer = export.call(&mut instance).await;
            instance.leave();
            (instance, answer)
        });
        let pace = &self.prepared.pace;
        match self.lanes.drive(pace, &watch, deadline, call).await {
            Ok((instance, Ok(answer))) => Ok((
                instance,
                answer.map_err(|error| {
                    let config = &self.prepared.rooms.config;
                    guest_error(config, &self.name, target, error)
                }),
            )),
            Ok((mut instance, Err(error))) => {
                let limiter = &mut instance.store.data_mut().limiter;
                Err(trap_error(&self.name, target, &error, limiter, limit))
            }
            Err(why) => Err(stopped(&self.name, target, limit, why)),
        }
    }

    /// The session's instance, or another that it may have from now on.
    async fn check_out(
        &self,
        session: &Session,
        target: &Target,
    ) -> Result<Box<Instance>, CallError> {
        match session.take(self.id) {
            Some(parked) => Ok(parked),
            // On the heap, or each call would carry the room for it.
            None => Box::pin(self.admit(session, target)).await,
        }
    }

    /// A warm instance, or a new one, when it is the session's turn.
    async fn admit(&self, session: &Session, target: &Target) -> Result<Box<Instance>, CallError> {
        let deadline = session.deadline();
        let admission = session
            .admit(&self.gate, &self.name, target, deadline)
            .await?;
        let warm = self.warm().pop();
        let mut instance = match warm {
            Some(warm) => warm,
            None => Instance::fresh(&self.prepared, target, deadline).await?,
        };
        instance.admission = Some(admission);
        Ok(instance)
    }

    /// Where an instance waits for its next call, by the plugin's isolation.
    fn put_back(&self, session: &Session, mut instance: Box<Instance>) {
        match self.isolation {
            _ if !instance.may_be_used_again() => drop(instance),
            // What two calls of one session leave over is dropped.
            Isolation::Request => drop(session.park(self.id, instance)),
            Isolation::Shared if instance.uses < SHARED_USES => {
                // Warm before its place is free: who gets the place finds the instance.
                let admission = instance.admission.take();
                let mut warm = self.warm();
                if warm.len() < self.prepared.limits.instances as usize {
                    warm.push(instance);
                }
                drop(warm);
                drop(admission);
            }
            Isolation::Shared | Isolation::Call => drop(instance),
        }
    }

    fn warm(&self) -> MutexGuard<'_, Warm> {
        self.warm.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn bound(&self) -> Bound<'_> {
        Bound {
            plugin: &self.name,
            most: self.prepared.limits.output,
        }
    }
}

impl Plugin for WasmPlugin {
    fn exports(&self) -> Exports {
        let indices = &self.prepared.linked.exports;
        Exports {
            functions: indices.functions.is_some(),
            lifecycle: indices.lifecycle.is_some(),
            jobs: indices.jobs.is_some(),
            hooks: indices.hooks.is_some(),
            routes: indices.routes.is_some(),
            incoming_http: indices.incoming.is_some(),
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
            let name = name.into();
            let limit = self.prepared.limits.call;
            let check = |target: &Target, output| self.bound().function(target, output);
            self.call(session, Function { name, args }, limit, check)
                .await
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

    fn deactivate<'a>(&'a self, session: &'a Session) -> BoxFuture<'a, Result<(), CallError>> {
        let scope = Scope::Call(session.call_facts(self.prepared.limits.call));
        Box::pin(self.call_once(scope, Deactivate))
    }

    fn remove<'a>(&'a self, session: &'a Session) -> BoxFuture<'a, Result<(), CallError>> {
        let scope = Scope::Call(session.call_facts(self.prepared.limits.call));
        Box::pin(self.call_once(scope, Remove))
    }

    fn usage(&self) -> Usage {
        self.prepared.held.usage()
    }

    fn run_job<'a>(
        &'a self,
        session: &'a Session,
        job: JobRun,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        let limit = self.prepared.limits.job;
        Box::pin(self.call(session, RunJob(job), limit, |_, ()| Ok(())))
    }

    fn run_hook<'a>(
        &'a self,
        session: &'a Session,
        hook: HookRun,
    ) -> BoxFuture<'a, Result<Option<String>, CallError>> {
        let limit = self.prepared.limits.call;
        let check = |target: &Target, answer: Option<String>| {
            if let Some(text) = &answer {
                self.bound().json(target, text)?;
            }
            Ok(answer)
        };
        Box::pin(self.call(session, RunHook(hook), limit, check))
    }

    fn serve_http<'a>(
        &'a self,
        session: &'a Session,
        request: HttpRequest,
    ) -> BoxFuture<'a, Result<HttpAnswer, CallError>> {
        Box::pin(async move {
            let server = Server {
                name: &self.name,
                gate: &self.gate,
                prepared: &self.prepared,
                lanes: &self.lanes,
            };
            server.serve(session, request).await
        })
    }

    fn handle<'a>(
        &'a self,
        session: &'a Session,
        request: RouteRequest,
    ) -> BoxFuture<'a, Result<RouteAnswer, CallError>> {
        let limit = self.prepared.limits.route;
        let check = |target: &Target, answer: Result<RouteAnswer, String>| {
            let answer = answer.map_err(|what| CallError::malformed(&self.name, target, what))?;
            self.bound().route(target, answer)
        };
        Box::pin(self.call(session, Handle(request), limit, check))
    }
}
