//! What this crate's tests share: a host whose plugins are closures, and a clock that only the
//! test moves.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use goatkit_capability::grants::{Items, Ledger, Policy};
use goatkit_capability::log::Ring;
use goatkit_capability::{
    Actor, CAPABILITIES, Clock, Entry, EntryKind, ManualClock, Rooms, Services, SessionFacts,
};
use goatkit_package::{PluginName, RuntimeKind};
use goatkit_runtime::{
    Access, Argument, BoxFuture, CallError, Content, Exports, Function, HookRun, HttpAnswer,
    HttpRequest, JobRun, LoadError, LoadErrorKind, Loadable, MenuItem, Output, Page, Plugin,
    Registration, Route, RouteAnswer, RouteRequest, Runtime, Session, Usage, Widget,
};
use semver::Version;
use tempfile::TempDir;
use tokio::runtime::Handle;

use crate::life::Resident;
use crate::manager::Manager;
use crate::options::{ManagerSettings, Mode};

/// Longer than any machine takes for what these tests wait for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn name(text: &str) -> PluginName {
    PluginName::parse(text).unwrap()
}

/// A call of a plugin: a function with its arguments, a hook with its payload, a route with its
/// path.
pub(crate) struct Called {
    pub(crate) what: String,
    pub(crate) with: String,
    pub(crate) session: Session,
    pub(crate) rooms: Rooms,
}

/// What a plugin answers; nothing stops it from never answering.
pub(crate) type Answer = BoxFuture<'static, Result<String, CallError>>;

pub(crate) fn answer(text: impl Into<String>) -> Answer {
    let text = text.into();
    Box::pin(async move { Ok(text) })
}

/// What a plugin registers and does.
#[derive(Clone)]
pub(crate) struct Fake {
    pub(crate) registration: Registration,
    pub(crate) does: Arc<dyn Fn(Called) -> Answer + Send + Sync>,
}

/// By name and version.
type Fakes = Arc<Mutex<BTreeMap<(String, String), Fake>>>;

/// What a plugin in memory says that it holds.
pub(crate) const HELD: u64 = 10 << 20;

/// How much memory the host has: as the test says.
#[derive(Debug, Default)]
pub(crate) struct Said(AtomicU64);

impl Said {
    pub(crate) fn set(&self, bytes: u64) {
        self.0.store(bytes, Ordering::Relaxed);
    }
}

impl Resident for Said {
    fn bytes(&self) -> Option<u64> {
        Some(self.0.load(Ordering::Relaxed))
    }
}

/// What becomes of fakes.
#[derive(Default)]
pub(crate) struct Tally {
    /// Names, in the order in which they were loaded.
    pub(crate) loads: Mutex<Vec<String>>,
    /// Those that are in memory.
    pub(crate) living: AtomicU64,
    /// Names with versions, in the order in which they were deactivated.
    pub(crate) deactivated: Mutex<Vec<String>>,
}

struct FakeRuntime {
    fakes: Fakes,
    tally: Arc<Tally>,
}

struct FakePlugin {
    fake: Fake,
    rooms: Rooms,
    tally: Arc<Tally>,
}

impl Drop for FakePlugin {
    fn drop(&mut self) {
        self.tally.living.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Runtime for FakeRuntime {
    fn kind(&self) -> RuntimeKind {
        RuntimeKind::Wasm
    }

    fn load(&self, unit: Loadable) -> BoxFuture<'_, Result<Arc<dyn Plugin>, LoadError>> {
        let manifest = unit.package.manifest();
        let name = &manifest.name;
        let key = (name.to_string(), manifest.version.to_string());
        let fake = self.fakes.lock().unwrap().get(&key).cloned();
        let broken = || LoadError::new(name, LoadErrorKind::BadPackage, "no code");
        let loaded = fake.ok_or_else(broken);
        Box::pin(async move {
            let fake = loaded?;
            // Others may come meanwhile, as they do while a component is compiled.
            tokio::task::yield_now().await;
            let name = fake.registration.name.clone();
            self.tally.loads.lock().unwrap().push(name);
            self.tally.living.fetch_add(1, Ordering::Relaxed);
            let plugin: Arc<dyn Plugin> = Arc::new(FakePlugin {
                fake,
                rooms: unit.rooms,
                tally: Arc::clone(&self.tally),
            });
            Ok(plugin)
        })
    }
}

impl FakePlugin {
    fn call(&self, session: &Session, what: &str, with: String) -> Answer {
        (self.fake.does)(Called {
            what: what.to_owned(),
            with,
            session: session.clone(),
            rooms: self.rooms.clone(),
        })
    }
}

impl Plugin for FakePlugin {
    fn exports(&self) -> Exports {
        Exports {
            functions: true,
            lifecycle: true,
            hooks: true,
            routes: true,
            ..Exports::default()
        }
    }

    fn register(&self) -> BoxFuture<'_, Result<Registration, CallError>> {
        let registration = self.fake.registration.clone();
        Box::pin(async { Ok(registration) })
    }

    fn call_function<'a>(
        &'a self,
        session: &'a Session,
        function: &'a str,
        args: String,
    ) -> BoxFuture<'a, Result<Output, CallError>> {
        let mut functions = self.fake.registration.functions.iter();
        let is_html = functions.any(|it| it.name == function && it.returns == "html");
        let answer = self.call(session, function, args);
        Box::pin(async move {
            let text = answer.await?;
            Ok(match is_html {
                true => Output::Html(text),
                false => Output::Json(text),
            })
        })
    }

    fn run_hook<'a>(
        &'a self,
        session: &'a Session,
        hook: HookRun,
    ) -> BoxFuture<'a, Result<Option<String>, CallError>> {
        let answer = self.call(session, &hook.name, hook.payload);
        Box::pin(async move { Ok(Some(answer.await?).filter(|text| !text.is_empty())) })
    }

    fn handle<'a>(
        &'a self,
        session: &'a Session,
        request: RouteRequest,
    ) -> BoxFuture<'a, Result<RouteAnswer, CallError>> {
        let answer = self.call(session, &request.route, request.path);
        Box::pin(async move {
            Ok(RouteAnswer {
                status: 200,
                headers: Vec::new(),
                body: Content::Text(answer.await?),
            })
        })
    }

    fn serve_http<'a>(
        &'a self,
        _: &'a Session,
        _: HttpRequest,
    ) -> BoxFuture<'a, Result<HttpAnswer, CallError>> {
        let plugin = name(&self.fake.registration.name);
        Box::pin(async move { Err(CallError::unknown(&plugin, &"a request", "none")) })
    }

    fn run_job<'a>(&'a self, _: &'a Session, _: JobRun) -> BoxFuture<'a, Result<(), CallError>> {
        Box::pin(async { Ok(()) })
    }

    fn activate<'a>(
        &'a self,
        _: &'a Session,
        _: Option<&'a Version>,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        Box::pin(async { Ok(()) })
    }

    /// Fails where it defines a permission, which none needs for anything else here.
    fn deactivate<'a>(&'a self, session: &'a Session) -> BoxFuture<'a, Result<(), CallError>> {
        let Registration { name, version, .. } = &self.fake.registration;
        assert!(session.facts().actor.is_none());
        let mut deactivated = self.tally.deactivated.lock().unwrap();
        deactivated.push(format!("{name} {version}"));
        let ended = match self.fake.registration.permissions.is_empty() {
            true => Ok(()),
            false => Err(CallError::trapped(&self::name(name), &"`deactivate`", "no")),
        };
        Box::pin(std::future::ready(ended))
    }

    fn remove<'a>(&'a self, _: &'a Session) -> BoxFuture<'a, Result<(), CallError>> {
        Box::pin(async { Ok(()) })
    }

    fn usage(&self) -> Usage {
        Usage {
            instances: 1,
            memory: HELD,
        }
    }
}

/// A data folder, a clock and plugins.
pub(crate) struct World {
    data: TempDir,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) log: Arc<Ring>,
    pub(crate) resident: Arc<Said>,
    pub(crate) tally: Arc<Tally>,
    pub(crate) mode: Mode,
    fakes: Fakes,
}

impl World {
    pub(crate) fn new() -> Self {
        // 2026-03-01T09:30:00Z.
        let start: SystemTime = UNIX_EPOCH + Duration::from_secs(1_772_357_400);
        Self {
            data: tempfile::tempdir().unwrap(),
            clock: Arc::new(ManualClock::at(start)),
            log: Arc::new(Ring::default()),
            resident: Arc::default(),
            tally: Arc::default(),
            mode: Mode::Usual,
            fakes: Fakes::default(),
        }
    }

    /// Puts a plugin in `plugins/`. `asks` are lines of its manifest.
    pub(crate) fn plugin(
        &self,
        registration: Registration,
        asks: &str,
        does: impl Fn(Called) -> Answer + Send + Sync + 'static,
    ) {
        let Registration { name, version, .. } = &registration;
        let folder = self.data.path().join("plugins").join(name);
        fs::create_dir_all(folder.join("templates")).unwrap();
        let manifest = format!("name: {name}\nversion: \"{version}\"\nruntime: wasm\n{asks}\n");
        fs::write(folder.join("manifest.yaml"), manifest).unwrap();
        fs::write(folder.join("plugin.wasm"), b"\0asm").unwrap();
        fs::write(folder.join("templates/a.html"), "a").unwrap();
        let fake = Fake {
            does: Arc::new(does),
            registration: registration.clone(),
        };
        let mut fakes = self.fakes.lock().unwrap();
        fakes.insert((registration.name, registration.version), fake);
    }

    /// Takes a plugin out of `plugins/`.
    pub(crate) fn remove(&self, name: &str) {
        fs::remove_dir_all(self.data.path().join("plugins").join(name)).unwrap();
    }

    /// A host whose plugins were granted all, and have registered.
    pub(crate) async fn host(&self) -> Arc<Manager> {
        let manager = self.open(Policy::Everything);
        manager.discover();
        manager.register_all().await;
        let snapshot = manager.snapshot();
        let broken = snapshot.plugins.values().filter_map(|unit| unit.broken());
        let broken: Vec<String> = broken.map(ToString::to_string).collect();
        assert!(
            broken.is_empty() && snapshot.refused.is_empty(),
            "{broken:?} {:?}",
            snapshot.refused
        );
        manager
    }

    pub(crate) fn open(&self, policy: Policy) -> Arc<Manager> {
        let mut settings = ManagerSettings::new(self.data.path().to_owned());
        settings.dev = true;
        settings.mode = self.mode;
        settings.memory.budget = 10 * HELD;
        settings.memory.resident = Arc::clone(&self.resident) as Arc<dyn Resident>;
        let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let services = Services::open(self.data.path(), clock, Handle::current()).unwrap();
        let services = Services {
            log_sinks: Arc::new([Arc::clone(&self.log) as _]),
            log: Arc::clone(&self.log),
            ..services
        };
        let items = Items::new(CAPABILITIES.to_vec(), settings.ceilings.free());
        let ledger = Ledger::open(services.platform.clone(), items, policy).unwrap();
        let runtimes: Vec<Arc<dyn Runtime>> = vec![Arc::new(FakeRuntime {
            fakes: Arc::clone(&self.fakes),
            tally: Arc::clone(&self.tally),
        })];
        Manager::open(settings, runtimes, services, ledger).unwrap()
    }

    /// Changes a file in a plugin's folder, and so its digest.
    pub(crate) fn change(&self, name: &str, text: &str) {
        let folder = self.data.path().join("plugins").join(name);
        fs::write(folder.join("README.md"), text).unwrap();
    }

    /// Puts a version in the place of a plugin that does not load.
    pub(crate) fn codeless(&self, name: &str, version: &str) {
        let folder = self.data.path().join("plugins").join(name);
        let manifest = format!("name: {name}\nversion: \"{version}\"\nruntime: wasm\n");
        fs::write(folder.join("manifest.yaml"), manifest).unwrap();
    }

    /// How often a plugin was loaded.
    pub(crate) fn loads(&self, name: &str) -> usize {
        let loads = self.tally.loads.lock().unwrap();
        loads.iter().filter(|it| *it == name).count()
    }

    /// Plugins in memory.
    pub(crate) fn living(&self) -> u64 {
        self.tally.living.load(Ordering::Relaxed)
    }

    /// What a plugin's log says, oldest first.
    pub(crate) fn lines(&self, plugin: &str) -> Vec<String> {
        let lines = self.log.of(&name(plugin)).into_iter();
        lines.map(|line| line.message).collect()
    }
}

/// Makes all plugins of a host ready: one that has a second for its answer has it for that alone,
/// and not for the disk, which may take as long.
pub(crate) async fn ready(manager: &Manager) {
    for unit in manager.snapshot().plugins.values() {
        unit.plugin().await.unwrap();
    }
}

/// A session of somebody's that lasts longer than any test.
pub(crate) fn session(manager: &Manager, actor: Option<Actor>) -> Session {
    manager.session(SessionFacts {
        actor,
        tenant: None,
        locale: "en".to_owned(),
        request_id: "test".to_owned(),
        deadline: Instant::now() + PATIENCE,
        entry: Entry {
            kind: EntryKind::Page,
            name: "/".to_owned(),
        },
    })
}

pub(crate) fn actor(kind: &str, permissions: &[&str]) -> Actor {
    Actor {
        id: "1".to_owned(),
        login: format!("some-{kind}"),
        kind: kind.to_owned(),
        permissions: permissions
            .iter()
            .map(|&it| it.to_owned())
            .collect::<BTreeSet<_>>(),
    }
}

/// What a plugin registers that brings nothing.
pub(crate) fn registration(name: &str) -> Registration {
    Registration {
        name: name.to_owned(),
        version: "1.0.0".to_owned(),
        runtime: "wasm".to_owned(),
        functions: Vec::new(),
        hooks: Vec::new(),
        menu_items: Vec::new(),
        pages: Vec::new(),
        routes: Vec::new(),
        widgets: Vec::new(),
        jobs: Vec::new(),
        permissions: Vec::new(),
        event_authorizer: None,
        mount: None,
        extra: Vec::new(),
    }
}

pub(crate) fn function(name: &str, args: &[&str], returns: &str) -> Function {
    let argument = |(at, type_name): (usize, &&str)| Argument {
        name: format!("a{at}"),
        type_name: (*type_name).to_owned(),
    };
    Function {
        name: name.to_owned(),
        args: args.iter().enumerate().map(argument).collect(),
        returns: returns.to_owned(),
        description: String::new(),
        expose: false,
    }
}

/// A function that other plugins may call.
pub(crate) fn exposed(name: &str, args: &[&str], returns: &str) -> Function {
    Function {
        expose: true,
        ..function(name, args, returns)
    }
}

pub(crate) fn item(id: &str, path: &str, parent: Option<&str>) -> MenuItem {
    MenuItem {
        label: id.to_owned(),
        path: path.to_owned(),
        icon: String::new(),
        id: id.to_owned(),
        location: "main".to_owned(),
        order: 0,
        access: Access::Public,
        parent: parent.map(str::to_owned),
    }
}

pub(crate) fn page(path: &str, access: Access) -> Page {
    Page {
        path: path.to_owned(),
        template: "a.html".to_owned(),
        title: "A".to_owned(),
        access,
    }
}

pub(crate) fn route(method: &str, path: &str, access: Access) -> Route {
    Route {
        method: method.to_owned(),
        path: path.to_owned(),
        access,
        webhook: false,
    }
}

pub(crate) fn widget(id: &str, place: &str, function: &str) -> Widget {
    Widget {
        id: id.to_owned(),
        title: id.to_owned(),
        place: place.to_owned(),
        function: function.to_owned(),
        access: Access::Public,
        order: 0,
    }
}
