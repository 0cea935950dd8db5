//! Every plugin and where it stands: as JSON for programs, and what the overview is made of.
//! Nothing is loaded or run for it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use axum::{Json, extract};
use goatkit_manager::{Manager, Mode, PluginStatus, Snapshot, State, Unit};
use goatkit_package::PluginName;
use serde::Serialize;

/// What there is.
#[derive(Serialize)]
pub(super) struct Plugins {
    pub(super) plugins: Vec<Plugin>,
    /// Versions that wait until an administrator has decided.
    pub(super) waiting: Vec<Waits>,
    /// Packages that are not served.
    pub(super) refused: Vec<Refused>,
    /// What two plugins wanted.
    pub(super) conflicts: Vec<String>,
    /// What is not shown because it was not granted.
    pub(super) withheld: Vec<String>,
    /// Whether what all of them bring is known.
    pub(super) complete: bool,
    /// How much of plugins is in force.
    pub(super) mode: Mode,
}

/// Where a plugin stands, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Standing {
    Discovered,
    Registered,
    Loaded,
    Broken,
    /// An administrator does not let it serve.
    Disabled,
}

impl Standing {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Discovered => "discovered",
            Self::Registered => "registered",
            Self::Loaded => "loaded",
            Self::Broken => "broken",
            Self::Disabled => "disabled",
        }
    }
}

impl From<State> for Standing {
    fn from(state: State) -> Self {
        match state {
            State::Discovered => Self::Discovered,
            State::Registered => Self::Registered,
            State::Loaded => Self::Loaded,
            State::Broken => Self::Broken,
        }
    }
}

/// A version that was found, and serves or was disabled.
#[derive(Serialize)]
pub(super) struct Plugin {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) runtime: String,
    pub(super) description: String,
    pub(super) digest: String,
    /// Whether an administrator lets it serve.
    pub(super) enabled: bool,
    pub(super) state: Standing,
    /// What it holds and how it does; nothing where it is disabled.
    pub(super) status: Option<PluginStatus>,
    /// Why it does not load, if it does not.
    pub(super) error: Option<String>,
    /// The permissions that it defines.
    pub(super) permissions: BTreeSet<String>,
    /// What it may do now, rule by rule.
    pub(super) granted: Vec<String>,
    /// What it asks besides.
    pub(super) not_granted: Vec<String>,
    /// Labels of the menu items that it brings.
    pub(super) menu: Vec<String>,
}

/// A version that waits.
#[derive(Serialize)]
pub(super) struct Waits {
    pub(super) name: String,
    pub(super) version: String,
    /// What it asks that nobody has decided.
    pub(super) asks: Vec<String>,
}

/// A package that is not served.
#[derive(Serialize)]
pub(super) struct Refused {
    /// Its file, without the folder.
    pub(super) file: String,
    pub(super) reason: String,
}

/// `GET /v1/plugins`
pub(super) async fn all(extract::State(manager): extract::State<Arc<Manager>>) -> Json<Plugins> {
    Json(view(&manager))
}

/// This moment of all plugins, as administrators see it.
pub(super) fn view(manager: &Manager) -> Plugins {
    let snapshot = manager.snapshot();
    let mut statuses: BTreeMap<PluginName, PluginStatus> = manager
        .statuses()
        .into_iter()
        .map(|status| (status.name.clone(), status))
        .collect();
    let serving = snapshot.plugins.values();
    let serving = serving.map(|unit| shown(unit, statuses.remove(unit.name())));
    let mut plugins: Vec<Plugin> = serving.collect();
    plugins.extend(snapshot.disabled.values().map(disabled));
    plugins.sort_by(|one, other| one.name.cmp(&other.name));
    let Snapshot {
        waiting, refused, ..
    } = &*snapshot;
    let waiting = waiting.iter().map(|(name, it)| Waits {
        name: name.to_string(),
        version: it.version.to_string(),
        asks: it.open.iter().map(ToString::to_string).collect(),
    });
    let refused = refused.iter().map(|it| Refused {
        file: file_name(&it.path),
        reason: it.reason.clone(),
    });
    Plugins {
        plugins,
        waiting: waiting.collect(),
        refused: refused.collect(),
        conflicts: snapshot.conflicts.clone(),
        withheld: snapshot.withheld.clone(),
        complete: snapshot.complete,
        mode: snapshot.mode,
    }
}

/// One plugin, if a version of it serves or was disabled.
pub(super) fn one(manager: &Manager, name: &PluginName) -> Option<Plugin> {
    let snapshot = manager.snapshot();
    match snapshot.plugins.get(name) {
        Some(unit) => Some(shown(unit, manager.status(name).ok())),
        None => snapshot.disabled.get(name).map(disabled),
    }
}

fn disabled(unit: &Arc<Unit>) -> Plugin {
    Plugin {
        enabled: false,
        state: Standing::Disabled,
        // What it would bring is not there.
        menu: Vec::new(),
        ..shown(unit, None)
    }
}

fn shown(unit: &Arc<Unit>, status: Option<PluginStatus>) -> Plugin {
    let manifest = unit.package().manifest();
    let powers = unit.powers();
    let registration = unit.active().map(|it| it.registration);
    let menu = registration.iter().flat_map(|it| &it.menu_items);
    let permissions = registration.iter().flat_map(|it| &it.permissions);
    Plugin {
        name: manifest.name.to_string(),
        version: manifest.version.to_string(),
        runtime: manifest.runtime.to_string(),
        description: manifest.description.clone(),
        digest: unit.package().digest().to_string(),
        enabled: true,
        state: unit.state().into(),
        // The folder is the host's business.
        status: status.map(|status| PluginStatus {
            source: file_name(unit.source()),
            ..status
        }),
        error: unit.broken().map(ToString::to_string),
        menu: menu.map(|item| item.label.clone()).collect(),
        permissions: permissions.cloned().collect(),
        granted: powers.iter().map(ToString::to_string).collect(),
        not_granted: unit
            .asked()
            .difference(&powers)
            .map(ToString::to_string)
            .collect(),
    }
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
