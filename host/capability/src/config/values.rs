//! Which of a plugin's values are in force: pure functions of a schema and of what was set.

use std::collections::BTreeMap;
use std::sync::Arc;

use goatkit_package::PluginName;
use serde_json::Value;

use super::redact::blackened;
use super::schema::Schema;

/// Where a setting's value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The schema's default, or nothing: it was not set.
    Default,
    /// An administrator set it.
    Set,
    /// It stands in `gk.toml`.
    File,
}

/// What was set for a plugin, wherever that is kept.
#[derive(Default)]
pub(super) struct Values {
    pub(super) fixed: BTreeMap<String, Value>,
    pub(super) plain: BTreeMap<String, Value>,
    /// None if they cannot be read.
    pub(super) secrets: Option<BTreeMap<String, Value>>,
}

/// The value of one setting.
pub(super) struct Chosen<'v> {
    pub(super) value: Option<&'v Value>,
    pub(super) origin: Origin,
    /// Why something that was set counts as not set.
    pub(super) problem: Option<String>,
}

impl Values {
    /// What is fixed comes before what was set. What does not fit, because it was set for
    /// another version, counts as not set.
    pub(super) fn chosen<'v>(&'v self, schema: &'v Schema, key: &str) -> Chosen<'v> {
        let set = match schema.is_secret(key) {
            true => self.secrets.as_ref().and_then(|secrets| secrets.get(key)),
            false => self.plain.get(key),
        };
        let fixed = self.fixed.get(key).map(|value| (value, Origin::File));
        let found = fixed.or_else(|| set.map(|value| (value, Origin::Set)));
        let default = |problem| Chosen {
            value: schema.default(key),
            origin: Origin::Default,
            problem,
        };
        match found {
            None => default(None),
            Some((value, origin)) => match schema.check(key, value) {
                Err(problem) => default(Some(problem)),
                Ok(()) => Chosen {
                    value: Some(value),
                    origin,
                    problem: None,
                },
            },
        }
    }
}

/// What a plugin's calls read: the values that fit its schema, ready to be answered.
pub(super) struct InForce {
    /// What it was made from: as long as that is held, this is right.
    pub(super) from: Arc<Values>,
    /// As JSON texts.
    pub(super) plain: BTreeMap<String, String>,
    pub(super) secrets: BTreeMap<String, String>,
    /// The texts that must not be seen.
    pub(super) blackened: Arc<[String]>,
}

impl InForce {
    pub(super) fn of(plugin: &PluginName, schema: &Schema, from: Arc<Values>) -> Self {
        let mut plain = BTreeMap::new();
        let mut secrets = BTreeMap::new();
        for key in schema.keys() {
            let chosen = from.chosen(schema, key);
            if let Some(problem) = chosen.problem {
                tracing::warn!(%plugin, key, problem, "a setting that does not fit counts as not set");
            }
            match chosen.value {
                Some(Value::String(secret)) if schema.is_secret(key) => {
                    secrets.insert(key.to_owned(), secret.clone());
                }
                Some(value) => drop(plain.insert(key.to_owned(), value.to_string())),
                None => {}
            }
        }
        let blackened = blackened(secrets.values());
        Self {
            from,
            plain,
            secrets,
            blackened,
        }
    }
}
