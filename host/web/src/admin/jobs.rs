//! Plugins' jobs: what there is, and a run at once.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use goatkit_capability::schedule::JobStatus;
use goatkit_manager::Manager;
use goatkit_package::PluginName;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::answer::{Answer, answer, plugin};

/// Whose jobs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Of {
    plugin: Option<String>,
}

/// `GET /v1/jobs`
pub(super) async fn shown(
    State(manager): State<Arc<Manager>>,
    Query(Of { plugin: name }): Query<Of>,
) -> Answer<Vec<JobStatus>> {
    let name: Option<PluginName> = name.map(|name| plugin(&name)).transpose()?;
    answer(manager.jobs(name.as_ref()).await)
}

/// Which job, and with what instead of its own arguments.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Run {
    job: String,
    #[serde(default, deserialize_with = "given")]
    args: Option<Value>,
}

/// What is there, be it null.
fn given<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

/// `POST /v1/plugins/{name}/jobs/run`
pub(super) async fn run(
    State(manager): State<Arc<Manager>>,
    Path(name): Path<String>,
    Json(Run { job, args }): Json<Run>,
) -> Answer<Value> {
    let args = args.map(|args| args.to_string());
    let ran = manager.run_job_now(&plugin(&name)?, &job, args).await;
    answer(ran.map(|()| json!({ "result": "ok" })))
}
