//! `manifest.yaml`: what a plugin says of itself before a byte of it runs.
//!
//! [`Manifest::parse`] reads it in two stages: [`file`] holds what was written, [`check`] says
//! what it means. What the capabilities in it mean is the capability floor's business: here
//! they are names with JSON.

mod check;
mod file;
mod grants;
pub mod limits;
pub(crate) mod section;
pub(crate) mod units;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use semver::{Version, VersionReq};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::error::ManifestError;
use crate::names::PluginName;
use crate::path::PackagePath;
use crate::yaml;

pub use grants::{GrantFile, PolicyBinding, PolicyEntry, PolicyFile};

/// A checked manifest.
///
/// ```
/// use goatkit_package::Manifest;
///
/// let manifest = Manifest::parse(b"name: my-plugin\nversion: \"1.0.0\"\nruntime: wasm\n")?;
/// assert_eq!(manifest.name.as_str(), "my-plugin");
///
/// let error = Manifest::parse(b"nam: my-plugin").unwrap_err();
/// assert!(error.to_string().contains("nam: unknown key; did you mean `name`?"));
/// # Ok::<(), goatkit_package::ManifestError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Manifest {
    /// What the plugin is called everywhere.
    pub name: PluginName,
    /// The plugin's own version.
    pub version: Version,
    /// What runs it.
    pub runtime: RuntimeKind,
    /// One line for people; empty if none was written.
    pub description: String,
    /// The component's file; set exactly when the runtime is wasm.
    pub component: Option<PackagePath>,
    /// The native programs; set exactly when the runtime is grpc.
    pub process: Option<Process>,
    /// The hosts it was made for, see [`Manifest::check_host`].
    pub requires_host: Option<VersionReq>,
    /// The capabilities asked for, by name, in the shape that their room reads.
    pub capabilities: BTreeMap<String, Value>,
    /// Where it wants to appear beyond its own prefix.
    pub reach: Reach,
    /// The limits it asks for, each within [`limits`].
    pub limits: LimitsRequest,
    /// Its settings, as JSON Schema in its short form, `{"properties": …, "required": …}`.
    /// What the schemas in it mean is the capability floor's business.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<Value>,
    /// How long an instance of it lives.
    pub isolation: Isolation,
    /// The language that its texts fall back to, as a canonical BCP 47 tag.
    pub default_locale: String,
}

/// What runs a plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RuntimeKind {
    /// A WebAssembly component, in the host's process.
    Wasm,
    /// A native program, in a process of its own.
    Grpc,
}

/// How long an instance lives, and so who may see what it keeps in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Isolation {
    /// As long as the request that made it (the default).
    Request,
    /// Across requests, and so across users.
    Shared,
    /// For one call.
    Call,
}

/// The limits that a manifest asks for; what it leaves out is the host's default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LimitsRequest {
    /// Bytes of one instance's memories and tables together.
    pub memory: Option<u64>,
    /// Time of one function call. Serialized in milliseconds, as are the next two.
    #[serde(serialize_with = "milliseconds")]
    pub call: Option<Duration>,
    /// Time of one HTTP request.
    #[serde(serialize_with = "milliseconds")]
    pub route: Option<Duration>,
    /// Time of one job.
    #[serde(serialize_with = "milliseconds")]
    pub job: Option<Duration>,
    /// Instances alive at one time.
    pub instances: Option<u32>,
}

/// Where a plugin wants to appear beyond its own prefix.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Reach {
    /// Paths of the application, with patterns.
    pub routes: Vec<String>,
    /// Hooks, each with the things it wants to hear of.
    pub hooks: BTreeMap<String, Vec<String>>,
    /// Places for widgets.
    pub widgets: Vec<String>,
    /// Whether its scripts may run in the application's pages.
    pub script: bool,
}

/// The programs of a native plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Process {
    /// The program per platform, such as `x86_64-linux`.
    pub command: BTreeMap<String, PackagePath>,
    /// How the connection is protected.
    pub tls: Tls,
}

/// How the connection to a native plugin is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// By the socket's file permissions only (the default).
    None,
    /// By certificates that both sides make when they start.
    Auto,
}

impl RuntimeKind {
    const ALL: &[(&str, Self)] = &[("wasm", Self::Wasm), ("grpc", Self::Grpc)];
}

impl Isolation {
    const ALL: &[(&str, Self)] = &[
        ("request", Self::Request),
        ("shared", Self::Shared),
        ("call", Self::Call),
    ];
}

impl Tls {
    const ALL: &[(&str, Self)] = &[("none", Self::None), ("auto", Self::Auto)];
}

impl Manifest {
    /// Reads and checks a manifest.
    ///
    /// # Errors
    /// [`ManifestError`] lists everything that is wrong, not only the first thing.
    pub fn parse(yaml: &[u8]) -> Result<Self, ManifestError> {
        let fields = fields(yaml, limits::MAX_MANIFEST_BYTES)?;
        let mut problems = section::Problems::default();
        let file = file::ManifestFile::read(fields, &mut problems);
        let manifest = check::check(file, &mut problems);
        match manifest {
            Some(manifest) if problems.0.is_empty() => Ok(manifest),
            _ => Err(ManifestError::new(problems.0)),
        }
    }

    /// Holds `requires_host` against the version of a host.
    ///
    /// # Errors
    /// A problem that names both versions, if they do not fit.
    pub fn check_host(&self, host: &Version) -> Result<(), ManifestError> {
        match &self.requires_host {
            Some(wanted) if !wanted.matches(host) => Err(ManifestError::one(
                "requires_host",
                format!(
                    "{} {} is made for host {wanted}, and this host is {host}; take a version of \
                     the plugin made for this host, or upgrade the host",
                    self.name, self.version
                ),
            )),
            _ => Ok(()),
        }
    }
}

/// The fields of a file of at most `most` bytes.
fn fields(yaml: &[u8], most: u64) -> Result<Map<String, Value>, ManifestError> {
    if yaml.len() as u64 > most {
        let most = most >> 10;
        return Err(ManifestError::one("", format!("larger than {most} KiB")));
    }
    match yaml::read(yaml) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(other) => Err(ManifestError::one("", section::expected("a map", &other))),
        Err(message) => Err(ManifestError::one("", message)),
    }
}

impl fmt::Display for RuntimeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wasm => "wasm",
            Self::Grpc => "grpc",
        })
    }
}

fn milliseconds<S: Serializer>(time: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
    time.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
        .serialize(to)
}

#[cfg(test)]
mod tests;
