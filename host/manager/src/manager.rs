//! The manager: everything that the floors above ask of plugins.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use arc_swap::ArcSwap;
use goatkit_capability::grants::Ledger;
use goatkit_capability::log::Ring;
use goatkit_capability::{Choices, Services, SessionFacts};
use goatkit_package::{PluginName, Store};
use goatkit_runtime::{CallError, Output, Runtime, Session, SessionGate};
use tokio::sync::{Notify, watch};
use tokio::time::timeout_at;

use crate::discover::{Discovery, Found, Scan};
use crate::dispatch::call;
use crate::error::{AddError, FindError, FunctionTarget, ManagerError, not_ready, waits};
use crate::happenings::Happenings;
use crate::options::{ManagerSettings, MemorySettings, Mode};
use crate::register::Kept;
use crate::snapshot::{Snapshot, Waiting, plugin_of_template};
use crate::unit::{Active, Beat, House, Unit};

/// Units by name.
pub(crate) type Units = BTreeMap<PluginName, Arc<Unit>>;

/// Knows every plugin and calls them.
pub struct Manager {
    settings: ManagerSettings,
    store: Store,
    pub(crate) house: Arc<House>,
    pub(crate) snapshot: ArcSwap<Snapshot>,
    /// Held while the snapshot is made anew, so that no change is lost.
    pub(crate) changing: Mutex<()>,
    /// Held while `plugins/` is read and new versions prove themselves.
    pub(crate) refreshing: tokio::sync::Mutex<()>,
}

impl Manager {
    /// A manager that has not looked for plugins yet.
    ///
    /// # Errors
    /// [`ManagerError`] when the data folder cannot be used.
    pub fn open(
        settings: ManagerSettings,
        runtimes: Vec<Arc<dyn Runtime>>,
        services: Services,
        ledger: Ledger,
    ) -> Result<Arc<Self>, ManagerError> {
        let store = Store::open(&settings.data)?;
        let plugins = settings.data.join("plugins");
        fs::create_dir_all(&plugins).map_err(|source| ManagerError::Folder {
            path: plugins,
            source,
        })?;
        let kept = Kept::open(&settings.data)?;
        let ceilings = settings.ceilings;
        let peers = services.peers.clone();
        let happenings = Happenings::new(Arc::clone(&services.clock));
        let choices = Choices::open(services.platform.clone())?;
        let house = House {
            runtimes,
            services,
            ledger,
            pinned: Mutex::new(choices.pinned()),
            choices,
            ceilings,
            kept,
            gate: SessionGate::new(settings.sessions),
            happenings,
            live: Mutex::default(),
            beat: Beat::default(),
            look: Notify::new(),
            stage: watch::Sender::default(),
            going_on: watch::Sender::default(),
        };
        house.mark();
        let manager = Arc::new(Self {
            house: Arc::new(house),
            snapshot: ArcSwap::from_pointee(Snapshot::nothing(settings.mode)),
            changing: Mutex::default(),
            refreshing: tokio::sync::Mutex::default(),
            settings,
            store,
        });
        // From now on plugins can call each other.
        peers.set(&manager);
        Ok(manager)
    }

    /// Looks through `plugins/` before anybody is served. Runs nothing; reads files, so not
    /// on a serving thread.
    pub fn discover(&self) {
        let found = self.scan();
        let units = found.packages.into_iter();
        let plugins = units
            .map(|(name, found)| (name, Unit::new(found, &self.house)))
            .collect();
        self.swap(plugins, found.waiting, found.refused);
    }

    /// Takes in one package from anywhere, beside those of `plugins/`.
    ///
    /// # Errors
    /// The reason for which the package is no package, or this host refuses it, or that an
    /// administrator has to consent first.
    pub async fn add(&self, path: &Path) -> Result<PluginName, AddError> {
        let _turn = self.refreshing.lock().await;
        let found = self.read(path)?;
        let name = found.name().clone();
        let open = found.open(&self.house.ledger);
        if !open.is_empty() {
            let version = found.version();
            return Err(AddError::new(format!(
                "`{name}` {version} {}",
                waits(&open)
            )));
        }
        let _changing = self.changing();
        let old = self.snapshot.load();
        let mut plugins = old.plugins.clone();
        plugins.insert(name.clone(), Unit::new(found, &self.house));
        self.show(old.with(plugins));
        Ok(name)
    }

    /// A package as discovery finds it.
    pub(crate) fn read(&self, path: &Path) -> Result<Found, AddError> {
        let package = self
            .store
            .admit(path)
            .map_err(|error| AddError::new(error.to_string()))?;
        Found::new(path, package, &self.house.ledger).map_err(AddError::new)
    }

    pub(crate) fn scan(&self) -> Discovery {
        self.look(|scan| scan.run())
    }

    /// Every package of `plugins/`, also such as do not serve.
    pub(crate) fn packages(&self) -> Vec<Found> {
        self.look(|scan| scan.read().0)
    }

    fn look<T>(&self, look: impl FnOnce(&Scan<'_>) -> T) -> T {
        look(&Scan {
            folder: &self.plugins_folder(),
            store: &self.store,
            ledger: &self.house.ledger,
            folders: self.settings.dev,
        })
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.house.ledger
    }

    /// The time by the host's clock.
    pub(crate) fn now(&self) -> SystemTime {
        self.house.services.clock.now()
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// How much of plugins is in force.
    pub fn mode(&self) -> Mode {
        self.settings.mode
    }

    pub(crate) fn memory(&self) -> &MemorySettings {
        &self.settings.memory
    }

    pub(crate) fn data(&self) -> &Path {
        &self.settings.data
    }

    pub(crate) fn plugins_folder(&self) -> PathBuf {
        self.settings.data.join("plugins")
    }

    pub(crate) fn serves_folders(&self) -> bool {
        self.settings.dev
    }

    /// The last lines that plugins logged.
    pub fn log(&self) -> &Arc<Ring> {
        &self.house.services.log
    }

    /// What happens to plugins.
    pub fn happenings(&self) -> &Happenings {
        &self.house.happenings
    }

    /// What there is now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// A session that holds nothing yet.
    pub fn session(&self, facts: SessionFacts) -> Session {
        Session::open(facts, &self.house.gate)
    }

    /// Learns what every plugin brings. Those whose registration was kept are not loaded.
    ///
    /// In safe mode nothing of them is shown, and none is asked.
    pub async fn register_all(&self) {
        if self.mode() == Mode::Safe {
            return;
        }
        let units: Vec<Arc<Unit>> = self.snapshot().plugins.values().cloned().collect();
        for unit in units {
            // What is broken is shown as such; the rest goes on.
            let _ = unit.prepare().await;
        }
        self.publish();
        for conflict in &self.snapshot().conflicts {
            tracing::warn!("{conflict}");
        }
    }

    /// A plugin and what it registered.
    ///
    /// # Errors
    /// [`FindError`] when there is none of that name or it does not load.
    pub async fn find(&self, name: &PluginName) -> Result<Active, FindError> {
        let unit = self.unit(name)?;
        self.register(&unit).await
    }

    /// The plugin that templates call `name`, and what it registered.
    ///
    /// # Errors
    /// As [`Manager::find`].
    pub async fn find_by_template_name(&self, name: &str) -> Result<Active, FindError> {
        let unit = match plugin_of_template(name) {
            Some(plugin) => self.unit(&plugin),
            None => Err(self.unknown(name)),
        };
        self.register(&unit?).await
    }

    /// Calls a function of a plugin, which is loaded if it is not yet. `args` is a JSON
    /// array in the order of the registration.
    ///
    /// # Errors
    /// [`CallError`], of the kind `Unknown` if there is no such plugin or function.
    pub async fn call_function(
        &self,
        session: &Session,
        name: &PluginName,
        function: &str,
        args: String,
    ) -> Result<Output, CallError> {
        let target = FunctionTarget(function);
        let unit = self
            .unit(name)
            .map_err(|error| not_ready(name, &target, &error))?;
        if unit.registration().is_none() {
            let registered = Box::pin(self.register_in_time(session, &unit)).await;
            registered
                .ok_or_else(|| CallError::loading(name, &target))?
                .map_err(|error| not_ready(name, &target, &error))?;
        }
        call(session, &unit, function, args).await
    }

    /// What a plugin registered, asked of it now if nobody knows; nothing where the session's
    /// deadline came before. What is learned so is shown as well.
    pub(crate) async fn register_in_time(
        &self,
        session: &Session,
        unit: &Arc<Unit>,
    ) -> Option<Result<Active, FindError>> {
        let deadline = session.deadline().into();
        timeout_at(deadline, self.register(unit)).await.ok()
    }

    pub(crate) async fn register(&self, unit: &Arc<Unit>) -> Result<Active, FindError> {
        if let Some(active) = unit.active() {
            return Ok(active);
        }
        let active = unit.register().await;
        self.publish();
        Ok(active?)
    }

    pub(crate) fn unit(&self, name: &PluginName) -> Result<Arc<Unit>, FindError> {
        let unit = self.snapshot.load().plugins.get(name).cloned();
        unit.ok_or_else(|| self.not_serving(name))
    }

    fn not_serving(&self, name: &PluginName) -> FindError {
        let snapshot = self.snapshot.load();
        if snapshot.disabled.contains_key(name) {
            let plugin = name.clone();
            return FindError::Stopped { plugin };
        }
        match snapshot.waiting.get(name) {
            Some(Waiting { version, open, .. }) => FindError::Waiting {
                plugin: name.clone(),
                version: version.clone(),
                open: open.clone(),
            },
            None => self.unknown(name.as_str()),
        }
    }

    pub(crate) fn unknown(&self, name: &str) -> FindError {
        let known = self.snapshot.load().plugins.keys().cloned().collect();
        FindError::Unknown {
            wanted: name.to_owned(),
            known,
        }
    }
}
