//! What plugins ask, what was decided, and what came of it.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use goatkit_manager::{Asked, Audit, Examined, Manager};
use goatkit_package::PluginName;
use serde::Deserialize;

use super::answer::{Answer, answer, plugin};

/// `GET /v1/grants`
pub(super) async fn all(State(manager): State<Arc<Manager>>) -> Json<Vec<Asked>> {
    Json(manager.decided_all())
}

/// `GET /v1/plugins/{name}/grants`
pub(super) async fn one(
    State(manager): State<Arc<Manager>>,
    Path(name): Path<String>,
) -> Answer<Vec<Asked>> {
    answer(manager.decided(&plugin(&name)?))
}

/// A package, by the path of its file on the host's machine.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Examine {
    file: PathBuf,
}

/// `POST /v1/examine`
pub(super) async fn examine(
    State(manager): State<Arc<Manager>>,
    Json(Examine { file }): Json<Examine>,
) -> Answer<Examined> {
    answer(manager.apart(move |it| it.examine(&file)).await)
}

/// A package that was examined, and what of it is granted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Install {
    file: PathBuf,
    /// As it was when it was examined: what was shown is what is granted.
    binding: String,
    /// A grant file's text; all that is asked where there is none.
    grants: Option<String>,
}

/// `POST /v1/install`
pub(super) async fn install(
    State(manager): State<Arc<Manager>>,
    Json(it): Json<Install>,
) -> Answer<Asked> {
    let grants = it.grants.as_deref().map(str::as_bytes);
    answer(manager.install(&it.file, &it.binding, grants).await)
}

/// What of a plugin's request is meant; all of it where nothing is named.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Named {
    rules: Vec<String>,
}

/// `POST /v1/plugins/{name}/grant`
pub(super) async fn grant(
    State(manager): State<Arc<Manager>>,
    Path(name): Path<String>,
    Json(Named { rules }): Json<Named>,
) -> Answer<Vec<Asked>> {
    answer(manager.grant(&plugin(&name)?, &rules).await)
}

/// `POST /v1/plugins/{name}/revoke`
pub(super) async fn revoke(
    State(manager): State<Arc<Manager>>,
    Path(name): Path<String>,
    Json(Named { rules }): Json<Named>,
) -> Answer<Vec<Asked>> {
    answer(manager.revoke(&plugin(&name)?, &rules).await)
}

/// Which lines of the audit log.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lines {
    plugin: Option<String>,
    last: Option<usize>,
}

/// Lines that are shown where nobody says how many: two screens.
const LAST: usize = 50;

/// `GET /v1/audit`
pub(super) async fn audit(
    State(manager): State<Arc<Manager>>,
    Query(Lines { plugin: name, last }): Query<Lines>,
) -> Answer<Audit> {
    let name: Option<PluginName> = name.map(|name| plugin(&name)).transpose()?;
    let last = last.unwrap_or(LAST);
    answer(manager.apart(move |it| it.audit(name.as_ref(), last)).await)
}
