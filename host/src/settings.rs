//! `DATA/gk.toml`: what the operator of a host decides. Every key may be left out.
//!
//! ```toml
//! [database]                # the application's, that plugins may be granted tables of
//! sqlite = "app.db"         # a file, seen from the data folder
//! max_bytes = "1GiB"        # how large plugins may make it
//!
//! [config.stats]            # settings of the plugin `stats`; they win over `gk plugin config`
//! default_range = "90d"
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use goatkit_capability::db::SqliteOptions;
use goatkit_package::{PluginName, parse_bytes};
use serde::Deserialize;
use serde_json::Value;

/// The application's database where nobody names another.
const DATABASE: &str = "app.db";

/// How large plugins may make it where nobody says.
const MAX_DATABASE_BYTES: i64 = 4 << 30;

/// What was written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SettingsFile {
    #[serde(default)]
    database: DatabaseFile,
    #[serde(default)]
    config: BTreeMap<String, BTreeMap<String, Value>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct DatabaseFile {
    sqlite: Option<PathBuf>,
    max_bytes: Option<String>,
}

/// What it means.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) database: SqliteOptions,
    pub(crate) config: BTreeMap<PluginName, BTreeMap<String, Value>>,
}

/// Why `gk.toml` cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {what}")]
pub struct SettingsError {
    path: PathBuf,
    what: String,
}

impl Settings {
    /// Reads `DATA/gk.toml`; what is not there is as its defaults.
    pub(crate) fn read(data: &Path) -> Result<Self, SettingsError> {
        let path = data.join("gk.toml");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => {
                let what = format!("cannot be read: {error}");
                return Err(SettingsError { path, what });
            }
        };
        Self::parse(data, &text).map_err(|what| SettingsError { path, what })
    }

    fn parse(data: &Path, text: &str) -> Result<Self, String> {
        let file: SettingsFile = toml::from_str(text).map_err(|error| error.to_string())?;
        let DatabaseFile { sqlite, max_bytes } = file.database;
        let max_bytes = match max_bytes {
            None => MAX_DATABASE_BYTES,
            Some(text) => parse_bytes(&text)
                .map_err(|error| format!("database.max_bytes: {error}"))?
                .try_into()
                .unwrap_or(i64::MAX),
        };
        // One that is named belongs to the application, with the settings it has; an absolute
        // path stays as it is.
        let database = match sqlite {
            Some(path) => SqliteOptions::existing(data.join(path)),
            None => SqliteOptions::create(data.join(DATABASE)),
        };
        let mut config = BTreeMap::new();
        for (name, values) in file.config {
            let name =
                PluginName::parse(&name).map_err(|error| format!("config.{name}: {error}"))?;
            config.insert(name, values);
        }
        Ok(Self {
            database: database.max_file_bytes(max_bytes),
            config,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Settings, String> {
        Settings::parse(Path::new("/data"), text)
    }

    #[test]
    fn everything_may_be_left_out() {
        let settings = parse("").unwrap();
        assert!(settings.config.is_empty());
        assert!(format!("{:?}", settings.database).contains("/data/app.db"));
    }

    #[test]
    fn what_is_written_counts() {
        let text = "
            database = { sqlite = \"desk.db\", max_bytes = \"1MiB\" }
            [config.my-plugin]
            greeting = \"hello\"
        ";
        let settings = parse(text).unwrap();
        let database = format!("{:?}", settings.database);
        assert!(database.contains("/data/desk.db"), "{database}");
        assert!(database.contains("1048576"), "{database}");
        let name = PluginName::parse("my-plugin").unwrap();
        assert_eq!(settings.config[&name]["greeting"], "hello");
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, expect) in [
            ("databse = {}", "databse"),
            ("[database]\nurl = 1", "url"),
            ("[database]\nmax_bytes = \"much\"", "database.max_bytes"),
            ("[config.My_Plugin]\na = 1", "config.My_Plugin"),
            ("[database", "TOML parse error"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(expect), "{text}: {error}");
        }
    }
}
