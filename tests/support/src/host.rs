//! A host without a web floor: the manager and the wasm runtime on a data folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use goatkit_capability::app::Functions;
use goatkit_capability::cache::CacheStore;
use goatkit_capability::db::{SqliteDatabase, SqliteOptions, lay_out};
use goatkit_capability::events::Bus;
use goatkit_capability::grants::{Items, Ledger, Policy};
use goatkit_capability::http::{HttpClient, HttpOptions};
use goatkit_capability::log::{LogSink, Ring};
use goatkit_capability::mail::{Folder, Post};
use goatkit_capability::{Actor, Clock, Entry, EntryKind, Services, SessionFacts, SystemClock};
use goatkit_manager::{Active, FindError, Manager, ManagerSettings, MemorySettings, State};
use goatkit_package::PluginName;
use goatkit_runtime::{CallError, Ceilings, Output, Session};
use goatkit_wasm::{CompilerProgram, WasmRuntime, WasmSettings};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Handle;

use crate::guests::hello;
use crate::package::Package;

/// How long a session lasts that no test wants to end: no slow machine needs as long.
const PATIENCE: Duration = Duration::from_secs(300);

/// A data folder that goes with the test. Hosts may be started on it one after another.
#[derive(Clone)]
pub struct DataFolder {
    path: PathBuf,
    _goes: Option<Arc<TempDir>>,
}

impl DataFolder {
    /// A folder with these packages in `plugins/`, and beside them `my-plugin`, the
    /// example `hello`: whatever the others do, it has to go on answering.
    pub fn with(packages: &[Package]) -> Self {
        let goes = Arc::new(tempfile::tempdir().unwrap());
        let folder = Self {
            path: goes.path().to_owned(),
            _goes: Some(goes),
        };
        fs::create_dir(folder.plugins()).unwrap();
        fs::write(folder.plugins().join("hello.zip"), hello()).unwrap();
        for package in packages {
            package.write_zip(&folder.plugins());
        }
        folder
    }

    /// A folder that another process has made, and that stays.
    pub fn at(folder: &Path) -> Self {
        Self {
            path: folder.to_owned(),
            _goes: None,
        }
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where packages are dropped.
    pub fn plugins(&self) -> PathBuf {
        self.path().join("plugins")
    }

    /// The application's database.
    pub fn database(&self) -> PathBuf {
        self.path().join("app.db")
    }

    /// Where mail is put.
    pub fn mail(&self) -> PathBuf {
        self.path().join("mail")
    }

    /// Where compiled code is kept.
    pub fn cache(&self) -> PathBuf {
        self.path().join("cache")
    }

    /// The files of compiled code, sorted.
    pub fn compiled(&self) -> Vec<PathBuf> {
        let Ok(files) = fs::read_dir(self.cache()) else {
            return Vec::new();
        };
        let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
        files.retain(|path| path.extension().is_some_and(|it| it == "cwasm"));
        files.sort();
        files
    }
}

/// What a test may choose about its host.
#[derive(Clone)]
pub struct HostSettings {
    /// Whether folders are served.
    pub dev: bool,
    /// The time for one call, where the manifest does not say.
    pub call: Duration,
    /// Sessions that may be in a plugin at the same time.
    pub sessions: usize,
    /// Bytes of all instances together; with a keeper (`Manager::run_keeper`), of the process.
    pub memory_budget: u64,
    /// What the pool holds. Small: many hosts live in one test process.
    pub pool: u32,
    /// What compiles, instead of this process.
    pub compiler: Option<CompilerProgram>,
    /// What is granted ahead.
    pub policy: Policy,
    /// The application's tables and rows, as SQL.
    pub database: String,
    /// How large plugins may make the application's database.
    pub database_bytes: Option<i64>,
    /// The application's functions.
    pub functions: Arc<Functions>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How requests are sent.
    pub http: HttpOptions,
    /// What takes mail over, instead of the folder `mail`.
    pub post: Option<Arc<dyn Post>>,
    /// Where cached values are kept, instead of in memory.
    pub cache: Option<Arc<dyn CacheStore>>,
}

impl Default for HostSettings {
    fn default() -> Self {
        Self {
            dev: false,
            // Longer than a guest that behaves takes on the busiest machine. Those that do not
            // behave say in their manifest when they are to be stopped.
            call: Duration::from_secs(20),
            sessions: 256,
            memory_budget: 1 << 30,
            pool: 200,
            compiler: None,
            // Tests of grants choose otherwise.
            policy: Policy::Everything,
            database: String::new(),
            database_bytes: None,
            functions: Functions::new(Vec::new()).unwrap(),
            clock: Arc::new(SystemClock),
            http: HttpOptions::default(),
            post: None,
            cache: None,
        }
    }
}

/// A host on a data folder, which has looked for plugins.
pub struct TestHost {
    /// The manager.
    pub manager: Arc<Manager>,
    /// What its plugins logged.
    pub log: Arc<Ring>,
    /// What its plugins publish goes here.
    pub bus: Arc<Bus>,
    _data: DataFolder,
}

/// Makes a plugin ready, as its first call does: whoever has little time is to have it for the
/// call itself.
pub async fn ready(manager: &Manager, plugin: &str) {
    let plugin = name(plugin);
    manager.set_pinned(&plugin, true).unwrap();
    manager.load_pinned().await;
    manager.set_pinned(&plugin, false).unwrap();
}

impl TestHost {
    /// A host on `data`.
    pub fn on(data: &DataFolder) -> Self {
        Self::with(data, &HostSettings::default())
    }

    /// A host on `data` with settings of its own.
    pub fn with(data: &DataFolder, settings: &HostSettings) -> Self {
        let wasm = WasmSettings {
            memory_budget: settings.memory_budget,
            pool: settings.pool,
            compiler: settings.compiler.clone(),
            ..WasmSettings::new(data.cache())
        };
        let runtime = WasmRuntime::new(&wasm, Vec::new()).unwrap();
        let log = Arc::new(Ring::default());
        let mut ceilings = Ceilings::default();
        ceilings.default.call = settings.call;
        let services = services(data, settings, &log);
        let bus = Arc::clone(&services.bus);
        let items = Items::new(runtime.capabilities(), ceilings.free());
        let policy = settings.policy.clone();
        let ledger = Ledger::open(services.platform.clone(), items, policy).unwrap();
        let settings = ManagerSettings {
            dev: settings.dev,
            ceilings,
            sessions: settings.sessions,
            memory: MemorySettings {
                budget: settings.memory_budget,
                ..MemorySettings::default()
            },
            ..ManagerSettings::new(data.path().to_owned())
        };
        let manager = Manager::open(settings, vec![Arc::new(runtime)], services, ledger).unwrap();
        manager.discover();
        Self {
            manager,
            log,
            bus,
            _data: data.clone(),
        }
    }

    /// A session of nobody's that lasts longer than any test.
    pub fn session(&self) -> Session {
        self.session_for(PATIENCE)
    }

    /// A session that ends after `time`.
    pub fn session_for(&self, time: Duration) -> Session {
        self.manager.session(facts(time, None))
    }

    /// A session of the agent `login`.
    pub fn session_of(&self, login: &str) -> Session {
        self.session_as(actor(login, &[]))
    }

    /// A session of somebody's.
    pub fn session_as(&self, actor: Actor) -> Session {
        self.manager.session(facts(PATIENCE, Some(actor)))
    }

    /// Calls a function in a session of its own; `args` is an array.
    ///
    /// # Errors
    /// The call's own.
    pub async fn call(
        &self,
        plugin: &str,
        function: &str,
        args: Value,
    ) -> Result<Value, CallError> {
        self.call_in(&self.session(), plugin, function, args).await
    }

    /// Calls a function in a session. Markup is given as a text.
    ///
    /// # Errors
    /// The call's own.
    pub async fn call_in(
        &self,
        session: &Session,
        plugin: &str,
        function: &str,
        args: Value,
    ) -> Result<Value, CallError> {
        let plugin = name(plugin);
        let answer = self
            .manager
            .call_function(session, &plugin, function, args.to_string());
        Ok(match answer.await? {
            Output::Json(text) => serde_json::from_str(&text).unwrap(),
            Output::Html(text) => Value::String(text),
        })
    }

    /// What a plugin registered.
    ///
    /// # Errors
    /// Why it did not.
    pub async fn find(&self, plugin: &str) -> Result<Active, FindError> {
        self.manager.find(&name(plugin)).await
    }

    /// [`ready`] of this host.
    pub async fn ready(&self, plugin: &str) {
        ready(&self.manager, plugin).await;
    }

    /// Where a plugin stands.
    pub fn state(&self, plugin: &str) -> State {
        self.manager.snapshot().plugins[&name(plugin)].state()
    }

    /// What a plugin logged, oldest first.
    pub fn lines(&self, plugin: &str) -> Vec<String> {
        let lines = self.log.of(&name(plugin));
        lines.into_iter().map(|line| line.message).collect()
    }

    /// Sees to it that the example beside the tested plugins still answers.
    pub async fn expect_sibling(&self) {
        let answer = self.call(
            "my-plugin",
            "calculate_something",
            serde_json::json!(["input"]),
        );
        assert_eq!(answer.await.unwrap()["value"], 5, "the sibling");
    }
}

/// The backends of a host on `data`. The application's database is there from the first host
/// on.
fn services(data: &DataFolder, settings: &HostSettings, log: &Arc<Ring>) -> Services {
    let database = data.database();
    lay_out(&database, &settings.database).unwrap();
    let options = SqliteOptions::existing(database);
    let options = match settings.database_bytes {
        Some(bytes) => options.max_file_bytes(bytes),
        None => options,
    };
    let tasks = Handle::current();
    let kept = Services::open(data.path(), Arc::clone(&settings.clock), tasks.clone()).unwrap();
    let post = settings.post.clone();
    Services {
        log_sinks: Arc::new([Arc::clone(log) as Arc<dyn LogSink>]),
        log: Arc::clone(log),
        database: Arc::new(SqliteDatabase::new(options, tasks.clone())),
        functions: Arc::clone(&settings.functions),
        http: HttpClient::new(settings.http.clone()).unwrap(),
        post: post.unwrap_or_else(|| Arc::new(Folder::new(data.mail()))),
        cache: settings.cache.clone().unwrap_or(kept.cache),
        ..kept
    }
}

/// The agent `login`, with these permissions.
pub fn actor(login: &str, permissions: &[&str]) -> Actor {
    let permissions = permissions.iter().map(|&name| name.to_owned());
    Actor {
        id: "1".to_owned(),
        login: login.to_owned(),
        kind: "agent".to_owned(),
        permissions: permissions.collect(),
    }
}

/// A plugin's name.
pub fn name(text: &str) -> PluginName {
    PluginName::parse(text).unwrap()
}

fn facts(time: Duration, actor: Option<Actor>) -> SessionFacts {
    SessionFacts {
        actor,
        tenant: None,
        locale: "en".to_owned(),
        request_id: "a-request".to_owned(),
        deadline: Instant::now() + time,
        entry: Entry {
            kind: EntryKind::Page,
            name: "/a/page".to_owned(),
        },
    }
}
