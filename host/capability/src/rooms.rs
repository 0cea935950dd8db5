//! A plugin's rooms: a plain struct whose fields are the capabilities.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use goatkit_package::StoredPackage;
use tokio::runtime::Handle;

use crate::app::{App, Functions};
use crate::audit::{AuditLog, Auditor, Uses};
use crate::cache::{Cache, CacheStore, MemoryCache};
use crate::config::{Config, Schema, Settings, SettingsError};
use crate::context::Context;
use crate::db::{Database, Db, NoDatabase};
use crate::events::{Bus, Events};
use crate::grants::Powers;
use crate::http::{Http, HttpClient, HttpError, HttpOptions};
use crate::i18n::I18n;
use crate::log::{Log, LogSink, Ring};
use crate::mail::{Mail, NoPost, Post};
use crate::plugins::{PeersSlot, Plugins};
use crate::schedule::{Callbacks, Jobs, Schedule};
use crate::templates::{NoRenderer, Renderer, Templates};
use crate::{Clock, PlatformDb, PlatformError};

/// The handles of one plugin, made when it is loaded.
#[derive(Clone)]
pub struct Rooms {
    /// What the plugin may know about its call.
    pub context: Context,
    /// Its translations.
    pub i18n: I18n,
    /// Its log.
    pub log: Log,
    /// Its settings.
    pub config: Config,
    /// The database, as far as it is granted.
    pub db: Db,
    /// The application's functions, as far as they are granted.
    pub app: App,
    /// Servers, as far as they are granted.
    pub http: Http,
    /// Mail, as far as it is granted.
    pub mail: Mail,
    /// Values that may be gone, as far as bytes are granted.
    pub cache: Cache,
    /// Work at given times, as far as it is granted.
    pub schedule: Schedule,
    /// Functions of other plugins, as far as they are granted.
    pub plugins: Plugins,
    /// Events on its own channels, as far as they are granted.
    pub events: Events,
    /// The package's own templates.
    pub templates: Templates,
    /// What the plugin may do now.
    pub powers: Powers,
}

/// What the rooms of all plugins share: the backends of this host.
#[derive(Clone)]
pub struct Services {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Where log lines go.
    pub log_sinks: Arc<[Arc<dyn LogSink>]>,
    /// The last of them, for those who ask; one of the places where they go.
    pub log: Arc<Ring>,
    /// What plugins' settings are kept in.
    pub settings: Arc<Settings>,
    /// The application's database.
    pub database: Arc<dyn Database>,
    /// The application's functions.
    pub functions: Arc<Functions>,
    /// Sends requests.
    pub http: Arc<HttpClient>,
    /// Takes mail over.
    pub post: Arc<dyn Post>,
    /// Keeps cached values.
    pub cache: Arc<dyn CacheStore>,
    /// Renders packages' templates.
    pub renderer: Arc<dyn Renderer>,
    /// Where denials are written down.
    pub audit: Arc<AuditLog>,
    /// How often each rule was used.
    pub uses: Uses,
    /// The platform's own database.
    pub platform: PlatformDb,
    /// The jobs of all plugins.
    pub jobs: Jobs,
    /// The plugins that others may call. Whoever knows them sets it.
    pub peers: PeersSlot,
    /// From plugins that publish to whoever listens.
    pub bus: Arc<Bus>,
    /// What the application's functions run on.
    pub tasks: Handle,
}

/// Why the backends below a data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ServicesError {
    /// The platform's database.
    #[error(transparent)]
    Platform(#[from] PlatformError),
    /// Plugins' settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The audit log.
    #[error("cannot keep the audit log: {0}; choose a data folder that this user may write")]
    Audit(#[from] io::Error),
    /// The client that sends requests.
    #[error(transparent)]
    Http(#[from] HttpError),
}

impl Services {
    /// The backends that are kept in a data folder. The application brings nothing yet: no
    /// database, no functions, and no settings in its `gk.toml`. Blocks.
    ///
    /// # Errors
    /// [`ServicesError`].
    pub fn open(data: &Path, clock: Arc<dyn Clock>, tasks: Handle) -> Result<Self, ServicesError> {
        let platform = PlatformDb::open(data)?;
        let secrets = data.join("secrets");
        let log = Arc::new(Ring::new(Arc::clone(&clock)));
        Ok(Self {
            log_sinks: Arc::new([Arc::clone(&log) as Arc<dyn LogSink>]),
            log,
            settings: Settings::open(platform.clone(), &secrets, BTreeMap::new())?,
            database: Arc::new(NoDatabase),
            functions: Arc::default(),
            http: HttpClient::new(HttpOptions::default())?,
            post: Arc::new(NoPost),
            cache: Arc::new(MemoryCache::new(Arc::clone(&clock))),
            renderer: Arc::new(NoRenderer),
            audit: AuditLog::open(data, Arc::clone(&clock))?,
            uses: Uses::default(),
            jobs: Jobs::new(platform.clone()),
            peers: PeersSlot::default(),
            bus: Arc::default(),
            clock,
            platform,
            tasks,
        })
    }

    /// The power of a package, which is none until it is set.
    pub fn powers(&self, package: &StoredPackage) -> Powers {
        let name = package.manifest().name.clone();
        let auditor = Auditor::new(name, Arc::clone(&self.audit));
        Powers::none(auditor, self.uses.clone())
    }

    /// The rooms of one package, which may do what `powers` allow at the time of each call.
    /// `callbacks` are the names of the jobs that it registered.
    pub fn rooms(&self, package: &StoredPackage, powers: &Powers, callbacks: &Callbacks) -> Rooms {
        let manifest = package.manifest();
        let name = &manifest.name;
        let auditor = || powers.auditor().clone();
        // A schema that does not hold was refused when the package was found.
        let schema = manifest.config.as_ref();
        let schema = schema.and_then(|schema| Schema::parse(schema).ok());
        let settings = Arc::clone(&self.settings);
        let config = Config::new(auditor(), schema.map(Arc::new), settings).guarded(powers.clone());
        let sinks = Arc::clone(&self.log_sinks);
        let (functions, tasks) = (Arc::clone(&self.functions), self.tasks.clone());
        let app = App::new(auditor(), powers.app().clone(), functions, tasks);
        let db = Db::new(auditor(), powers.db().clone(), Arc::clone(&self.database));
        let http = Http::new(
            auditor(),
            powers.http().clone(),
            Arc::clone(&self.http),
            config.clone(),
        );
        let mail = Mail::new(
            auditor(),
            powers.mail().clone(),
            Arc::clone(&self.post),
            self.platform.clone(),
            Arc::clone(&self.clock),
        );
        let schedule = Schedule::new(
            auditor(),
            powers.schedule().clone(),
            self.jobs.clone(),
            callbacks.clone(),
            Arc::clone(&self.clock),
        );
        let (bus, clock) = (Arc::clone(&self.bus), Arc::clone(&self.clock));
        let events = Events::new(auditor(), powers.events().clone(), bus, clock);
        Rooms {
            context: Context::new(Arc::clone(&self.clock)),
            i18n: I18n::new(package.clone()),
            log: Log::new(name.clone(), sinks).redacted(config.clone()),
            config,
            db,
            app,
            http,
            mail,
            cache: Cache::new(auditor(), powers.cache().clone(), Arc::clone(&self.cache)),
            schedule,
            plugins: Plugins::new(auditor(), powers.plugins().clone(), self.peers.clone()),
            events,
            templates: Templates::new(package.clone(), Arc::clone(&self.renderer)),
            powers: powers.clone(),
        }
    }
}
