//! The application that the table knows, in a folder that goes with it: a database, settings,
//! functions, people, a server, a folder for mail and a clock that stands still.
//!
//! Everything here blocks: nobody but the proof waits for it.

mod functions;
mod neighbour;
mod people;
mod renderer;
mod server;

use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use goatkit_capability::app::AppFunctionError;
use goatkit_capability::config::{Schema, SettingsError};
use goatkit_capability::db::{LayOutError, SqliteDatabase, SqliteOptions, lay_out};
use goatkit_capability::grants::{Items, Rules, Sections, identity_rules};
use goatkit_capability::log::{Level, LogLine, LogSink, Ring};
use goatkit_capability::mail::Folder;
use goatkit_capability::schedule::Callbacks;
use goatkit_capability::{CAPABILITIES, ManualClock, Services, ServicesError};
use goatkit_package::{Manifest, NameError, PluginName, StoreError, StoredPackage};
use goatkit_runtime::{Ceilings, LoadError, Loadable, Plugin, Runtime, Session, SessionGate};
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tokio::runtime::Handle;

use crate::case::Who;
use neighbour::Neighbour;
use renderer::Echo;
use server::Server;

/// How long a session lasts: no call of the table takes as long on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The time of the table's clock: seconds and nanoseconds since 1970.
const NOW: Duration = Duration::new(1_700_000_000, 5);

/// The job that the table's plans call back.
const JOB: &str = "tidy";

/// What stands in the table for the address of its server.
const DESK: &str = "{desk}";

/// Sessions at the same time; the proof has one.
const SESSIONS: usize = 8;

/// Why there is nothing to prove a package in.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The folder, or the server.
    #[error("cannot make a temporary folder, or listen on loopback: {0}; TMPDIR names where")]
    Folder(#[from] io::Error),
    /// The store in it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The backends below it.
    #[error(transparent)]
    Services(#[from] ServicesError),
    /// The application's database.
    #[error(transparent)]
    Database(#[from] LayOutError),
    /// The plugin's settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The application's functions.
    #[error(transparent)]
    Functions(#[from] AppFunctionError),
    /// The plugin that calls others.
    #[error(transparent)]
    Name(#[from] NameError),
}

/// A world, and the one package in it.
pub(crate) struct World {
    package: StoredPackage,
    services: Services,
    log: Arc<Ring>,
    gate: SessionGate,
    neighbour: Arc<Neighbour>,
    server: Server,
    /// Goes with the world.
    _folder: TempDir,
}

impl World {
    /// A world in which nothing has happened yet.
    pub(crate) fn with(package: &StoredPackage) -> Result<Self, WorldError> {
        let folder = tempfile::tempdir()?;
        let database = folder.path().join("desk.db");
        lay_out(&database, include_str!("desk.sql"))?;
        let (tasks, log) = (Handle::current(), Arc::new(Ring::default()));
        let clock = Arc::new(ManualClock::at(SystemTime::UNIX_EPOCH + NOW));
        let options = SqliteOptions::existing(database);
        let services = Services {
            log_sinks: Arc::new([Arc::clone(&log) as Arc<dyn LogSink>]),
            database: Arc::new(SqliteDatabase::new(options, tasks.clone())),
            functions: functions::functions()?,
            post: Arc::new(Folder::new(folder.path().join("mail"))),
            renderer: Arc::new(Echo),
            ..Services::open(folder.path(), clock, tasks)?
        };
        let neighbour = Arc::new(Neighbour(PluginName::parse("neighbour")?));
        services.peers.set(&neighbour);
        let world = Self {
            package: package.clone(),
            services,
            log,
            gate: SessionGate::new(SESSIONS),
            neighbour,
            server: Server::start()?,
            _folder: folder,
        };
        world.set_settings()?;
        Ok(world)
    }

    /// The package as a plugin that may do what it asks as far as `granted` allows it.
    pub(crate) async fn load(
        &self,
        runtime: &dyn Runtime,
        granted: Rules,
        call: Option<Duration>,
    ) -> Result<Arc<dyn Plugin>, LoadError> {
        let manifest = self.package.manifest();
        let mut limits = Ceilings::default().limits(&manifest.limits);
        limits.call = call.unwrap_or(limits.call);
        let powers = self.services.powers(&self.package);
        // Its secrets are set for it.
        powers.set(granted.into_iter().chain(identity_rules()).collect());
        let callbacks = Callbacks::default();
        callbacks.set(vec![JOB.to_owned()]);
        let unit = Loadable {
            package: self.package.clone(),
            rooms: self.services.rooms(&self.package, &powers, &callbacks),
            limits,
            isolation: manifest.isolation,
        };
        runtime.load(unit).await
    }

    /// A text of the table with the address of this world's server.
    pub(crate) fn told(&self, text: &str) -> String {
        text.replace(DESK, &self.server.address())
    }

    /// A session for somebody.
    pub(crate) fn session(&self, who: Who) -> Session {
        people::session(who, &self.neighbour.0, &self.gate)
    }

    /// The line that the plugin wrote last.
    pub(crate) fn last_line(&self) -> Option<LogLine> {
        self.log.of(&self.package.manifest().name).pop()
    }

    /// Sets what an administrator has set.
    fn set_settings(&self) -> Result<(), SettingsError> {
        let manifest = self.package.manifest();
        let schema = manifest.config.as_ref();
        let Some(schema) = schema.and_then(|schema| Schema::parse(schema).ok()) else {
            return Ok(());
        };
        // Where the package declares them so: not every one is the table's.
        let set = [("limit", json!(5)), ("token", json!("t0p-s3cret"))].into_iter();
        for (key, value) in set.filter(|(key, value)| schema.check(key, value).is_ok()) {
            let settings = &self.services.settings;
            settings.set(&manifest.name, &schema, key, value)?;
        }
        Ok(())
    }
}

/// What can be asked of this host.
pub(crate) fn items() -> Items {
    Items::new(CAPABILITIES.to_vec(), Ceilings::default().free())
}

/// What a manifest asks.
///
/// # Errors
/// One sentence per thing that is wrong.
pub(crate) fn asked(manifest: &Manifest) -> Result<Rules, Vec<String>> {
    let sections = Sections {
        capabilities: &manifest.capabilities,
        reach: &manifest.reach,
        limits: &manifest.limits,
    };
    items().rules(&manifest.name, sections)
}

/// A line of the log as the table writes it.
pub(crate) fn of_line(line: &LogLine) -> Value {
    let level = match line.level {
        Level::Trace => "trace",
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    };
    let field = |(name, value): &(String, String)| {
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value.as_str()));
        (name.clone(), value)
    };
    let fields: Map<String, Value> = line.fields.iter().map(field).collect();
    json!({
        "level": level,
        "message": line.message,
        "fields": fields,
        "field_count": line.fields.len(),
        "bytes": line.message.len(),
        "request_id": line.request_id,
    })
}
