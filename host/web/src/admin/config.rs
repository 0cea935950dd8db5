//! Plugins' settings. A secret goes in and never comes out.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use goatkit_capability::config::Shown;
use goatkit_manager::Manager;
use serde::Deserialize;
use serde_json::Value;

use super::answer::{Answer, answer, plugin};

/// `GET /v1/plugins/{name}/config`
pub(super) async fn shown(
    State(manager): State<Arc<Manager>>,
    Path(name): Path<String>,
) -> Answer<Vec<Shown>> {
    answer(manager.settings(&plugin(&name)?).await)
}

/// What a setting is to be.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Set {
    value: Value,
}

/// `PUT /v1/plugins/{name}/config/{key}`
pub(super) async fn set(
    State(manager): State<Arc<Manager>>,
    Path((name, key)): Path<(String, String)>,
    Json(Set { value }): Json<Set>,
) -> Answer<Vec<Shown>> {
    answer(
        manager
            .set_setting(&plugin(&name)?, &key, Some(value))
            .await,
    )
}

/// `DELETE /v1/plugins/{name}/config/{key}`
pub(super) async fn unset(
    State(manager): State<Arc<Manager>>,
    Path((name, key)): Path<(String, String)>,
) -> Answer<Vec<Shown>> {
    answer(manager.set_setting(&plugin(&name)?, &key, None).await)
}
