//! Plugins' settings, as administrators see and set them.

use std::sync::Arc;

use goatkit_capability::config::{Schema, SettingsError, Shown};
use goatkit_package::PluginName;
use serde_json::Value;

use crate::error::FindError;
use crate::manager::Manager;

/// Why a setting was not shown or set.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// There is no such plugin.
    #[error(transparent)]
    Find(#[from] FindError),
    /// The plugin declares no settings.
    #[error("plugin `{0}` has no settings: its manifest.yaml has no `config`")]
    None(PluginName),
    /// The value does not fit, or cannot be kept.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

impl Manager {
    /// The settings that a plugin declares, with their values; of secrets only whether they
    /// are set.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub async fn settings(self: &Arc<Self>, name: &PluginName) -> Result<Vec<Shown>, ConfigError> {
        let plugin = name.clone();
        self.apart(move |manager| manager.shown(&plugin)).await
    }

    /// Sets a setting, or takes back what was set. It counts from the plugin's next look on.
    ///
    /// # Errors
    /// [`ConfigError`]; nothing was set then.
    pub async fn set_setting(
        self: &Arc<Self>,
        name: &PluginName,
        key: &str,
        value: Option<Value>,
    ) -> Result<Vec<Shown>, ConfigError> {
        let (plugin, key) = (name.clone(), key.to_owned());
        self.apart(move |manager| {
            let schema = manager.schema(&plugin)?;
            let settings = &manager.house.services.settings;
            match value {
                Some(value) => settings.set(&plugin, &schema, &key, value)?,
                None => settings.unset(&plugin, &key).map(drop)?,
            }
            manager.shown(&plugin)
        })
        .await
    }

    fn shown(&self, name: &PluginName) -> Result<Vec<Shown>, ConfigError> {
        let schema = self.schema(name)?;
        Ok(self.house.services.settings.shown(name, &schema)?)
    }

    /// What the version that serves or was disabled, or else the one that waits, declares.
    fn schema(&self, name: &PluginName) -> Result<Schema, ConfigError> {
        let snapshot = self.snapshot();
        let serving = snapshot.unit(name).map(|unit| unit.package());
        let waiting = snapshot.waiting.get(name).map(|it| &it.found.package);
        let package = serving
            .or(waiting)
            .ok_or_else(|| self.unknown(name.as_str()))?;
        let declared = package.manifest().config.as_ref();
        // What does not parse was refused when the package was found.
        declared
            .and_then(|declared| Schema::parse(declared).ok())
            .ok_or_else(|| ConfigError::None(name.clone()))
    }
}
