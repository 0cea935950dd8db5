//! The JSON API: what there is, and where it stands. Reads only; runs nothing but
//! `gk-register` of a plugin that never registered.

use std::path::{MAIN_SEPARATOR, Path};
use std::sync::Arc;

use axum::Json;
use axum::extract::{self, State};
use axum::http::{StatusCode, Uri};
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
            let reason = without_folders(&refused.reason, &refused.path);
            json!({ "file": file, "reason": reason })
        })
        .collect();
    let waiting: Vec<Value> = snapshot
        .waiting
        .iter()
        .map(|(name, it)| json!({ "name": name, "version": it.version, "asks": it.open }))
        .collect();
    Json(json!({
        "plugins": plugins,
        "waiting": waiting,
        "refused": refused,
        "conflicts": snapshot.conflicts,
        "withheld": snapshot.withheld,
    }))
}

/// `GET /api/v1/plugins/{name}`
pub(crate) async fn one(
    State(web): State<Web>,
    extract::Path(name): extract::Path<String>,
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

/// Anything else below `/api/`.
pub(crate) async fn nothing(uri: Uri) -> (StatusCode, Json<Value>) {
    let error = format!("there is nothing at `{}`", uri.path());
    (StatusCode::NOT_FOUND, Json(json!({ "error": error })))
}

/// A text about the file at `path` without the folders that it lies in: the one of packages
/// and the one of the host's data.
fn without_folders(text: &str, path: &Path) -> String {
    let folders = path.ancestors().skip(1).take(2);
    folders
        .filter(|folder| folder.file_name().is_some())
        .fold(text.to_owned(), |text, folder| {
            text.replace(&format!("{}{MAIN_SEPARATOR}", folder.display()), "")
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_is_told_without_its_folder() {
        let check = |text: &str, path: &str, expect: &str| {
            assert_eq!(without_folders(text, Path::new(path)), expect, "{path}");
        };
        let path = "/srv/goat/plugins/a.zip";
        check("/srv/goat/plugins/a.zip: no zip", path, "a.zip: no zip");
        check(
            "twice: /srv/goat/plugins/a.zip, /srv/goat/plugins/b.zip",
            path,
            "twice: a.zip, b.zip",
        );
        check(
            "cannot write /srv/goat/cache/x",
            path,
            "cannot write cache/x",
        );
        check("it has no manifest", path, "it has no manifest");
        check("either/or", "a.zip", "either/or");
        check("either/or", "/a.zip", "either/or");
    }
}
