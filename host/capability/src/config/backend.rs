//! Where settings are kept: plain ones in the platform's database, secrets in a folder of
//! their own, and those that the operator fixed in `gk.toml`. What a plugin reads is held in
//! memory; a change goes to disk and memory together.
//!
//! Calls block, all but the reading of what is held: they belong on a thread that may.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use goatkit_package::PluginName;
use rusqlite::Connection;
use serde_json::Value;

use super::schema::Schema;
use super::secrets::SecretsFolder;
use super::values::{Origin, Values};
use crate::{PlatformDb, PlatformError};

/// Why settings were not read or set.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// There is no such setting, or the value does not fit it.
    #[error("{0}")]
    Invalid(String),
    /// The operator decided it.
    #[error("the setting `{key}` of {plugin} is set in gk.toml: change it there")]
    Fixed {
        /// Whose setting it is.
        plugin: PluginName,
        /// The setting.
        key: String,
    },
    /// A file of secrets that others may read is not trusted.
    #[error("{path} may be read by others: make it private (chmod 600) and set its secrets anew")]
    Exposed {
        /// The file.
        path: PathBuf,
    },
    /// A file of secrets is damaged.
    #[error("{path} is damaged: restore it, or remove it and set its secrets anew")]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// The secrets' folder or a file in it cannot be used.
    #[error("the secrets in {path}: {source}")]
    Secrets {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The platform's database did not do what was asked.
    #[error(transparent)]
    Database(#[from] PlatformError),
}

/// A setting as an administrator sees it.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Shown {
    /// Its key.
    pub key: String,
    /// Its value; never that of a secret.
    pub value: Option<Value>,
    /// Where the value comes from. A secret that was set has another origin than the default.
    pub origin: Origin,
    /// Whether it is a secret.
    pub secret: bool,
    /// What the manifest says of it.
    pub description: String,
    /// Why what was set counts as not set.
    pub problem: Option<String>,
}

/// The settings of all plugins of a host.
pub struct Settings {
    db: PlatformDb,
    secrets: SecretsFolder,
    fixed: BTreeMap<PluginName, BTreeMap<String, Value>>,
    held: ArcSwap<BTreeMap<PluginName, Arc<Values>>>,
    /// Held from a change until what it changed is held in memory.
    changing: Mutex<()>,
}

impl Settings {
    /// Settings in a database and a folder, which is made if there is none. What is in `fixed`
    /// comes before what is set.
    ///
    /// # Errors
    /// [`SettingsError::Secrets`] when the folder cannot be made or kept private.
    pub fn open(
        db: PlatformDb,
        secrets: &Path,
        fixed: BTreeMap<PluginName, BTreeMap<String, Value>>,
    ) -> Result<Arc<Self>, SettingsError> {
        Ok(Arc::new(Self {
            db,
            secrets: SecretsFolder::open(secrets)?,
            fixed,
            held: ArcSwap::default(),
            changing: Mutex::default(),
        }))
    }

    /// Reads the values of a plugin, so that none of its calls waits for the disk.
    ///
    /// # Errors
    /// [`SettingsError::Database`]. Secrets that cannot be read are a line in the host's log,
    /// and are unavailable to the plugin.
    pub fn hold(&self, plugin: &PluginName) -> Result<(), SettingsError> {
        self.values(plugin).map(drop)
    }

    /// Sets a value.
    ///
    /// # Errors
    /// [`SettingsError`]. What is held is what is on disk, here too.
    pub fn set(
        &self,
        plugin: &PluginName,
        schema: &Schema,
        key: &str,
        value: Value,
    ) -> Result<(), SettingsError> {
        self.changeable(plugin, key)?;
        schema.check(key, &value).map_err(SettingsError::Invalid)?;
        let changing = self.changing();
        // The database's lock of writers is that of the files too, for other processes.
        let set = self.db.with(|db| match schema.is_secret(key) {
            false => put(db, plugin, key, &value).map(Ok),
            true => match self.set_secret(plugin, key, value) {
                // From a version of the plugin in which it was no secret.
                Ok(()) => take(db, plugin, key).map(|_| Ok(())),
                failed => Ok(failed),
            },
        });
        self.changed(&changing, plugin, set)
    }

    /// Forgets what was set. True if something was.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn unset(&self, plugin: &PluginName, key: &str) -> Result<bool, SettingsError> {
        self.changeable(plugin, key)?;
        let changing = self.changing();
        let unset = self.db.with(|db| match self.unset_secret(plugin, key) {
            Ok(secret) => take(db, plugin, key).map(|plain| Ok(plain || secret)),
            failed => Ok(failed),
        });
        self.changed(&changing, plugin, unset)
    }

    /// How many settings were set for a plugin, and how many of its secrets: by whatever version.
    ///
    /// # Errors
    /// [`SettingsError`], also when the secrets cannot be read.
    pub fn kept(&self, plugin: &PluginName) -> Result<(usize, usize), SettingsError> {
        let secrets = self.secrets.read(plugin)?;
        let plain = self.db.with(|db| plain(db, plugin))?;
        Ok((plain.len(), secrets.len()))
    }

    /// Forgets all that was set for a plugin that is gone.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn remove(&self, plugin: &PluginName) -> Result<(), SettingsError> {
        let changing = self.changing();
        let removed = self.db.with(|db| match self.secrets.remove(plugin) {
            Ok(()) => {
                let all = "DELETE FROM settings WHERE plugin = ?1";
                db.execute(all, [plugin.as_str()]).map(|_| Ok(()))
            }
            failed => Ok(failed),
        });
        self.changed(&changing, plugin, removed)
    }

    /// The settings of a plugin, by key, as they are on disk now.
    ///
    /// # Errors
    /// [`SettingsError`], also when the secrets cannot be read.
    pub fn shown(&self, plugin: &PluginName, schema: &Schema) -> Result<Vec<Shown>, SettingsError> {
        let values = self.reread(&self.changing(), plugin)?;
        if values.secrets.is_none() {
            self.secrets.read(plugin)?;
        }
        let shown = schema.keys().map(|key| {
            let chosen = values.chosen(schema, key);
            let secret = schema.is_secret(key);
            Shown {
                key: key.to_owned(),
                value: chosen.value.filter(|_| !secret).cloned(),
                origin: chosen.origin,
                secret,
                description: schema.description(key).to_owned(),
                problem: chosen.problem,
            }
        });
        Ok(shown.collect())
    }

    /// The required settings that have no value.
    ///
    /// # Errors
    /// [`SettingsError::Database`].
    pub fn missing(
        &self,
        plugin: &PluginName,
        schema: &Schema,
    ) -> Result<Vec<String>, SettingsError> {
        let values = self.values(plugin)?;
        let missing = schema.missing(|key| values.chosen(schema, key).value.is_some());
        Ok(missing.into_iter().map(str::to_owned).collect())
    }

    /// What is wrong with a plugin's part of `gk.toml`: one sentence each.
    pub fn wrong_in_file(&self, plugin: &PluginName, schema: &Schema) -> Vec<String> {
        let fixed = self.fixed.get(plugin).into_iter().flatten();
        let wrong = fixed.filter_map(|(key, value)| schema.check(key, value).err());
        wrong
            .map(|wrong| format!("gk.toml: {plugin}: {wrong}"))
            .collect()
    }

    /// What was set for a plugin; it is read from disk if it is not held.
    pub(super) fn values(&self, plugin: &PluginName) -> Result<Arc<Values>, SettingsError> {
        if let Some(values) = self.held(plugin) {
            return Ok(values);
        }
        let changing = self.changing();
        match self.held(plugin) {
            Some(read_meanwhile) => Ok(read_meanwhile),
            None => self.reread(&changing, plugin),
        }
    }

    fn held(&self, plugin: &PluginName) -> Option<Arc<Values>> {
        self.held.load().get(plugin).map(Arc::clone)
    }

    fn changing(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changeable(&self, plugin: &PluginName, key: &str) -> Result<(), SettingsError> {
        let fixed = self.fixed.get(plugin);
        match fixed.is_some_and(|fixed| fixed.contains_key(key)) {
            false => Ok(()),
            true => Err(SettingsError::Fixed {
                plugin: plugin.clone(),
                key: key.to_owned(),
            }),
        }
    }

    fn set_secret(
        &self,
        plugin: &PluginName,
        key: &str,
        value: Value,
    ) -> Result<(), SettingsError> {
        let mut secrets = self.secrets.read(plugin)?;
        secrets.insert(key.to_owned(), value);
        self.secrets.write(plugin, &secrets)
    }

    fn unset_secret(&self, plugin: &PluginName, key: &str) -> Result<bool, SettingsError> {
        let mut secrets = self.secrets.read(plugin)?;
        let was_set = secrets.remove(key).is_some();
        if was_set {
            self.secrets.write(plugin, &secrets)?;
        }
        Ok(was_set)
    }

    /// Holds in memory what a change has left on disk, whether it worked or not.
    fn changed<T>(
        &self,
        changing: &MutexGuard<'_, ()>,
        plugin: &PluginName,
        result: Result<Result<T, SettingsError>, PlatformError>,
    ) -> Result<T, SettingsError> {
        let reread = self.reread(changing, plugin);
        let answer = result??;
        reread.map(|_| answer)
    }

    /// Reads what is on disk and holds it; nothing if it cannot be read.
    fn reread(
        &self,
        _changing: &MutexGuard<'_, ()>,
        plugin: &PluginName,
    ) -> Result<Arc<Values>, SettingsError> {
        let read = self.read(plugin).map(Arc::new);
        let mut held = BTreeMap::clone(&self.held.load());
        match &read {
            Ok(values) => held.insert(plugin.clone(), Arc::clone(values)),
            Err(_) => held.remove(plugin),
        };
        self.held.store(Arc::new(held));
        read
    }

    fn read(&self, plugin: &PluginName) -> Result<Values, SettingsError> {
        let secrets = self.secrets.read(plugin);
        if let Err(error) = &secrets {
            tracing::error!(%plugin, %error, "the plugin's secrets cannot be read");
        }
        Ok(Values {
            fixed: self.fixed.get(plugin).cloned().unwrap_or_default(),
            plain: self.db.with(|db| plain(db, plugin))?,
            secrets: secrets.ok(),
        })
    }
}

fn put(db: &Connection, plugin: &PluginName, key: &str, value: &Value) -> rusqlite::Result<()> {
    let put = "INSERT INTO settings (plugin, key, value) VALUES (?1, ?2, ?3)
               ON CONFLICT (plugin, key) DO UPDATE SET value = excluded.value";
    db.execute(put, (plugin.as_str(), key, value.to_string()))
        .map(drop)
}

fn take(db: &Connection, plugin: &PluginName, key: &str) -> rusqlite::Result<bool> {
    let take = "DELETE FROM settings WHERE plugin = ?1 AND key = ?2";
    let rows = db.execute(take, (plugin.as_str(), key))?;
    Ok(rows > 0)
}

fn plain(db: &Connection, plugin: &PluginName) -> rusqlite::Result<BTreeMap<String, Value>> {
    let mut select = db.prepare("SELECT key, value FROM settings WHERE plugin = ?1")?;
    let rows = select.query_map([plugin.as_str()], |row| {
        Ok((row.get(0)?, row.get::<_, String>(1)?))
    })?;
    let mut values = BTreeMap::new();
    for row in rows {
        let (key, text): (String, _) = row?;
        match serde_json::from_str(&text) {
            Ok(value) => drop(values.insert(key, value)),
            Err(_) => tracing::warn!(%plugin, key, "a setting that is no JSON counts as not set"),
        }
    }
    Ok(values)
}
