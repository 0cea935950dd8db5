//! Every plugin and where it stands: as JSON for programs, and what the overview is made of.
//! Nothing is loaded or run for it.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use goatkit_manager::{Manager, Mode, Snapshot, State as Standing};
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

/// A version that was found and may serve.
#[derive(Serialize)]
pub(super) struct Plugin {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) runtime: String,
    pub(super) description: String,
    pub(super) digest: String,
    pub(super) state: Standing,
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
pub(super) async fn all(State(manager): State<Arc<Manager>>) -> Json<Plugins> {
    Json(view(&manager.snapshot()))
}

/// One moment of all plugins, as administrators see it.
pub(super) fn view(snapshot: &Snapshot) -> Plugins {
    let plugins = snapshot.plugins.values().map(|unit| {
        let manifest = unit.package().manifest();
        let powers = unit.powers();
        let registration = unit.active().map(|it| it.registration);
        let menu = registration.iter().flat_map(|it| &it.menu_items);
        Plugin {
            name: manifest.name.to_string(),
            version: manifest.version.to_string(),
            runtime: manifest.runtime.to_string(),
            description: manifest.description.clone(),
            digest: unit.package().digest().to_string(),
            state: unit.state(),
            error: unit.broken().map(ToString::to_string),
            menu: menu.map(|item| item.label.clone()).collect(),
            permissions: registration
                .iter()
                .flat_map(|it| it.permissions.iter().cloned())
                .collect(),
            granted: powers.iter().map(ToString::to_string).collect(),
            not_granted: unit
                .asked()
                .difference(&powers)
                .map(ToString::to_string)
                .collect(),
        }
    });
    let waiting = snapshot.waiting.iter().map(|(name, it)| Waits {
        name: name.to_string(),
        version: it.version.to_string(),
        asks: it.open.iter().map(ToString::to_string).collect(),
    });
    let refused = snapshot.refused.iter().map(|it| {
        let file = it.path.file_name().unwrap_or_default();
        Refused {
            file: file.to_string_lossy().into_owned(),
            reason: it.reason.clone(),
        }
    });
    Plugins {
        plugins: plugins.collect(),
        waiting: waiting.collect(),
        refused: refused.collect(),
        conflicts: snapshot.conflicts.clone(),
        withheld: snapshot.withheld.clone(),
        complete: snapshot.complete,
        mode: snapshot.mode,
    }
}
