#![allow(clippy::unwrap_used)]

mod kept;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use goatkit_package::PluginName;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Config, Origin, Schema, Settings, SettingsError, Shown};
use crate::audit::{AuditLog, Auditor};
use crate::{CallFacts, Entry, EntryKind, Fault, PlatformDb, Scope, SessionFacts, Within};

/// A data folder with the settings that are kept in it.
struct Data {
    folder: TempDir,
    settings: Arc<Settings>,
}

impl Data {
    fn new() -> Self {
        Self::with_file(json!({}))
    }

    /// With what `gk.toml` fixes for the plugin `stats`.
    fn with_file(fixed: Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = open(&folder, fixed);
        Self { folder, settings }
    }

    /// The settings of another host on the same folder.
    fn another(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = open(&self.folder, json!({}));
        Self { folder, settings }
    }

    fn config(&self) -> Config {
        self.config_of("stats", schema())
    }

    fn config_of(&self, plugin: &str, schema: Schema) -> Config {
        let settings = Arc::clone(&self.settings);
        Config::new(
            Auditor::new(name(plugin), AuditLog::none()),
            Some(Arc::new(schema)),
            settings,
        )
    }

    fn set(&self, key: &str, value: Value) -> Result<(), SettingsError> {
        self.settings.set(&name("stats"), &schema(), key, value)
    }

    fn unset(&self, key: &str) -> Result<bool, SettingsError> {
        self.settings.unset(&name("stats"), key)
    }

    fn shown(&self, key: &str) -> Shown {
        let shown = self.settings.shown(&name("stats"), &schema()).unwrap();
        shown.into_iter().find(|shown| shown.key == key).unwrap()
    }

    fn secrets(&self) -> PathBuf {
        self.folder.path().join("secrets")
    }

    fn file(&self) -> PathBuf {
        self.secrets().join("stats.json")
    }
}

fn open(folder: &TempDir, fixed: Value) -> Arc<Settings> {
    let db = PlatformDb::open(folder.path()).unwrap();
    let fixed: BTreeMap<String, Value> = serde_json::from_value(fixed).unwrap();
    let fixed = BTreeMap::from([(name("stats"), fixed)]);
    Settings::open(db, &folder.path().join("secrets"), fixed).unwrap()
}

fn name(text: &str) -> PluginName {
    PluginName::parse(text).unwrap()
}

fn schema() -> Schema {
    let config = json!({
        "properties": {
            "page_size": { "type": "integer", "maximum": 100, "default": 20, "description": "Rows" },
            "url": { "type": "string" },
            "token": { "type": "string", "writeOnly": true, "minLength": 4 },
            "second": { "type": "string", "writeOnly": true },
        },
        "required": ["url", "token"],
    });
    Schema::parse(&config).unwrap()
}

fn scope() -> Scope {
    let deadline = Instant::now() + Duration::from_secs(300);
    Scope::Call(CallFacts {
        session: Arc::new(SessionFacts {
            actor: None,
            tenant: None,
            locale: "en".to_owned(),
            request_id: "1".to_owned(),
            deadline,
            entry: Entry {
                kind: EntryKind::Command,
                name: "test".to_owned(),
            },
        }),
        caller: None,
        within: Within::default(),
        deadline,
    })
}

fn get(config: &Config, key: &str) -> Result<Option<String>, Fault> {
    config.get(&scope(), key)
}

fn secret(config: &Config, key: &str) -> Result<Option<String>, Fault> {
    config.secret(&scope(), key)
}

fn text(value: &str) -> Result<Option<String>, Fault> {
    Ok(Some(value.to_owned()))
}

#[test]
fn a_value_is_what_was_set_else_the_default_else_nothing() {
    let data = Data::new();
    let config = data.config();
    assert_eq!(get(&config, "page_size"), text("20"));
    assert_eq!(get(&config, "url"), Ok(None));
    assert_eq!(secret(&config, "token"), Ok(None));
    assert_eq!(config.keys(&scope()).unwrap(), ["page_size"]);

    data.set("page_size", json!(50)).unwrap();
    data.set("url", json!("https://example.com")).unwrap();
    data.set("token", json!("hunter2")).unwrap();
    assert_eq!(get(&config, "page_size"), text("50"));
    assert_eq!(get(&config, "url"), text("\"https://example.com\""));
    assert_eq!(secret(&config, "token"), text("hunter2"));
    assert_eq!(
        config.keys(&scope()).unwrap(),
        ["page_size", "token", "url"]
    );

    for key in ["page_size", "url", "token"] {
        assert!(data.unset(key).unwrap(), "{key}");
        assert!(!data.unset(key).unwrap(), "{key} is unset now");
    }
    assert_eq!(get(&config, "page_size"), text("20"));
    assert_eq!(secret(&config, "token"), Ok(None));
    assert!(!data.file().exists(), "no secret, no file");
}

#[test]
fn what_is_not_declared_or_asked_otherwise_is_denied() {
    let data = Data::new();
    let config = data.config();
    let none = Config::new(
        Auditor::new(name("stats"), AuditLog::none()),
        None,
        Arc::clone(&data.settings),
    );
    let undeclared = "not granted: config: read the setting `x` (declare `x` under \
                      `config.properties` in manifest.yaml)";
    let long = "k".repeat(100_000);
    for (answer, expect) in [
        (get(&config, "x"), undeclared),
        (secret(&config, "x"), undeclared),
        (get(&none, "x"), undeclared),
        (
            get(&config, "token"),
            "not granted: config: read the secret `token` with `config.get` (read it with \
             `config.secret`)",
        ),
        (
            secret(&config, "url"),
            "not granted: config: read the setting `url` with `config.secret` (read it with \
             `config.get`, or declare it a secret with `writeOnly: true` under \
             `config.properties.url` in manifest.yaml)",
        ),
    ] {
        assert_eq!(answer.unwrap_err().to_string(), expect);
    }
    assert!(get(&config, &long).unwrap_err().to_string().len() < 300);
    assert!(none.keys(&scope()).unwrap().is_empty());
}

#[test]
fn nothing_answers_while_a_plugin_registers() {
    let config = Data::new().config();
    let registering = Scope::Registering;
    for fault in [
        config.get(&registering, "url").unwrap_err(),
        config.secret(&registering, "token").unwrap_err(),
        config.keys(&registering).unwrap_err(),
    ] {
        assert!(matches!(fault, Fault::Unavailable(_)), "{fault}");
    }
}

#[test]
fn what_does_not_fit_is_not_set() {
    let data = Data::new();
    data.set("page_size", json!(50)).unwrap();
    for (key, value, expect) in [
        (
            "page_size",
            json!(101),
            "the setting `page_size`: 101 is greater",
        ),
        (
            "pagesize",
            json!(1),
            "there is no setting `pagesize`; did you mean",
        ),
        (
            "token",
            json!("abc"),
            "the setting `token`: the secret is shorter",
        ),
        ("token", json!(1), "the setting `token`: a secret is a text"),
    ] {
        let error = data.set(key, value).unwrap_err().to_string();
        assert!(error.contains(expect), "{error}");
    }
    assert_eq!(get(&data.config(), "page_size"), text("50"));
    assert_eq!(secret(&data.config(), "token"), Ok(None));
}

#[test]
fn what_the_file_fixes_wins() {
    let data = Data::with_file(json!({ "page_size": 7, "token": "from-file" }));
    let config = data.config();
    assert_eq!(get(&config, "page_size"), text("7"));
    assert_eq!(secret(&config, "token"), text("from-file"));
    for refused in [
        data.set("page_size", json!(50)).unwrap_err(),
        data.unset("page_size").unwrap_err(),
    ] {
        assert_eq!(
            refused.to_string(),
            "the setting `page_size` of stats is set in gk.toml: change it there"
        );
    }
    data.set("url", json!("a")).unwrap();
    assert_eq!(data.shown("page_size").origin, Origin::File);
    assert_eq!(data.shown("token").value, None);
    let mut line = "it is from-file".to_owned();
    config.redact(&mut line);
    assert_eq!(line, "it is [secret]");
}

#[test]
fn what_the_file_fixes_wrongly_is_told() {
    let data = Data::with_file(json!({ "page_size": "many", "pagesize": 7, "url": "a" }));
    assert_eq!(
        data.settings.wrong_in_file(&name("stats"), &schema()),
        [
            "gk.toml: stats: the setting `page_size`: \"many\" is not of type \"integer\"",
            "gk.toml: stats: there is no setting `pagesize`; did you mean `page_size`?",
        ]
    );
    assert_eq!(get(&data.config(), "page_size"), text("20"));
    assert!(
        data.settings
            .wrong_in_file(&name("other"), &schema())
            .is_empty()
    );
}

#[test]
fn a_value_of_another_version_counts_as_not_set() {
    let data = Data::new();
    data.set("page_size", json!(50)).unwrap();
    data.set("url", json!("https://example.com")).unwrap();
    data.set("token", json!("hunter2")).unwrap();
    let upgraded = || {
        let config = json!({ "properties": {
            "page_size": { "type": "integer", "maximum": 30, "default": 10 },
            "url": { "type": "string", "writeOnly": true },
            "token": { "type": "string" },
        } });
        Schema::parse(&config).unwrap()
    };
    let config = data.config_of("stats", upgraded());
    assert_eq!(get(&config, "page_size"), text("10"));
    assert_eq!(
        secret(&config, "url"),
        Ok(None),
        "it was no secret when it was set"
    );
    assert_eq!(get(&config, "token"), Ok(None), "a secret stays one");
    let shown = data.settings.shown(&name("stats"), &upgraded()).unwrap();
    let problem = shown[0].problem.as_deref();
    assert_eq!(
        problem,
        Some("the setting `page_size`: 50 is greater than the maximum of 30")
    );
    let set = |key: &str, value: &str| {
        data.settings
            .set(&name("stats"), &upgraded(), key, json!(value))
    };
    set("url", "https://secret.example.com").unwrap();
    let database = fs::read(data.folder.path().join("platform.db-wal")).unwrap();
    assert!(!String::from_utf8_lossy(&database).contains("secret.example.com"));
    assert_eq!(
        get(&data.config(), "url"),
        Ok(None),
        "the plain value is gone"
    );
}

#[test]
fn a_plugin_sees_its_own_settings_only() {
    let data = Data::new();
    data.set("url", json!("mine")).unwrap();
    data.set("token", json!("hunter2")).unwrap();
    let other = data.config_of("stats-two", schema());
    assert_eq!(get(&other, "url"), Ok(None));
    assert_eq!(secret(&other, "token"), Ok(None));
    assert_eq!(get(&data.config(), "url"), text("\"mine\""));
}

#[test]
fn a_plugin_that_is_gone_leaves_nothing() {
    let data = Data::new();
    data.set("url", json!("mine")).unwrap();
    data.set("token", json!("hunter2")).unwrap();
    data.settings.remove(&name("stats")).unwrap();
    data.settings.remove(&name("stats")).unwrap();
    assert!(!data.file().exists());
    for data in [data.another(), data] {
        assert_eq!(get(&data.config(), "url"), Ok(None));
        assert_eq!(secret(&data.config(), "token"), Ok(None));
    }
}

#[test]
fn an_administrator_sees_all_but_secrets() {
    let data = Data::new();
    data.set("token", json!("hunter2")).unwrap();
    let size = data.shown("page_size");
    assert_eq!(
        (size.value, size.origin),
        (Some(json!(20)), Origin::Default)
    );
    assert_eq!(size.description, "Rows");
    data.set("page_size", json!(50)).unwrap();
    let size = data.shown("page_size");
    assert_eq!((size.value, size.origin), (Some(json!(50)), Origin::Set));
    let token = data.shown("token");
    assert_eq!(
        (token.value, token.origin, token.secret),
        (None, Origin::Set, true)
    );
    assert_eq!(data.shown("second").origin, Origin::Default);
    let all = data.settings.shown(&name("stats"), &schema()).unwrap();
    let all = format!("{all:?} {}", serde_json::to_string(&all).unwrap());
    assert!(!all.contains("hunter2"), "{all}");
    let missing = || data.settings.missing(&name("stats"), &schema()).unwrap();
    assert_eq!(missing(), ["url"]);
    data.set("url", json!("a")).unwrap();
    assert!(missing().is_empty());
}

#[test]
fn secrets_that_a_plugin_read_are_blackened() {
    let data = Data::new();
    data.set("token", json!("hunter2")).unwrap();
    data.set("second", json!("abc")).unwrap();
    let config = data.config();
    let clone = config.clone();
    assert!(config.secrets().is_empty());
    secret(&config, "token").unwrap();
    let check = |text: &str, expect: &str| {
        let mut found = text.to_owned();
        clone.redact(&mut found);
        assert_eq!(found, expect);
    };
    check("token=hunter2;", "token=[secret];");
    check(
        "abc is too short to be told from chance",
        "abc is too short to be told from chance",
    );
    data.set("token", json!("changed!")).unwrap();
    secret(&config, "token").unwrap();
    check("changed!", "[secret]");
    assert_eq!(*config.secrets(), ["changed!".to_owned()]);
}
