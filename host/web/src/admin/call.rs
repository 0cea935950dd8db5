//! A function of a package, called from the command line.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use goatkit_capability::Actor;
use goatkit_manager::{CommandCall, Manager};
use goatkit_runtime::Output;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{Answer, Refusal, unreadable};

/// A call, by the path of the package on the host's machine.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Call {
    file: PathBuf,
    function: String,
    /// A JSON array.
    args: Value,
    locale: String,
    actor: Option<CallActor>,
}

/// Whom it is made for; the system itself where nobody is named.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CallActor {
    kind: String,
    id: String,
}

/// `POST /v1/call`
pub(super) async fn call(
    State(manager): State<Arc<Manager>>,
    Json(call): Json<Call>,
) -> Answer<Value> {
    let called = manager.call_command(CommandCall {
        file: call.file,
        function: call.function,
        args: call.args.to_string(),
        locale: call.locale,
        actor: call.actor.map_or_else(system, Into::into),
    });
    match called.await {
        Ok(output) => as_json(output).map(Json),
        Err(refused) => Err(refused.into()),
    }
}

/// JSON as the plugin gave it; HTML as `{"html": …}`, so that the two cannot be confused.
fn as_json(output: Output) -> Result<Value, Refusal> {
    match output {
        Output::Json(text) => serde_json::from_str(&text).map_err(|error| unreadable(&error)),
        Output::Html(html) => Ok(json!({ "html": html })),
    }
}

/// Whoever may open the data folder acts for the system unless he says otherwise.
fn system() -> Actor {
    Actor {
        id: "0".to_owned(),
        login: "system".to_owned(),
        kind: "system".to_owned(),
        permissions: BTreeSet::new(),
    }
}

impl From<CallActor> for Actor {
    fn from(CallActor { kind, id }: CallActor) -> Self {
        Self {
            login: id.clone(),
            id,
            kind,
            permissions: BTreeSet::new(),
        }
    }
}
