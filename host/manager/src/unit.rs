//! One version of one plugin, from found to loaded. However many ask at once, it is
//! loaded once, and registered once.

use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant};

use goatkit_capability::config::{Schema, SettingsError};
use goatkit_capability::db::{MigrationError, migrate};
use goatkit_capability::grants::{Ledger, Powers, Rule, Rules, granted_limits};
use goatkit_capability::schedule::{self, Callbacks};
use goatkit_capability::{Entry, EntryKind, Services, SessionFacts};
use goatkit_package::{PluginName, StoredPackage};
use goatkit_runtime::{
    CallError, CallErrorKind, Ceilings, Limits, LoadError, LoadErrorKind, Loadable, Plugin,
    Registration, Runtime, Session, SessionGate,
};
use tokio::sync::OnceCell;

use crate::discover::Found;
use crate::register::{self, Activated, Kept};

/// What loading a unit needs of its host.
pub(crate) struct House {
    pub(crate) runtimes: Vec<Arc<dyn Runtime>>,
    pub(crate) services: Services,
    pub(crate) ledger: Ledger,
    pub(crate) ceilings: Ceilings,
    pub(crate) kept: Kept,
    pub(crate) gate: SessionGate,
    /// Every unit that may still call a room: also one that is being made ready, and one that
    /// was replaced and whose last calls run.
    pub(crate) live: Mutex<Vec<Weak<Unit>>>,
}

impl House {
    fn remember(&self, unit: &Arc<Unit>) {
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        live.retain(|unit| unit.strong_count() > 0);
        live.push(Arc::downgrade(unit));
    }

    /// Gives every unit what the ledger says by now.
    pub(crate) fn empower(&self) {
        let live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        let units: Vec<Arc<Unit>> = live.iter().filter_map(Weak::upgrade).collect();
        drop(live);
        for unit in units {
            unit.empower();
        }
    }
}

/// One version of one plugin.
pub struct Unit {
    found: Found,
    /// What it may do now: its rooms have the same.
    powers: Powers,
    empowering: Mutex<()>,
    /// What it runs under once it is loaded.
    limits: Limits,
    house: Arc<House>,
    registration: OnceCell<Arc<Registration>>,
    /// The jobs that it registered, for its plans.
    callbacks: Callbacks,
    plugin: OnceCell<Arc<dyn Plugin>>,
    /// Its functions may be called: it is registered and activated.
    ready: OnceCell<()>,
    /// What will be wrong however often it is tried.
    broken: OnceLock<LoadError>,
}

/// A plugin with its registration: what templates and pages need to know of it.
#[derive(Clone)]
pub struct Active {
    /// The store's copy.
    pub package: StoredPackage,
    /// What it registered, checked.
    pub registration: Arc<Registration>,
}

/// Where a unit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Found; nothing of it has run.
    Discovered,
    /// What it brings is known; it is not in memory.
    Registered,
    /// In memory.
    Loaded,
    /// It does not load.
    Broken,
}

impl Unit {
    pub(crate) fn new(found: Found, house: &Arc<House>) -> Arc<Self> {
        Self::with(found, house, OnceCell::new())
    }

    fn with(
        found: Found,
        house: &Arc<House>,
        registration: OnceCell<Arc<Registration>>,
    ) -> Arc<Self> {
        let powers = house.services.powers(&found.package);
        let callbacks = Callbacks::default();
        if let Some(registration) = registration.get() {
            callbacks.set(job_names(registration));
        }
        powers.set(found.verdict(&house.ledger).in_force);
        let unit = Arc::new(Self {
            limits: allowed_limits(&found, &powers, house),
            found,
            powers,
            empowering: Mutex::default(),
            house: Arc::clone(house),
            registration,
            callbacks,
            plugin: OnceCell::new(),
            ready: OnceCell::new(),
            broken: OnceLock::new(),
        });
        // What was revoked before it was known to be live passed it by.
        house.remember(&unit);
        unit.empower();
        unit
    }

    /// The file or folder that the package was read from.
    pub fn source(&self) -> &Path {
        &self.found.path
    }

    /// The store's copy.
    pub fn package(&self) -> &StoredPackage {
        &self.found.package
    }

    /// What it asks.
    pub fn asked(&self) -> &Rules {
        &self.found.asked
    }

    /// What it may do now.
    pub fn powers(&self) -> Arc<Rules> {
        self.powers.rules()
    }

    /// Which jobs it may have.
    pub(crate) fn schedule_grant(&self) -> &schedule::Granted {
        self.powers.schedule()
    }

    /// What it runs under.
    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// How discovery found it.
    pub(crate) fn found(&self) -> &Found {
        &self.found
    }

    /// Gives it what the ledger says by now; it counts from the plugin's next call on.
    pub(crate) fn empower(&self) {
        // One at a time, or an older verdict may come after a newer one.
        let _turn = self
            .empowering
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let verdict = self.found.verdict(&self.house.ledger);
        if *self.powers.rules() != verdict.in_force {
            self.powers.set(verdict.in_force);
        }
    }

    /// Whether it runs under other limits than it now may.
    pub(crate) fn is_outgrown(&self) -> bool {
        self.limits != allowed_limits(&self.found, &self.powers, &self.house)
    }

    /// A unit of the same package that has not been loaded. What it brings is known as before.
    pub(crate) fn anew(&self) -> Arc<Self> {
        let registration = self.registration.get().cloned();
        Self::with(
            self.found.clone(),
            &self.house,
            OnceCell::new_with(registration),
        )
    }

    /// Where it stands.
    pub fn state(&self) -> State {
        if self.broken.get().is_some() {
            State::Broken
        } else if self.plugin.initialized() {
            State::Loaded
        } else if self.registration.initialized() {
            State::Registered
        } else {
            State::Discovered
        }
    }

    /// Why it does not load, if it does not.
    pub fn broken(&self) -> Option<&LoadError> {
        self.broken.get()
    }

    /// The registration, if it is known already.
    pub fn active(&self) -> Option<Active> {
        let registration = Arc::clone(self.registration.get()?);
        Some(Active {
            package: self.package().clone(),
            registration,
        })
    }

    /// The registration: as it was kept, or asked of the plugin now.
    pub(crate) async fn register(&self) -> Result<Active, LoadError> {
        self.unless_broken()?;
        let registration = self
            .registration
            .get_or_try_init(|| self.registered())
            .await;
        let registration = self.remember(registration)?;
        self.callbacks.set(job_names(registration));
        Ok(Active {
            package: self.package().clone(),
            registration: Arc::clone(registration),
        })
    }

    /// Learns what it brings. One that has jobs is activated as well, if this version never
    /// was: nobody may ever call what plans its work.
    pub(crate) async fn prepare(&self) -> Result<(), LoadError> {
        let active = self.register().await?;
        if !active.registration.jobs.is_empty() && !self.was_activated().await? {
            self.plugin().await?;
        }
        Ok(())
    }

    /// The plugin, loaded, registered and activated.
    pub(crate) async fn plugin(&self) -> Result<&Arc<dyn Plugin>, LoadError> {
        if !self.ready.initialized() {
            self.register().await?;
            let plugin = self.loaded().await?;
            self.remember(self.ready.get_or_try_init(|| self.activated(plugin)).await)?;
        }
        self.loaded().await
    }

    async fn loaded(&self) -> Result<&Arc<dyn Plugin>, LoadError> {
        self.remember(self.plugin.get_or_try_init(|| self.load()).await)
    }

    async fn load(&self) -> Result<Arc<dyn Plugin>, LoadError> {
        let manifest = self.package().manifest();
        tracing::info!(plugin = %manifest.name, version = %manifest.version, "loading");
        self.hold_settings().await?;
        let unit = Loadable {
            package: self.package().clone(),
            rooms: self
                .house
                .services
                .rooms(self.package(), &self.powers, &self.callbacks),
            limits: self.limits,
            isolation: manifest.isolation,
        };
        self.runtime()?.load(unit).await
    }

    /// Reads its settings, so that no call of it waits for the disk, and says what is wrong
    /// with them.
    async fn hold_settings(&self) -> Result<(), LoadError> {
        let (house, name) = (Arc::clone(&self.house), self.name().clone());
        let declared = self.package().manifest().config.clone();
        let held = blocking(self.name(), move || {
            let settings = &house.services.settings;
            settings.hold(&name)?;
            let Some(schema) = declared.and_then(|it| Schema::parse(&it).ok()) else {
                return Ok(());
            };
            for problem in settings.wrong_in_file(&name, &schema) {
                tracing::warn!(plugin = %name, "gk.toml: {problem}");
            }
            for key in settings.missing(&name, &schema)? {
                tracing::warn!(plugin = %name, "its setting `{key}` is required and not set");
            }
            Ok::<_, SettingsError>(())
        });
        let held = held.await?;
        held.map_err(|error| self.error(LoadErrorKind::Internal, error.to_string()))
    }

    fn runtime(&self) -> Result<&Arc<dyn Runtime>, LoadError> {
        let kind = self.package().manifest().runtime;
        self.house
            .runtimes
            .iter()
            .find(|each| each.kind() == kind)
            .ok_or_else(|| {
                let text = format!("this host does not run plugins with `runtime: {kind}`");
                self.error(LoadErrorKind::BadPackage, text)
            })
    }

    async fn registered(&self) -> Result<Arc<Registration>, LoadError> {
        let (house, package) = (Arc::clone(&self.house), self.package().clone());
        let kept = blocking(self.name(), move || house.kept.read(&package)).await?;
        if let Some(registration) = kept {
            return Ok(Arc::new(registration));
        }
        let plugin = self.loaded().await?;
        let answer = plugin.register().await.map_err(|error| {
            let text = format!("it does not register: {}", error.message());
            self.error(kind_of(&error), text)
        })?;
        let registration = register::check_registration(answer, self.package(), plugin.exports())
            .map_err(|problems| {
            let text = format!("its registration does not hold: {}", problems.join("; "));
            self.error(LoadErrorKind::Registration, text)
        })?;
        self.keep(registration).await
    }

    async fn keep(&self, registration: Registration) -> Result<Arc<Registration>, LoadError> {
        let registration = Arc::new(registration);
        let (house, package) = (Arc::clone(&self.house), self.package().clone());
        let kept = Arc::clone(&registration);
        let written = blocking(self.name(), move || house.kept.write(&package, &kept)).await?;
        if let Err(error) = written {
            tracing::warn!(plugin = %self.name(), "its registration is not kept: {error}");
        }
        Ok(registration)
    }

    /// Lays out its own tables: before it is activated, whichever version was there before.
    async fn migrated(&self) -> Result<(), LoadError> {
        let package = self.package().clone();
        let steps = blocking(self.name(), move || package.migrations()).await?;
        let steps =
            steps.map_err(|error| self.error(LoadErrorKind::BadPackage, error.to_string()))?;
        if steps.is_empty() {
            return Ok(());
        }
        if !self.powers().contains(&Rule::new("db", "own")) {
            let text = "it has migrations, and it was not granted tables of its own: ask for `db: { own: \
                        true }` under `capabilities` in manifest.yaml and grant it";
            return Err(self.error(LoadErrorKind::NotGranted, text.to_owned()));
        }
        let database = &*self.house.services.database;
        match migrate(database, self.name(), &steps).await {
            Ok(applied) if applied.is_empty() => Ok(()),
            Ok(applied) => {
                tracing::info!(plugin = %self.name(), "migrated: {}", applied.join(", "));
                Ok(())
            }
            Err(error @ MigrationError::Database { .. }) => {
                Err(self.error(LoadErrorKind::Internal, error.to_string()))
            }
            Err(error) => Err(self.error(LoadErrorKind::BadPackage, error.to_string())),
        }
    }

    /// `activate`, whenever this version takes over from another. It acts for nobody, in a
    /// session of its own, because which visitor comes first is chance.
    async fn activated(&self, plugin: &Arc<dyn Plugin>) -> Result<(), LoadError> {
        self.migrated().await?;
        let last = self.last_activated().await?;
        if self.is(last.as_ref()) {
            return Ok(());
        }
        let from = last.map(|last| last.version);
        let session = Session::open(activation(self.package()), &self.house.gate);
        let answer = plugin.activate(&session, from.as_ref()).await;
        answer.map_err(|error| {
            let text = format!("it cannot be activated: {}", error.message());
            self.error(kind_of(&error), text)
        })?;
        let (house, package) = (Arc::clone(&self.house), self.package().clone());
        let written = blocking(self.name(), move || house.kept.set_activated(&package)).await?;
        written.map_err(|error| {
            self.error(
                LoadErrorKind::Internal,
                format!("cannot keep that it is active: {error}"),
            )
        })
    }

    async fn was_activated(&self) -> Result<bool, LoadError> {
        Ok(self.is(self.last_activated().await?.as_ref()))
    }

    /// The version that was activated last.
    async fn last_activated(&self) -> Result<Option<Activated>, LoadError> {
        let (house, package) = (Arc::clone(&self.house), self.package().clone());
        blocking(self.name(), move || house.kept.activated(&package)).await
    }

    fn is(&self, last: Option<&Activated>) -> bool {
        last.is_some_and(|last| last.digest == self.package().digest())
    }

    /// The plugin's name.
    pub fn name(&self) -> &PluginName {
        &self.package().manifest().name
    }

    fn error(&self, kind: LoadErrorKind, text: String) -> LoadError {
        LoadError::new(self.name(), kind, text)
    }

    fn unless_broken(&self) -> Result<(), LoadError> {
        self.broken.get().map_or(Ok(()), |error| Err(error.clone()))
    }

    /// An error that lies in the package stays until the package changes; one that lies in
    /// the host or in a grant may be gone the next time.
    fn remember<T>(&self, result: Result<T, LoadError>) -> Result<T, LoadError> {
        if let Err(error) = &result
            && !matches!(
                error.kind(),
                LoadErrorKind::Internal | LoadErrorKind::NotGranted
            )
        {
            tracing::warn!("{error}");
            let _ = self.broken.set(error.clone());
        }
        result
    }
}

fn job_names(registration: &Registration) -> Vec<String> {
    let jobs = registration.jobs.iter();
    jobs.map(|job| job.name.clone()).collect()
}

/// What a package asked of limits, as far as that is free or was granted.
fn allowed_limits(found: &Found, powers: &Powers, house: &House) -> Limits {
    let (ceilings, asked) = (&house.ceilings, &found.package.manifest().limits);
    ceilings.limits(&granted_limits(asked, &powers.rules(), &ceilings.free()))
}

/// Time for a version to be activated, within the plugin's own limit for a call.
const ACTIVATION: Duration = Duration::from_secs(60);

/// The facts of the session in which a version is activated.
fn activation(package: &StoredPackage) -> SessionFacts {
    let manifest = package.manifest();
    SessionFacts {
        actor: None,
        tenant: None,
        locale: manifest.default_locale.clone(),
        request_id: format!("{}-{}", manifest.name, manifest.version),
        deadline: Instant::now() + ACTIVATION,
        entry: Entry {
            kind: EntryKind::Lifecycle,
            name: "activate".to_owned(),
        },
    }
}

/// Whether a call that should have made a plugin ready failed by the plugin's own fault.
fn kind_of(error: &CallError) -> LoadErrorKind {
    match error.kind() {
        CallErrorKind::Busy | CallErrorKind::Internal => LoadErrorKind::Internal,
        _ => LoadErrorKind::Registration,
    }
}

/// Runs what reads or writes files, away from the threads that serve.
async fn blocking<T: Send + 'static>(
    plugin: &PluginName,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, LoadError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        LoadError::new(
            plugin,
            LoadErrorKind::Internal,
            format!("reading its files broke off: {error}"),
        )
    })
}
