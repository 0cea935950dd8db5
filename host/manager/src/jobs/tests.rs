//! A host whose plugins are this test, and a clock that only it moves.

#![allow(clippy::unwrap_used)]

mod administered;
mod kill;
mod killed;
mod left;
mod once;
mod registered;
mod results;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use goatkit_capability::grants::{Items, Ledger, Policy};
use goatkit_capability::schedule::{GRANT, JobStatus};
use goatkit_capability::{Capability, Clock, ManualClock, Power, Services};
use goatkit_package::{PluginName, RuntimeKind};
use goatkit_runtime::{
    BoxFuture, CallError, Exports, HookRun, HttpAnswer, HttpRequest, Job, JobRun, LoadError,
    LoadErrorKind, Loadable, Output, Plugin, Registration, RouteAnswer, RouteRequest, Runtime,
    Session, Usage,
};
use semver::Version;
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use super::scheduler::Scheduler;
use crate::manager::Manager;
use crate::options::ManagerSettings;

/// Longer than any machine takes for what these tests wait for.
const PATIENCE: Duration = Duration::from_secs(30);

const MINUTE: Duration = Duration::from_secs(60);

/// 2026-03-01T09:30:00Z.
fn start() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_772_357_400)
}

fn name(text: &str) -> PluginName {
    PluginName::parse(text).unwrap()
}

fn job(name: &str, cron: &str, retries: u32) -> Job {
    Job {
        name: name.to_owned(),
        cron: cron.to_owned(),
        time_zone: "UTC".to_owned(),
        args: "{}".to_owned(),
        retries: Some(retries),
    }
}

/// A run that goes on until the test says what becomes of it, or somebody stops it.
struct Going {
    host: &'static str,
    plugin: PluginName,
    run: JobRun,
    session: Session,
    end: oneshot::Sender<Result<(), CallError>>,
}

impl Going {
    fn due(&self) -> u64 {
        let since = self.run.due.duration_since(start()).unwrap();
        since.as_secs() / 60
    }

    fn ok(self) {
        let _ = self.end.send(Ok(()));
    }

    fn fail(self) {
        let error = CallError::trapped(&self.plugin, &"job", "no");
        let _ = self.end.send(Err(error));
    }

    /// Waits until nobody waits for its end any more.
    async fn stopped(mut self) {
        tokio::time::timeout(PATIENCE, self.end.closed())
            .await
            .unwrap();
    }
}

/// What plugins register, by name; one that is not there does not load.
type Registered = Arc<Mutex<BTreeMap<String, Vec<Job>>>>;

struct FakeRuntime {
    host: &'static str,
    registered: Registered,
    started: UnboundedSender<Going>,
}

struct FakePlugin {
    host: &'static str,
    package: (String, String),
    jobs: Vec<Job>,
    started: UnboundedSender<Going>,
}

impl Runtime for FakeRuntime {
    fn kind(&self) -> RuntimeKind {
        RuntimeKind::Wasm
    }

    fn load(&self, unit: Loadable) -> BoxFuture<'_, Result<Arc<dyn Plugin>, LoadError>> {
        let manifest = unit.package.manifest();
        let jobs = self
            .registered
            .lock()
            .unwrap()
            .get(manifest.name.as_str())
            .cloned();
        let loaded = jobs.map(|jobs| -> Arc<dyn Plugin> {
            Arc::new(FakePlugin {
                host: self.host,
                package: (manifest.name.to_string(), manifest.version.to_string()),
                jobs,
                started: self.started.clone(),
            })
        });
        let broken = || LoadError::new(&manifest.name, LoadErrorKind::BadPackage, "no code");
        let loaded = loaded.ok_or_else(broken);
        Box::pin(async { loaded })
    }
}

impl Plugin for FakePlugin {
    fn exports(&self) -> Exports {
        Exports {
            jobs: true,
            ..Exports::default()
        }
    }

    fn register(&self) -> BoxFuture<'_, Result<Registration, CallError>> {
        let (name, version) = self.package.clone();
        let registration = Registration {
            name,
            version,
            runtime: "wasm".to_owned(),
            functions: Vec::new(),
            hooks: Vec::new(),
            menu_items: Vec::new(),
            pages: Vec::new(),
            routes: Vec::new(),
            widgets: Vec::new(),
            jobs: self.jobs.clone(),
            permissions: Vec::new(),
            event_authorizer: None,
            mount: None,
            extra: Vec::new(),
        };
        Box::pin(async { Ok(registration) })
    }

    fn call_function<'a>(
        &'a self,
        _: &'a Session,
        function: &'a str,
        _: String,
    ) -> BoxFuture<'a, Result<Output, CallError>> {
        let plugin = name(&self.package.0);
        Box::pin(async move { Err(CallError::unknown(&plugin, &function, "none")) })
    }

    fn run_hook<'a>(
        &'a self,
        _: &'a Session,
        hook: HookRun,
    ) -> BoxFuture<'a, Result<Option<String>, CallError>> {
        let plugin = name(&self.package.0);
        Box::pin(async move { Err(CallError::unknown(&plugin, &hook.name, "none")) })
    }

    fn handle<'a>(
        &'a self,
        _: &'a Session,
        request: RouteRequest,
    ) -> BoxFuture<'a, Result<RouteAnswer, CallError>> {
        let plugin = name(&self.package.0);
        Box::pin(async move { Err(CallError::unknown(&plugin, &request.route, "none")) })
    }

    fn serve_http<'a>(
        &'a self,
        _: &'a Session,
        _: HttpRequest,
    ) -> BoxFuture<'a, Result<HttpAnswer, CallError>> {
        let plugin = name(&self.package.0);
        Box::pin(async move { Err(CallError::unknown(&plugin, &"a request", "none")) })
    }

    fn run_job<'a>(
        &'a self,
        session: &'a Session,
        run: JobRun,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        let (end, ended) = oneshot::channel();
        let going = Going {
            host: self.host,
            plugin: name(&self.package.0),
            run,
            session: session.clone(),
            end,
        };
        let told = self.started.send(going);
        Box::pin(async move {
            told.unwrap();
            // A test that is no longer interested lets it go on for ever.
            match ended.await {
                Ok(ended) => ended,
                Err(_) => std::future::pending().await,
            }
        })
    }

    fn activate<'a>(
        &'a self,
        _: &'a Session,
        _: Option<&'a Version>,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        Box::pin(async { Ok(()) })
    }

    fn deactivate<'a>(&'a self, _: &'a Session) -> BoxFuture<'a, Result<(), CallError>> {
        Box::pin(async { Ok(()) })
    }

    fn remove<'a>(&'a self, _: &'a Session) -> BoxFuture<'a, Result<(), CallError>> {
        Box::pin(async { Ok(()) })
    }

    fn usage(&self) -> Usage {
        Usage::default()
    }
}

/// A data folder, a clock, and what all hosts on it start.
struct World {
    data: PathBuf,
    _folder: Option<TempDir>,
    clock: Arc<ManualClock>,
    registered: Registered,
    starts: UnboundedSender<Going>,
    started: UnboundedReceiver<Going>,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let world = Self::on(folder.path());
        Self {
            _folder: Some(folder),
            ..world
        }
    }

    /// On a data folder that is there.
    fn on(data: &Path) -> Self {
        let (starts, started) = unbounded_channel();
        Self {
            data: data.to_owned(),
            _folder: None,
            clock: Arc::new(ManualClock::at(start())),
            registered: Registered::default(),
            starts,
            started,
        }
    }

    /// With the plugin `stats`, which may have ten jobs, each once a minute.
    fn with(jobs: Vec<Job>) -> Self {
        let world = Self::new();
        world.plugin("stats", jobs);
        world
    }

    fn plugin(&self, plugin: &str, jobs: Vec<Job>) {
        self.plugin_that_asks(plugin, "1.0.0", "schedule: { jobs: 10 }", jobs);
    }

    fn plugin_that_asks(&self, plugin: &str, version: &str, asks: &str, jobs: Vec<Job>) {
        let folder = self.folder(plugin);
        fs::create_dir_all(&folder).unwrap();
        let manifest = format!(
            "name: {plugin}\nversion: \"{version}\"\nruntime: wasm\ncapabilities: {{ {asks} }}\n"
        );
        fs::write(folder.join("manifest.yaml"), manifest).unwrap();
        fs::write(folder.join("plugin.wasm"), b"\0asm").unwrap();
        let mut registered = self.registered.lock().unwrap();
        registered.insert(plugin.to_owned(), jobs);
    }

    fn folder(&self, plugin: &str) -> PathBuf {
        self.data.join("plugins").join(plugin)
    }

    /// A host on the data folder, which knows what its plugins registered.
    async fn host(&self, host: &'static str) -> Arc<Manager> {
        self.limited(host, None).await
    }

    async fn limited(&self, host: &'static str, job: Option<Duration>) -> Arc<Manager> {
        let manager = self.open(host, job, Policy::Everything);
        manager.discover();
        manager.register_all().await;
        manager
    }

    fn open(&self, host: &'static str, job: Option<Duration>, policy: Policy) -> Arc<Manager> {
        let runtime = FakeRuntime {
            host,
            registered: Arc::clone(&self.registered),
            started: self.starts.clone(),
        };
        let mut settings = ManagerSettings::new(self.data.clone());
        settings.dev = true;
        if let Some(job) = job {
            settings.ceilings.default.job = job;
        }
        let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let services = services(&self.data, clock);
        let schedule = Capability {
            name: "schedule",
            interface: "goatkit:plugin/schedule",
            power: Power::Asked(GRANT),
        };
        let items = Items::new(vec![schedule], settings.ceilings.free());
        let ledger = Ledger::open(services.platform.clone(), items, policy).unwrap();
        let runtimes: Vec<Arc<dyn Runtime>> = vec![Arc::new(runtime)];
        Manager::open(settings, runtimes, services, ledger).unwrap()
    }

    /// The next run that starts.
    async fn next(&mut self) -> Going {
        let next = tokio::time::timeout(PATIENCE, self.started.recv()).await;
        next.unwrap().unwrap()
    }

    /// A run that has started already.
    fn try_next(&mut self) -> Option<Going> {
        self.started.try_recv().ok()
    }
}

fn services(data: &Path, clock: Arc<dyn Clock>) -> Services {
    Services::open(data, clock, Handle::current()).unwrap()
}

/// A scheduler that takes its turns when the test says so.
struct Driven(Scheduler);

impl Driven {
    fn of(manager: &Arc<Manager>) -> Self {
        Self(Scheduler::new(Arc::clone(manager)))
    }

    async fn turn(&mut self) {
        self.0.turn().await;
    }

    /// Waits for the end of a run, and tells the table of it.
    async fn end(&mut self) {
        let ended = tokio::time::timeout(PATIENCE, self.0.ended()).await;
        ended.unwrap();
        self.turn().await;
    }

    /// Waits until nothing runs.
    async fn all_ended(&mut self) {
        while self.0.is_busy() {
            self.end().await;
        }
    }
}

async fn only(manager: &Arc<Manager>) -> JobStatus {
    let [status] = manager.jobs(None).await.unwrap().try_into().unwrap();
    status
}
