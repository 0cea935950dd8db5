//! config: the plugin's own settings.
//!
//! Gives: the values of the settings that the plugin's manifest declares, as an administrator
//! set them. Never: another plugin's settings, a way to change one, or a secret where it was
//! not asked for as a secret. Free for all: what may be read is in `schema` instead of a
//! grant.

mod backend;
mod bounds;
mod redact;
mod schema;
mod secrets;
#[cfg(test)]
mod tests;
mod values;

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use goatkit_package::limits::MAX_SETTING_KEY;

use crate::audit::Auditor;
use crate::grants::{Powers, SECRETS};
use crate::json_schema::shortened;
use crate::{Denial, Fault, Scope};

pub use backend::{Settings, SettingsError, Shown};
pub use schema::{MAX_DESCRIPTION, MAX_VALUE_BYTES, Schema};
pub use values::Origin;

use values::InForce;

/// A plugin's handle on the room.
#[derive(Clone)]
pub struct Config {
    auditor: Auditor,
    schema: Option<Arc<Schema>>,
    settings: Arc<Settings>,
    /// Whether the secrets are granted; they are where nobody asks.
    powers: Option<Powers>,
    /// What was found to be in force at the last call.
    known: Arc<ArcSwapOption<InForce>>,
}

impl Config {
    /// A handle of the auditor's plugin on its settings; none if its manifest declares none.
    pub fn new(auditor: Auditor, schema: Option<Arc<Schema>>, settings: Arc<Settings>) -> Self {
        Self {
            auditor,
            schema,
            settings,
            powers: None,
            known: Arc::default(),
        }
    }

    /// The handle of a plugin whose secrets are granted or not.
    #[must_use]
    pub fn guarded(self, powers: Powers) -> Self {
        let powers = Some(powers);
        Self { powers, ..self }
    }

    /// The value of a setting as JSON: what was set, else the default, else nothing.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] while the plugin registers, or when the host cannot read its
    /// settings; [`Fault::Denied`] for what the manifest does not declare, and for a secret.
    pub fn get(&self, scope: &Scope, key: &str) -> Result<Option<String>, Fault> {
        self.auditor.heard(scope, self.setting(scope, key))
    }

    fn setting(&self, scope: &Scope, key: &str) -> Result<Option<String>, Fault> {
        scope.call()?;
        let schema = self.declaring(key)?;
        if schema.is_secret(key) {
            return Err(denied(
                format!("read the secret `{key}` with `config.get`"),
                "read it with `config.secret`".to_owned(),
            ));
        }
        Ok(self.in_force(schema)?.plain.get(key).cloned())
    }

    /// The value of a secret; nothing if it was not set.
    ///
    /// # Errors
    /// As [`Config::get`], with a setting that is no secret refused instead.
    pub fn secret(&self, scope: &Scope, key: &str) -> Result<Option<String>, Fault> {
        self.auditor.heard(scope, self.secret_setting(scope, key))
    }

    fn secret_setting(&self, scope: &Scope, key: &str) -> Result<Option<String>, Fault> {
        scope.call()?;
        let schema = self.declaring(key)?;
        if !schema.is_secret(key) {
            return Err(denied(
                format!("read the setting `{key}` with `config.secret`"),
                format!(
                    "read it with `config.get`, or declare it a secret with `writeOnly: true` \
                     under `config.properties.{key}` in manifest.yaml"
                ),
            ));
        }
        if let Some(powers) = &self.powers {
            powers.permits(scope, SECRETS)?;
        }
        let in_force = self.in_force(schema)?;
        match in_force.secrets.get(key) {
            None if in_force.from.secrets.is_none() => Err(unreadable("secrets")),
            secret => Ok(secret.cloned()),
        }
    }

    /// The settings and secrets that have a value, sorted.
    ///
    /// # Errors
    /// [`Fault::Unavailable`], as [`Config::get`].
    pub fn keys(&self, scope: &Scope) -> Result<Vec<String>, Fault> {
        scope.call()?;
        let Some(schema) = &self.schema else {
            return Ok(Vec::new());
        };
        let in_force = self.in_force(schema)?;
        let keys = in_force.plain.keys().chain(in_force.secrets.keys());
        let mut keys: Vec<String> = keys.cloned().collect();
        keys.sort_unstable();
        Ok(keys)
    }

    /// The texts that [`Config::redact`] looks for: the secrets that the plugin may have read,
    /// as they are and as they stand in JSON.
    pub fn secrets(&self) -> Arc<[String]> {
        match &*self.known.load() {
            Some(known) => Arc::clone(&known.blackened),
            None => Arc::default(),
        }
    }

    /// Replaces every secret of the plugin in a text that somebody else will read. A secret of
    /// less than four bytes is left: it turns up by chance. One that the plugin has not read
    /// yet can be in no text of its own.
    pub fn redact(&self, text: &mut String) {
        if let Some(known) = &*self.known.load() {
            redact::redact(text, &known.blackened);
        }
    }

    fn declaring(&self, key: &str) -> Result<&Schema, Fault> {
        let schema = self.schema.as_deref();
        schema.filter(|schema| schema.declares(key)).ok_or_else(|| {
            let key = shortened(key, MAX_SETTING_KEY);
            denied(
                format!("read the setting `{key}`"),
                format!("declare `{key}` under `config.properties` in manifest.yaml"),
            )
        })
    }

    fn in_force(&self, schema: &Schema) -> Result<Arc<InForce>, Fault> {
        let values = self.settings.values(self.auditor.plugin()).map_err(|error| {
            tracing::error!(plugin = %self.auditor.plugin(), %error, "the plugin's settings cannot be read");
            unreadable("settings")
        })?;
        if let Some(known) = self.known.load_full()
            && Arc::ptr_eq(&known.from, &values)
        {
            return Ok(known);
        }
        let fresh = Arc::new(InForce::of(self.auditor.plugin(), schema, values));
        self.known.store(Some(Arc::clone(&fresh)));
        Ok(fresh)
    }
}

fn denied(asked: String, remedy: String) -> Fault {
    Fault::Denied(Denial {
        capability: "config".to_owned(),
        asked,
        remedy,
    })
}

fn unreadable(what: &str) -> Fault {
    Fault::Unavailable(format!(
        "the {what} of this plugin cannot be read; the host's log says why"
    ))
}
