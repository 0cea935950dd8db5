//! `DATA/gk.toml`: what the operator of a host decides. Every key may be left out.
//!
//! ```toml
//! [database]                # the application's, that plugins may be granted tables of
//! sqlite = "app.db"         # a file, seen from the data folder
//! max_bytes = "1GiB"        # how large plugins may make it
//!
//! [http]
//! certificates = ["ca.pem"] # trusted besides the machine's, when plugins send requests
//!
//! [mail]                    # without it plugins send no mail
//! smtp = "smtp://mail.example.com:587"   # STARTTLS; smtps:// for TLS from the start
//! user = "goat"
//! password_file = "smtp-password"        # seen from the data folder, like every file here
//! certificates = []
//! # folder = "mail"         # instead of a server: an .eml file for each message
//!
//! [cache]
//! redis = "redis://127.0.0.1/0"          # instead of this process's memory
//!
//! [site]
//! url = "https://desk.example.com"       # how browsers reach it: cookies are sent by https only
//!
//! [pages]                   # who may see the application's templates: of patterns that fit the
//! "/agent/*" = "signed-in"  # longest counts; `public`, `signed-in` or a permission
//!
//! [telemetry]               # without it no span leaves the process
//! otlp = "http://127.0.0.1:4318"         # where an OpenTelemetry collector takes them, by HTTP
//! service_name = "help-desk"
//! sample = 0.1              # of requests; all of them where nothing is said
//! accept = false            # whether the `traceparent` that a request brings counts
//!
//! [config.stats]            # settings of the plugin `stats`; they win over `gk plugin config`
//! default_range = "90d"
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use axum::http::Uri;
use goatkit_capability::db::SqliteOptions;
use goatkit_capability::mail::SmtpOptions;
use goatkit_package::{PluginName, parse_bytes};
use goatkit_runtime::Access;
use serde::Deserialize;
use serde_json::Value;

use crate::telemetry::{TelemetryFile, TelemetrySettings};

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
    http: HttpFile,
    mail: Option<MailFile>,
    #[serde(default)]
    cache: CacheFile,
    site: Option<SiteFile>,
    #[serde(default)]
    pages: BTreeMap<String, String>,
    telemetry: Option<TelemetryFile>,
    #[serde(default)]
    config: BTreeMap<String, BTreeMap<String, Value>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SiteFile {
    url: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct DatabaseFile {
    sqlite: Option<PathBuf>,
    max_bytes: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct HttpFile {
    #[serde(default)]
    certificates: Vec<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MailFile {
    smtp: Option<String>,
    user: Option<String>,
    password_file: Option<PathBuf>,
    #[serde(default)]
    certificates: Vec<PathBuf>,
    folder: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct CacheFile {
    redis: Option<String>,
}

/// What it means.
pub(crate) struct Settings {
    pub(crate) database: SqliteOptions,
    /// Files of certificates that requests of plugins trust.
    pub(crate) certificates: Vec<PathBuf>,
    /// Where mail goes, if the operator says.
    pub(crate) mail: Option<MailTarget>,
    /// The Redis server that caches, if the operator names one.
    pub(crate) redis: Option<String>,
    /// How browsers reach the host, if the operator says.
    pub(crate) site: Option<Site>,
    /// Who may see the application's templates, by pattern.
    pub(crate) access: Vec<(String, Access)>,
    /// Where spans go, if the operator says.
    pub(crate) telemetry: Option<TelemetrySettings>,
    pub(crate) config: BTreeMap<PluginName, BTreeMap<String, Value>>,
}

/// How browsers reach the host.
pub(crate) struct Site {
    /// Without a port.
    pub(crate) host: String,
    /// By `https`.
    pub(crate) secure: bool,
}

/// Where mail goes.
pub(crate) enum MailTarget {
    Smtp(SmtpOptions),
    Folder(PathBuf),
}

/// Why `gk.toml` cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {what}")]
pub struct SettingsError {
    path: PathBuf,
    what: String,
}

fn is_not_there(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

impl Settings {
    /// Reads `DATA/gk.toml`; what is not there is as its defaults.
    pub(crate) fn read(data: &Path) -> Result<Self, SettingsError> {
        let path = data.join("gk.toml");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            // Where there is no folder, whoever is to make it knows better what to say.
            Err(error) if is_not_there(&error) => String::new(),
            Err(error) => {
                let what = format!("cannot be read: {error}");
                return Err(SettingsError { path, what });
            }
        };
        Self::parse(data, &text).map_err(|what| SettingsError { path, what })
    }

    fn parse(data: &Path, text: &str) -> Result<Self, String> {
        let file: SettingsFile = toml::from_str(text).map_err(|error| told(text, &error))?;
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
        let certificates = file.http.certificates.into_iter();
        Ok(Self {
            database: database.max_file_bytes(max_bytes),
            certificates: certificates.map(|path| data.join(path)).collect(),
            mail: file.mail.map(|mail| mail.read(data)).transpose()?,
            redis: file.cache.redis,
            site: file.site.map(|site| site.read()).transpose()?,
            access: file
                .pages
                .into_iter()
                .map(|(pattern, who)| access(pattern, &who))
                .collect::<Result<_, _>>()?,
            telemetry: file.telemetry.map(|it| it.read()).transpose()?,
            config,
        })
    }
}

impl SiteFile {
    fn read(self) -> Result<Site, String> {
        let uri: Option<Uri> = self.url.parse().ok();
        let site = uri.as_ref().and_then(|uri| {
            let secure = match uri.scheme_str()? {
                "https" => true,
                "http" => false,
                _ => return None,
            };
            let whole = matches!(uri.path(), "" | "/") && uri.query().is_none();
            let host = uri.host()?.to_owned();
            whole.then_some(Site { host, secure })
        });
        site.ok_or_else(|| {
            "site.url: write scheme and name, as in `https://desk.example.com`".to_owned()
        })
    }
}

/// Who may see what is under a pattern.
fn access(pattern: String, who: &str) -> Result<(String, Access), String> {
    if !pattern.starts_with('/') {
        return Err(format!("pages.{pattern}: a path begins with `/`"));
    }
    // What fits no page would leave open what it was to close.
    let fixed = pattern.strip_suffix("/*").unwrap_or(&pattern);
    if fixed.contains(['*', '?', '{', '%']) || pattern.contains("//") {
        return Err(format!(
            "pages.{pattern}: write a path as it is read, or one with `/*` at its end for all that \
             is below"
        ));
    }
    let access = match who {
        "public" => Access::Public,
        "signed-in" => Access::SignedIn,
        permission if permission.contains('.') => Access::Permission(permission.to_owned()),
        _ => {
            return Err(format!(
                "pages.{pattern}: write `public`, `signed-in` or a permission such as `ticket.read`"
            ));
        }
    };
    Ok((pattern, access))
}

impl MailFile {
    fn read(self, data: &Path) -> Result<MailTarget, String> {
        let url = match (self.smtp, self.folder) {
            (Some(url), None) => url,
            (None, Some(folder)) => return Ok(MailTarget::Folder(data.join(folder))),
            _ => return Err("mail: name either `smtp` or `folder`".to_owned()),
        };
        let credentials = match (self.user, self.password_file) {
            (None, None) => None,
            (Some(user), Some(file)) => Some((user, password(&data.join(file))?)),
            _ => return Err("mail: `user` and `password_file` go together".to_owned()),
        };
        let certificates = self.certificates.into_iter();
        Ok(MailTarget::Smtp(SmtpOptions {
            url,
            credentials,
            certificates: certificates.map(|path| data.join(path)).collect(),
        }))
    }
}

/// The first line of a file.
fn password(path: &Path) -> Result<String, String> {
    let about = |what: String| format!("mail.password_file: {}: {what}", path.display());
    let text = fs::read_to_string(path).map_err(|error| about(error.to_string()))?;
    match text.lines().next() {
        None | Some("") => Err(about("its first line is empty".to_owned())),
        Some(line) => Ok(line.to_owned()),
    }
}

/// What is wrong, and in which line: without the line itself or a value, which may be a secret
/// in the wrong place.
fn told(text: &str, error: &toml::de::Error) -> String {
    let start = error.span().map_or(0, |span| span.start);
    let line = text
        .bytes()
        .take(start)
        .filter(|byte| *byte == b'\n')
        .count()
        + 1;
    let message = error.message();
    // A value stands in double quotes, a key between backticks.
    let message = message.split('"').next().unwrap_or_default().trim_end();
    format!("line {line}: {message}")
}

#[cfg(test)]
mod tests;
