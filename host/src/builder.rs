//! Puts a host together.

use std::path::PathBuf;
use std::sync::Arc;

use goatkit_capability::log::{LogSink, Ring, TracingSink};
use goatkit_capability::{Clock, Services, SystemClock};
use goatkit_manager::{Manager, ManagerError, ManagerSettings};
use goatkit_runtime::{Ceilings, Runtime};
use goatkit_wasm::{SettingsError, WasmRuntime, WasmSettings};
use goatkit_web::WebSettings;
use goatkit_web::templates::TemplateSettings;

use crate::Host;

/// Makes a [`Host`].
pub struct HostBuilder {
    data: PathBuf,
    templates: Option<PathBuf>,
    code_cache: Option<PathBuf>,
    layouts: Vec<String>,
    hosts: Option<Vec<String>>,
    dev: bool,
    ceilings: Ceilings,
    clock: Arc<dyn Clock>,
}

/// Why a host could not be made. What a person can mend, the text says how.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// A folder below the data folder cannot be used.
    #[error(transparent)]
    Manager(#[from] ManagerError),
    /// The wasm runtime could not be made.
    #[error(transparent)]
    Wasm(#[from] SettingsError),
    /// The templates' folder cannot be used.
    #[error(
        "cannot use {path} for templates: {source}; choose a data folder that this user may write"
    )]
    Templates {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl HostBuilder {
    /// A host whose data folder is `data`: packages in `plugins/`, the application's
    /// templates in `templates/`, and what the host keeps beside them. It is made if it is
    /// not there.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self {
            data: data.into(),
            templates: None,
            code_cache: None,
            layouts: Vec::new(),
            hosts: None,
            dev: false,
            ceilings: Ceilings::default(),
            clock: Arc::new(SystemClock),
        }
    }

    /// Takes the application's templates from another folder than `DATA/templates`.
    #[must_use]
    pub fn templates(mut self, folder: impl Into<PathBuf>) -> Self {
        self.templates = Some(folder.into());
        self
    }

    /// Keeps compiled code in another folder than `DATA/cache`, so that hosts on several data
    /// folders share it. The folder is made with mode 0700.
    #[must_use]
    pub fn code_cache(mut self, folder: impl Into<PathBuf>) -> Self {
        self.code_cache = Some(folder.into());
        self
    }

    /// Names a template of the application's that plugins' templates may extend.
    #[must_use]
    pub fn layout(mut self, name: impl Into<String>) -> Self {
        self.layouts.push(name.into());
        self
    }

    /// Refuses requests that call this host by another name than `localhost`, a loopback
    /// address or one that [`HostBuilder::allow_host`] names. Without this any site that a
    /// person visits can point a name of its own at this machine and read what is served.
    #[must_use]
    pub fn loopback_hosts_only(mut self) -> Self {
        self.hosts.get_or_insert_default();
        self
    }

    /// Names a host, without a port, by which requests may call this one; names that are
    /// neither allowed nor the loopback's are refused from then on.
    #[must_use]
    pub fn allow_host(mut self, name: impl Into<String>) -> Self {
        self.hosts.get_or_insert_default().push(name.into());
        self
    }

    /// Serves unpacked plugins too, for those who write one.
    #[must_use]
    pub fn dev(mut self) -> Self {
        self.dev = true;
        self
    }

    /// Sets the limits that plugins get by default and at most.
    #[must_use]
    pub fn ceilings(mut self, ceilings: Ceilings) -> Self {
        self.ceilings = ceilings;
        self
    }

    /// Sets the clock that plugins read.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Makes the host and finds its plugins. Nothing of a plugin runs yet.
    ///
    /// # Errors
    /// [`HostError`] when a folder cannot be used or a thread not started.
    pub async fn build(self) -> Result<Host, HostError> {
        let ring = Arc::new(Ring::default());
        let sinks: Arc<[Arc<dyn LogSink>]> =
            Arc::new([Arc::clone(&ring) as Arc<dyn LogSink>, Arc::new(TracingSink)]);
        let services = Services {
            clock: self.clock,
            log_sinks: sinks,
        };
        let mut wasm =
            WasmSettings::new(self.code_cache.unwrap_or_else(|| self.data.join("cache")));
        wasm.largest_memory = self.ceilings.most.memory;
        let mut settings = ManagerSettings::new(self.data.clone());
        settings.dev = self.dev;
        settings.ceilings = self.ceilings;
        let templates = self
            .templates
            .unwrap_or_else(|| self.data.join("templates"));
        let mut pages = TemplateSettings::new(templates.clone());
        pages.layouts = self.layouts;
        let mut web = WebSettings::new(pages);
        web.hosts = self.hosts;

        let work = move || -> Result<Manager, HostError> {
            std::fs::create_dir_all(&templates).map_err(|source| HostError::Templates {
                path: templates,
                source,
            })?;
            let runtime = WasmRuntime::new(&wasm)?;
            let provided = runtime.capabilities();
            let runtimes: Vec<Arc<dyn Runtime>> = vec![Arc::new(runtime)];
            let manager = Manager::open(settings, runtimes, provided, services)?;
            manager.discover();
            Ok(manager)
        };
        // Reading packages blocks; whoever embeds us may be serving already.
        let manager = match tokio::task::spawn_blocking(work).await {
            Ok(manager) => Arc::new(manager?),
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        };
        Host::new(manager, ring, web)
    }
}
