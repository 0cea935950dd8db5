//! One version of one plugin, from found to loaded. However many ask at once, it is
//! loaded once, and registered once.

mod activate;
mod ending;
mod house;
mod slot;

use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Instant, SystemTime};

use goatkit_capability::config::{Schema, SettingsError};
use goatkit_capability::grants::{Powers, Rules, granted_limits};
use goatkit_capability::log::Log;
use goatkit_capability::schedule::{self, Callbacks};
use goatkit_capability::{Rooms, plugins};
use goatkit_package::{PluginName, StoredPackage};
use goatkit_runtime::{
    CallError, CallErrorKind, Limits, LoadError, LoadErrorKind, Loadable, Plugin, Registration,
    Runtime,
};
use tokio::sync::{OnceCell, watch};

use crate::counted::Counted;
use crate::discover::Found;
use crate::happenings::{Away, What, milliseconds};
use crate::life::Conduct;
use crate::register;

pub(crate) use ending::{Ending, Stopped};
pub(crate) use house::{Beat, House};
pub(crate) use slot::Held;
use slot::Slot;

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
    /// Its code, while that is in memory.
    slot: Slot,
    /// This version is registered and activated: once, however often its code comes and goes.
    ready: OnceCell<()>,
    /// What will be wrong however often it is tried.
    broken: OnceLock<LoadError>,
    /// How it has been doing: another version begins anew.
    conduct: Arc<Conduct>,
    /// Its log, for what the host has to tell of it.
    log: OnceLock<Log>,
    /// Ends its calls when somebody stops it.
    ending: Arc<Ending>,
    /// Nothing is ever sent: who listens learns when it is gone.
    gone: watch::Sender<()>,
}

/// A plugin with its registration: what templates and pages need to know of it.
#[derive(Clone)]
pub struct Active {
    /// The store's copy.
    pub package: StoredPackage,
    /// What it registered, checked.
    pub registration: Arc<Registration>,
    /// The version of the plugin that registered it: whoever shows it calls this one.
    pub(crate) unit: Arc<Unit>,
}

impl Active {
    /// The plugin's name.
    pub fn name(&self) -> &PluginName {
        &self.package.manifest().name
    }
}

/// Where a unit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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
        let limits = allowed_limits(&found, &powers, house);
        let version = (found.name(), found.version());
        let unit = Arc::new(Self {
            conduct: Conduct::new(version, limits.call, house),
            limits,
            found,
            powers,
            empowering: Mutex::default(),
            house: Arc::clone(house),
            registration,
            callbacks,
            slot: Slot::default(),
            ready: OnceCell::new(),
            broken: OnceLock::new(),
            log: OnceLock::new(),
            ending: Arc::default(),
            gone: watch::Sender::default(),
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

    /// Which plugins it may call.
    pub(crate) fn plugins_grant(&self) -> &plugins::Granted {
        self.powers.plugins()
    }

    /// Its log. What is secret of its settings is taken out there, also of what the host writes.
    pub(crate) fn log(&self) -> &Log {
        self.log.get_or_init(|| self.rooms().log)
    }

    /// How it has been doing.
    pub(crate) fn conduct(&self) -> &Conduct {
        &self.conduct
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
        let in_force = match self.stopped() {
            // What of it still runs does nothing any more.
            Some(_) => Rules::new(),
            None => self.found.verdict(&self.house.ledger).in_force,
        };
        if *self.powers.rules() != in_force {
            self.powers.set(in_force);
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
        } else if self.slot.held().is_some() {
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

    /// What it registered, if that is known already.
    pub(crate) fn registration(&self) -> Option<&Registration> {
        self.registration.get().map(Arc::as_ref)
    }

    /// The same, with the version that registered it.
    pub fn active(self: &Arc<Self>) -> Option<Active> {
        let registration = Arc::clone(self.registration.get()?);
        Some(self.with_registration(registration))
    }

    fn with_registration(self: &Arc<Self>, registration: Arc<Registration>) -> Active {
        Active {
            package: self.package().clone(),
            registration,
            unit: Arc::clone(self),
        }
    }

    /// The registration: as it was kept, or asked of the plugin now.
    pub(crate) async fn register(self: &Arc<Self>) -> Result<Active, LoadError> {
        self.unless_broken()?;
        let registration = self
            .registration
            .get_or_try_init(|| self.registered())
            .await;
        let registration = self.remember(registration)?;
        self.callbacks.set(job_names(registration));
        Ok(self.with_registration(Arc::clone(registration)))
    }

    /// Learns what it brings. One that has jobs is activated as well, if this version never
    /// was: nobody may ever call what plans its work.
    pub(crate) async fn prepare(self: &Arc<Self>) -> Result<(), LoadError> {
        let active = self.register().await?;
        if !active.registration.jobs.is_empty() && !self.was_activated().await? {
            self.plugin().await?;
        }
        Ok(())
    }

    /// The plugin, loaded, registered and activated.
    pub(crate) async fn plugin(self: &Arc<Self>) -> Result<Arc<dyn Plugin>, LoadError> {
        if let Some(plugin) = self.ready() {
            return Ok(plugin);
        }
        self.register().await?;
        let plugin = self.loaded().await?;
        self.remember(self.ready.get_or_try_init(|| self.activated(&plugin)).await)?;
        Ok(plugin)
    }

    /// The plugin, if it is loaded, registered and activated already.
    pub(crate) fn ready(&self) -> Option<Arc<dyn Plugin>> {
        self.ready.get().filter(|()| self.stopped().is_none())?;
        self.slot.for_a_call(&self.house.beat)
    }

    /// Takes its code out of memory; whether it was there.
    pub(crate) fn unload(&self, why: Away) -> bool {
        let was_there = self.slot.take().is_some();
        if was_there {
            tracing::info!(plugin = %self.name(), ?why, "unloaded");
            self.tell(What::Unloaded { why });
        }
        was_there
    }

    /// What ends when nobody can call it any more.
    pub(crate) fn gone(&self) -> watch::Receiver<()> {
        self.gone.subscribe()
    }

    /// Its code, if that is in memory, for whoever does not call it.
    pub(crate) fn held(&self) -> Option<Arc<Held>> {
        self.slot.held()
    }

    /// When it was last called, to within a beat.
    pub(crate) fn last_used(&self) -> Option<SystemTime> {
        self.slot.last_used()
    }

    /// Whether its code stays in memory.
    pub(crate) fn is_pinned(&self) -> bool {
        self.house.is_pinned(self.name())
    }

    fn rooms(&self) -> Rooms {
        let services = &self.house.services;
        services.rooms(self.package(), &self.powers, &self.callbacks)
    }

    async fn loaded(&self) -> Result<Arc<dyn Plugin>, LoadError> {
        self.unless_broken()?;
        let beat = &self.house.beat;
        let loaded = self.remember(self.slot.or_load(beat, || self.load()).await)?;
        if self.stopped().is_some() {
            // Meanwhile, and nobody else puts it away.
            self.unload(Away::Stopped);
            self.unless_broken()?;
        }
        Ok(loaded)
    }

    async fn load(&self) -> Result<Held, LoadError> {
        let manifest = self.package().manifest();
        tracing::info!(plugin = %manifest.name, version = %manifest.version, "loading");
        let begin = Instant::now();
        self.hold_settings().await?;
        let unit = Loadable {
            package: self.package().clone(),
            rooms: self.rooms(),
            limits: self.limits,
            isolation: manifest.isolation,
        };
        let plugin = self.runtime()?.load(unit).await?;
        let milliseconds = milliseconds(begin.elapsed());
        self.tell(What::Loaded { milliseconds });
        let since = self.house.mark();
        let ending = Arc::clone(&self.ending);
        let plugin = Counted::of(&self.conduct, plugin, ending);
        // Whoever keeps the memory in bounds looks at once.
        self.house.look.notify_one();
        Ok(Held { plugin, since })
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

    /// The plugin's name.
    pub fn name(&self) -> &PluginName {
        &self.package().manifest().name
    }

    /// Tells what became of it.
    pub(crate) fn tell(&self, what: What) {
        let version = &self.package().manifest().version;
        let happenings = &self.house.happenings;
        happenings.tell(self.name(), Some(version), what);
    }

    fn error(&self, kind: LoadErrorKind, text: String) -> LoadError {
        LoadError::new(self.name(), kind, text)
    }

    fn unless_broken(&self) -> Result<(), LoadError> {
        if let Some(why) = self.stopped() {
            return Err(self.error(LoadErrorKind::Stopped, why.text(self.name())));
        }
        self.broken.get().map_or(Ok(()), |error| Err(error.clone()))
    }

    /// An error that lies in the package stays until the package changes; one that lies in
    /// the host or in a grant may be gone the next time.
    fn remember<T>(&self, result: Result<T, LoadError>) -> Result<T, LoadError> {
        use LoadErrorKind::{Internal, NotGranted, Stopped};
        let host = |kind| matches!(kind, Internal | NotGranted | Stopped);
        if let Err(error) = &result
            && !host(error.kind())
            && self.broken.set(error.clone()).is_ok()
        {
            tracing::warn!("{error}");
            let reason = error.message().to_owned();
            self.tell(What::Broken { reason });
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

/// Whether a call that should have made a plugin ready failed by the plugin's own fault.
fn kind_of(error: &CallError) -> LoadErrorKind {
    match error.kind() {
        CallErrorKind::Busy | CallErrorKind::Internal => LoadErrorKind::Internal,
        CallErrorKind::Stopped => LoadErrorKind::Stopped,
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
