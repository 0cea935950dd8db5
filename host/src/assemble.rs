//! The composition root: every part of a host, made once and handed to those that need it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use goatkit_capability::app::{AppFunctionError, Functions};
use goatkit_capability::cache::{CacheError, CacheStore, MemoryCache, RedisCache};
use goatkit_capability::config::{
    Settings as PluginSettings, SettingsError as PluginSettingsError,
};
use goatkit_capability::db::SqliteDatabase;
use goatkit_capability::grants::{Ahead, Items, Ledger, Policy};
use goatkit_capability::http::{HttpClient, HttpError};
use goatkit_capability::log::{LogSink, TracingSink};
use goatkit_capability::mail::{Folder, MailError, NoPost, Post, Smtp};
use goatkit_capability::{Clock, PlatformError, Services, ServicesError};
use goatkit_manager::{Manager, ManagerError, ManagerSettings, Mode};
use goatkit_package::{ManifestError, PolicyFile};
use goatkit_people::{Accounts, PeopleError, Tokens};
use goatkit_runtime::Runtime;
use goatkit_wasm::{SettingsError as WasmError, WasmRuntime, WasmSettings};
use goatkit_web::templates::TemplateSettings;
use goatkit_web::{AdminState, WebSettings};

use crate::Host;
use crate::builder::HostBuilder;
use crate::settings::{MailTarget, Settings, SettingsError};

/// Why a host could not be made. What a person can mend, the text says how.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// A folder below the data folder cannot be used.
    #[error(transparent)]
    Manager(#[from] ManagerError),
    /// The wasm runtime could not be made.
    #[error(transparent)]
    Wasm(#[from] WasmError),
    /// `gk.toml` cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The platform's database cannot be used.
    #[error(transparent)]
    Platform(#[from] PlatformError),
    /// What plugins' settings are kept in cannot be used.
    #[error(transparent)]
    PluginSettings(#[from] PluginSettingsError),
    /// What is kept in the data folder cannot be used.
    #[error(transparent)]
    Services(#[from] ServicesError),
    /// Users, roles and tokens cannot be used.
    #[error("people: {0}")]
    People(#[from] PeopleError),
    /// A function of the application is not what plugins can call.
    #[error(transparent)]
    Function(#[from] AppFunctionError),
    /// The client that sends plugins' requests cannot be made.
    #[error("http: {0}")]
    Http(#[from] HttpError),
    /// The mail server cannot be used.
    #[error("mail: {0}")]
    Mail(#[from] MailError),
    /// The cache cannot be used.
    #[error("cache: {0}")]
    Cache(#[from] CacheError),
    /// `policy.yaml` does not hold.
    #[error("{path}: {what}")]
    Policy {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what to do.
        what: String,
    },
    /// A folder cannot be used.
    #[error("cannot use {path}: {source}; choose a data folder that this user may write")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The templates' folder cannot be used.
    #[error(
        "cannot use {path} for templates: {source}; choose a data folder that this user may write"
    )]
    Templates {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Puts a host together.
pub(crate) async fn assemble(builder: HostBuilder) -> Result<Host, HostError> {
    let tasks = tokio::runtime::Handle::current();
    // Reading packages blocks; whoever embeds us may be serving already.
    match tokio::task::spawn_blocking(move || parts(builder, tasks)).await {
        Ok(host) => host,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

fn parts(builder: HostBuilder, tasks: tokio::runtime::Handle) -> Result<Host, HostError> {
    let data = builder.data;
    let folder = |path: &Path| {
        fs::create_dir_all(path).map_err(|source| HostError::Folder {
            path: path.to_owned(),
            source,
        })
    };
    folder(&data)?;
    let operator = Settings::read(&data)?;

    let mut wasm = WasmSettings::new(builder.code_cache.unwrap_or_else(|| data.join("cache")));
    wasm.largest_memory = builder.ceilings.most.memory;
    let runtime = WasmRuntime::new(&wasm, builder.doors)?.sharing(builder.shared);

    let items = Items::new(runtime.capabilities(), builder.ceilings.free());
    let policy = match builder.everything_granted {
        true => Policy::Everything,
        false => policy(&data, &items)?,
    };
    let functions: Result<Vec<_>, _> = builder.functions.into_iter().collect();
    let database = builder.database.unwrap_or(operator.database);
    let templates = builder.templates.unwrap_or_else(|| data.join("templates"));
    let unusable = |source| HostError::Templates {
        path: templates.clone(),
        source,
    };
    fs::create_dir_all(&templates).map_err(unusable)?;
    let mut pages = TemplateSettings::new(&templates);
    pages.layouts = builder.layouts;

    let kept = Services::open(&data, Arc::clone(&builder.clock), tasks.clone())?;
    let mut http = builder.http.unwrap_or_default();
    http.certificates.extend(operator.certificates);
    let post = match builder.post {
        Some(post) => post,
        // Who writes a plugin looks at its mail, and sends none.
        None => post(operator.mail, builder.dev.then(|| data.join("mail")))?,
    };
    let cache = match builder.cache {
        Some(cache) => cache,
        None => cache(operator.redis, &builder.clock)?,
    };
    let ring = Arc::clone(&kept.log);
    let services = Services {
        log_sinks: Arc::new([Arc::clone(&ring) as Arc<dyn LogSink>, Arc::new(TracingSink)]),
        settings: PluginSettings::open(
            kept.platform.clone(),
            &data.join("secrets"),
            operator.config,
        )?,
        database: Arc::new(SqliteDatabase::new(database, tasks)),
        functions: Functions::new(functions?)?,
        http: HttpClient::new(http)?,
        post,
        cache,
        renderer: goatkit_web::renderer(pages.clone()).map_err(unusable)?,
        ..kept
    };
    let (platform, clock) = (&services.platform, &services.clock);
    let accounts = Accounts::open(platform.clone(), Arc::clone(clock))?;
    let tokens = Tokens::open(platform.clone(), Arc::clone(clock))?;
    let ledger = Ledger::open(services.platform.clone(), items, policy)?;

    let mut settings = ManagerSettings::new(data.clone());
    settings.dev = builder.dev;
    settings.ceilings = builder.ceilings;
    settings.mode = builder.mode;
    if builder.mode == Mode::Safe {
        tracing::warn!(
            "safe mode: hooks and jobs of plugins do not run, and none of their pages, routes, \
             widgets and menus is shown"
        );
    }
    let runtimes: Vec<Arc<dyn Runtime>> = vec![Arc::new(runtime)];
    let manager = Manager::open(settings, runtimes, services, ledger)?;
    manager.discover();

    let mut web = WebSettings::new(pages);
    web.hosts = builder.hosts;
    web.access = operator.access;
    if let Some(site) = operator.site {
        web.secure = site.secure;
        if let Some(hosts) = &mut web.hosts {
            hosts.push(site.host);
        }
    }
    // Who brings people of his own has none here.
    let accounts = builder.people.is_none().then_some(accounts);
    web.people = builder.people;
    if let Some(accounts) = accounts.as_ref().filter(|_| builder.own_people) {
        web.people = Some(Arc::new(accounts.clone()));
    }
    let admin = AdminState {
        manager,
        accounts,
        tokens,
    };
    Host::new(data, admin, builder.admin_site, ring, web)
}

/// Where mail goes: as the operator says, else into a folder where there is one.
fn post(target: Option<MailTarget>, folder: Option<PathBuf>) -> Result<Arc<dyn Post>, MailError> {
    Ok(match (target, folder) {
        (Some(MailTarget::Smtp(options)), _) => Smtp::new(options)?,
        (Some(MailTarget::Folder(folder)), _) | (None, Some(folder)) => {
            Arc::new(Folder::new(folder))
        }
        (None, None) => Arc::new(NoPost),
    })
}

fn cache(redis: Option<String>, clock: &Arc<dyn Clock>) -> Result<Arc<dyn CacheStore>, CacheError> {
    Ok(match redis {
        Some(url) => RedisCache::new(&url, Arc::clone(clock))?,
        None => Arc::new(MemoryCache::new(Arc::clone(clock))),
    })
}

/// What the operator granted ahead, in `DATA/policy.yaml`.
fn policy(data: &Path, items: &Items) -> Result<Policy, HostError> {
    let path = data.join("policy.yaml");
    let wrong = |what: String| HostError::Policy {
        path: path.clone(),
        what,
    };
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Policy::Nothing),
        Err(error) => return Err(wrong(format!("cannot be read: {error}"))),
    };
    let file = PolicyFile::parse(&text).map_err(|error: ManifestError| wrong(error.to_string()))?;
    let ahead = Ahead::read(&file, items);
    Ok(Policy::File(
        ahead.map_err(|problems| wrong(problems.join("; ")))?,
    ))
}
