//! The traits that a runtime implements, and what passes through them.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use goatkit_capability::Rooms;
use goatkit_package::{Isolation, RuntimeKind, StoredPackage};
use semver::Version;
use std::sync::Arc;

use crate::{
    CallError, HttpAnswer, HttpRequest, Limits, LoadError, Registration, RouteAnswer, RouteRequest,
    Session,
};

/// A boxed future that can be sent to another thread.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Runs plugins of one kind.
pub trait Runtime: Send + Sync + 'static {
    /// The kind of package that it runs.
    fn kind(&self) -> RuntimeKind;

    /// Makes a package ready to be called. Nothing of the package runs before its imports
    /// are known to be within its manifest.
    fn load(&self, unit: Loadable) -> BoxFuture<'_, Result<Arc<dyn Plugin>, LoadError>>;

    /// Removes what is kept of a package between two loads, such as compiled code: the package is
    /// gone. One that keeps nothing has nothing to do. Blocks.
    ///
    /// # Errors
    /// What the system says when it cannot be removed.
    fn forget(&self, _package: &StoredPackage) -> io::Result<()> {
        Ok(())
    }
}

/// What a runtime needs in order to load a package.
#[derive(Clone)]
pub struct Loadable {
    /// The store's copy.
    pub package: StoredPackage,
    /// The plugin's rooms, behind its grants.
    pub rooms: Rooms,
    /// Its limits: what it asked for, within the host's ceilings.
    pub limits: Limits,
    /// When its instances are dropped.
    pub isolation: Isolation,
}

/// A loaded plugin. Dropping the last handle unloads it.
pub trait Plugin: Send + Sync + 'static {
    /// Which export interfaces it has.
    fn exports(&self) -> Exports;

    /// Runs `gk-register` on an instance that is thrown away afterwards. The answer is as
    /// the plugin gave it: the manager checks it.
    fn register(&self) -> BoxFuture<'_, Result<Registration, CallError>>;

    /// Calls a function. `args` is a JSON array in the order of the registration.
    fn call_function<'a>(
        &'a self,
        session: &'a Session,
        name: &'a str,
        args: String,
    ) -> BoxFuture<'a, Result<Output, CallError>>;

    /// Runs a job of the registration, on an instance of the session's and for at most
    /// [`Limits::job`]. Dropped, it stops the plugin's code.
    fn run_job<'a>(
        &'a self,
        session: &'a Session,
        job: JobRun,
    ) -> BoxFuture<'a, Result<(), CallError>>;

    /// Runs a hook of the registration, for at most [`Limits::call`]. The answer is a JSON text.
    fn run_hook<'a>(
        &'a self,
        session: &'a Session,
        hook: HookRun,
    ) -> BoxFuture<'a, Result<Option<String>, CallError>>;

    /// Answers a request to a route of the registration, for at most [`Limits::route`]. Dropped,
    /// it stops the plugin's code.
    fn handle<'a>(
        &'a self,
        session: &'a Session,
        request: RouteRequest,
    ) -> BoxFuture<'a, Result<RouteAnswer, CallError>>;

    /// Answers a request by the export `wasi:http/incoming-handler`, for at most
    /// [`Limits::route`], which counts until the last byte of the answer was written. The answer
    /// is there as soon as its head is, as the plugin gave it: not to be trusted. Dropped, this or
    /// the answer's body stops the plugin's code.
    ///
    /// What the plugin is not to see of the request, whoever calls has taken out.
    fn serve_http<'a>(
        &'a self,
        session: &'a Session,
        request: HttpRequest,
    ) -> BoxFuture<'a, Result<HttpAnswer, CallError>>;

    /// Runs `activate` on an instance that is thrown away afterwards. Does nothing where
    /// the plugin does not export `lifecycle`.
    fn activate<'a>(
        &'a self,
        session: &'a Session,
        from: Option<&'a Version>,
    ) -> BoxFuture<'a, Result<(), CallError>>;

    /// Runs `deactivate` likewise, after this version has served its last call.
    fn deactivate<'a>(&'a self, session: &'a Session) -> BoxFuture<'a, Result<(), CallError>>;

    /// Runs `remove` likewise, before the plugin's data is purged.
    fn remove<'a>(&'a self, session: &'a Session) -> BoxFuture<'a, Result<(), CallError>>;

    /// What it holds now.
    fn usage(&self) -> Usage;
}

/// What a loaded plugin holds at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Usage {
    /// Instances that live: in calls, parked in sessions, or warm.
    pub instances: u64,
    /// Bytes of their memories and tables.
    pub memory: u64,
}

/// The export interfaces that a plugin has besides `registration`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Exports {
    /// `functions`
    pub functions: bool,
    /// `lifecycle`
    pub lifecycle: bool,
    /// `jobs`
    pub jobs: bool,
    /// `hooks`
    pub hooks: bool,
    /// `routes`
    pub routes: bool,
    /// `wasi:http/incoming-handler`
    pub incoming_http: bool,
}

/// One run of a hook, as the plugin is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookRun {
    /// `before_render`, `after_save` or `on_event`.
    pub name: String,
    /// A JSON object, as text.
    pub payload: String,
}

/// One run of a job, as the plugin is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRun {
    /// The job's identifier: the same at every run of it.
    pub id: String,
    /// The name of a job of the registration.
    pub name: String,
    /// A JSON text.
    pub args: String,
    /// The time for which it was due. `id` and `due` together name the run.
    pub due: SystemTime,
    /// 1 for the first time, one more for each time that it is tried again.
    pub attempt: u32,
}

/// What a function answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// A JSON text, checked to be JSON by whoever reads it.
    Json(String),
    /// HTML, shown as it is.
    Html(String),
}

/// Tells one load of a plugin from every other, also of the same package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PluginId(u64);

impl PluginId {
    /// An identifier that no other load has.
    #[allow(clippy::new_without_default)] // each is another one
    pub fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}
