//! Where a plugin stands, as it is shown to administrators and sent to them.

use goatkit_capability::timestamp;
use goatkit_package::PluginName;
use goatkit_runtime::Usage;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::unit::{State, Unit};

/// Where a plugin stands. Times are as RFC 3339.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginStatus {
    /// The plugin.
    pub name: PluginName,
    /// The version that serves.
    pub version: Version,
    /// Whether it is in memory.
    pub state: State,
    /// Since when it is there.
    pub loaded_since: Option<String>,
    /// When it was last called, to within some seconds.
    pub last_used: Option<String>,
    /// What it holds.
    pub usage: Usage,
    /// Whether it stays in memory.
    pub pinned: bool,
    /// Its calls that run now.
    pub running: u64,
    /// How it has been failing; nothing where its last call went well.
    pub trouble: Option<TroubleStatus>,
    /// Why it is left alone until somebody lets it try again.
    pub quarantined: Option<String>,
    /// Why it does not load.
    pub broken: Option<String>,
    /// The file or folder that it was read from.
    pub source: String,
}

/// How a plugin has been failing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TroubleStatus {
    /// Calls that failed by its own fault, one after the other.
    pub failures: u32,
    /// Until when it is left alone, if it is.
    pub until: Option<String>,
    /// How it failed last.
    pub reason: String,
}

pub(super) fn of(unit: &Unit) -> PluginStatus {
    let manifest = unit.package().manifest();
    let (held, conduct) = (unit.held(), unit.conduct());
    PluginStatus {
        name: manifest.name.clone(),
        version: manifest.version.clone(),
        state: unit.state(),
        loaded_since: held.as_ref().map(|held| timestamp::text(held.since)),
        last_used: unit.last_used().map(timestamp::text),
        usage: held.map(|held| held.plugin.usage()).unwrap_or_default(),
        pinned: unit.is_pinned(),
        running: conduct.running(),
        trouble: conduct.shown(),
        quarantined: conduct.quarantined(),
        broken: unit.broken().map(|error| error.message().to_owned()),
        source: unit.source().display().to_string(),
    }
}
