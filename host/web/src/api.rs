//! The JSON API: what there is, and where it stands. Reads only; runs nothing but
//! `gk-register` of a plugin that never registered.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use goatkit_manager::Unit;
use goatkit_package::PluginName;
use goatkit_runtime::Registration;
use serde::Serialize;
use serde_json::{Value, json};

use crate::router::Web;

/// A plugin as the API shows it.
#[derive(Serialize)]
struct PluginView {
    name: String,
    version: String,
    runtime: String,
    description: String,
    digest: String,
    state: goatkit_manager::State,
    /// Why it does not load, if it does not.
    error: Option<String>,
    /// What it registered, if it has.
    registration: Option<Arc<Registration>>,
}

/// `GET /api/v1/plugins`
pub(crate) async fn list(State(web): State<Web>) -> Json<Value> {
    let snapshot = web.manager.snapshot();
    let mut plugins = Vec::new();
    for unit in snapshot.plugins.values() {
        plugins.push(view(&web, unit).await);
    }
    let refused: Vec<Value> = snapshot
        .refused
        .iter()
        .map(|refused| {
            // The folder is the host's business; its file is what a person looks for.
            let file = refused
                .path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy();
            json!({ "file": file, "reason": refused.reason })
        })
        .collect();
    Json(json!({ "plugins": plugins, "refused": refused, "conflicts": snapshot.conflicts }))
}

/// `GET /api/v1/plugins/{name}`
pub(crate) async fn one(
    State(web): State<Web>,
    Path(name): Path<String>,
) -> (StatusCode, Json<Value>) {
    let snapshot = web.manager.snapshot();
    let unit = PluginName::parse(&name)
        .ok()
        .and_then(|name| snapshot.plugins.get(&name));
    match unit {
        Some(unit) => (StatusCode::OK, Json(json!(view(&web, unit).await))),
        None => {
            let error = format!("there is no plugin `{name}`");
            (StatusCode::NOT_FOUND, Json(json!({ "error": error })))
        }
    }
}

async fn view(web: &Web, unit: &Unit) -> PluginView {
    let manifest = unit.package().manifest();
    let found = web.manager.find(&manifest.name).await;
    PluginView {
        name: manifest.name.to_string(),
        version: manifest.version.to_string(),
        runtime: manifest.runtime.to_string(),
        description: manifest.description.clone(),
        digest: unit.package().digest().to_string(),
        state: unit.state(),
        error: found.as_ref().err().map(ToString::to_string),
        registration: found.ok().map(|active| active.registration),
    }
}
