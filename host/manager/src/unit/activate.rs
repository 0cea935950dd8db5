//! What a version does once: before its first call its tables are laid out, and it is told that
//! it takes over; before what is kept of the plugin goes, it is told that as well.

use std::sync::Arc;
use std::time::{Duration, Instant};

use goatkit_capability::db::{MigrationError, migrate};
use goatkit_capability::grants::Rule;
use goatkit_capability::{Entry, EntryKind, SessionFacts};
use goatkit_package::StoredPackage;
use goatkit_runtime::{LoadError, LoadErrorKind, Plugin, Session};

use super::{Unit, blocking, kind_of};
use crate::register::Activated;

impl Unit {
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
    pub(super) async fn activated(&self, plugin: &Arc<dyn Plugin>) -> Result<(), LoadError> {
        self.migrated().await?;
        let last = self.last_activated().await?;
        if self.is(last.as_ref()) {
            return Ok(());
        }
        let from = last.map(|last| last.version);
        let session = self.for_itself("activate");
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

    /// `remove`, before what is kept of the plugin goes. Neither registered nor activated for it.
    pub(crate) async fn removed(&self) -> Result<(), LoadError> {
        let plugin = self.loaded().await?;
        let session = self.for_itself("remove");
        let answer = plugin.remove(&session).await;
        answer.map_err(|error| self.error(kind_of(&error), error.message()))
    }

    /// `deactivate`, after its last call and in a session of its own. It does nothing where this
    /// version has come back meanwhile.
    pub(crate) async fn deactivated(&self) -> Result<(), LoadError> {
        if self.was_activated().await? {
            return Ok(());
        }
        let plugin = self.loaded().await?;
        let session = self.for_itself("deactivate");
        let answer = plugin.deactivate(&session).await;
        answer.map_err(|error| self.error(kind_of(&error), error.message()))
    }

    /// A session in which it acts for nobody.
    fn for_itself(&self, entry: &str) -> Session {
        Session::open(facts(self.package(), entry), &self.house.gate)
    }

    /// Whether this version was activated last.
    pub(crate) async fn was_activated(&self) -> Result<bool, LoadError> {
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
}

/// Time for a version to be told what becomes of it, within the plugin's own limit for a call.
const TIME: Duration = Duration::from_secs(60);

/// The facts of the session in which a version is told what becomes of it.
fn facts(package: &StoredPackage, entry: &str) -> SessionFacts {
    let manifest = package.manifest();
    SessionFacts {
        actor: None,
        tenant: None,
        locale: manifest.default_locale.clone(),
        request_id: format!("{}-{}", manifest.name, manifest.version),
        deadline: Instant::now() + TIME,
        entry: Entry {
            kind: EntryKind::Lifecycle,
            name: entry.to_owned(),
        },
    }
}
