//! What becomes of a plugin, as administrators see to it: whether it serves and stays in memory,
//! what it says, what happens to it, and its end.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use goatkit_capability::log::LogRecord;
use goatkit_manager::{ChoiceError, FindError, Given, Happening, Manager, Remains, Uninstall};
use goatkit_manager::{UninstallError, Uninstalled};
use goatkit_package::PluginName;
use serde::{Deserialize, Serialize};

use super::answer::{Answer, Refusal, Sent, answer, plugin};
use super::follow::{StillMay, follow};
use super::plugins::{Plugin, one};
use super::state::AdminState;

/// Lines that are shown where nobody says how many: two screens.
const LAST: usize = 50;

/// What was changed.
#[derive(Serialize)]
pub(super) struct Changed {
    /// Whether anything is other than before.
    changed: bool,
    /// The plugin as it is now; nothing where no version of it may serve or is disabled.
    plugin: Option<Plugin>,
}

/// `GET /v1/plugins/{name}/status`
pub(super) async fn status(
    State(manager): State<Arc<Manager>>,
    Path(name): Path<String>,
) -> Answer<Plugin> {
    let name = plugin(&name)?;
    // The manager says why it is not there.
    let found = one(&manager, &name);
    answer(found.map_or_else(|| Err(missing(&manager, &name)), Ok))
}

/// `POST /v1/plugins/{name}/enable`
pub(super) async fn enable(
    State(manager): State<Arc<Manager>>,
    Path(name): Path<String>,
) -> Answer<Changed> {
    let name = plugin(&name)?;
    let done = manager.set_enabled(&name, true).await;
    changed(&manager, &name, done)
}

/// `POST /v1/plugins/{name}/disable`
pub(super) async fn disable(
    State(manager): State<Arc<Manager>>,
    Path(name): Path<String>,
) -> Answer<Changed> {
    let name = plugin(&name)?;
    let done = manager.set_enabled(&name, false).await;
    changed(&manager, &name, done)
}

/// `POST /v1/plugins/{name}/pin`
pub(super) async fn pin(
    State(manager): State<Arc<Manager>>,
    Path(name): Path<String>,
) -> Answer<Changed> {
    let name = plugin(&name)?;
    let done = manager.pin(&name, true).await;
    changed(&manager, &name, done)
}

/// `POST /v1/plugins/{name}/unpin`
pub(super) async fn unpin(
    State(manager): State<Arc<Manager>>,
    Path(name): Path<String>,
) -> Answer<Changed> {
    let name = plugin(&name)?;
    let done = manager.pin(&name, false).await;
    changed(&manager, &name, done)
}

/// `POST /v1/plugins/{name}/unload`
pub(super) async fn unload(
    State(manager): State<Arc<Manager>>,
    Path(name): Path<String>,
) -> Answer<Changed> {
    let name = plugin(&name)?;
    let done = manager.unload(&name).await;
    changed(&manager, &name, done)
}

/// `POST /v1/plugins/{name}/reload`
pub(super) async fn reload(
    State(manager): State<Arc<Manager>>,
    Path(name): Path<String>,
) -> Answer<Changed> {
    let name = plugin(&name)?;
    let done = manager.reload(&name).await.map(|_| true);
    changed(&manager, &name, done)
}

/// `POST /v1/plugins/{name}/release`
pub(super) async fn release(
    State(manager): State<Arc<Manager>>,
    Path(name): Path<String>,
) -> Answer<Changed> {
    let name = plugin(&name)?;
    let done = manager.release(&name).map(|()| true);
    changed(&manager, &name, done)
}

fn changed<E: Into<Refusal>>(
    manager: &Manager,
    name: &PluginName,
    done: Result<bool, E>,
) -> Answer<Changed> {
    answer(done.map(|changed| Changed {
        changed,
        plugin: one(manager, name),
    }))
}

/// Why a plugin is neither serving nor disabled.
fn missing(manager: &Manager, name: &PluginName) -> FindError {
    match manager.status(name) {
        Err(error) => error,
        // It came between the two looks.
        Ok(_) => FindError::Unknown {
            wanted: name.to_string(),
            known: Vec::new(),
        },
    }
}

/// `GET /v1/plugins/{name}/remains`
pub(super) async fn remains(
    State(state): State<AdminState>,
    Path(name): Path<String>,
) -> Answer<Remains> {
    let name = plugin(&name)?;
    let mut remains = state.manager.remains(&name).await?;
    given(&state, &name, &mut remains).await?;
    Ok(Json(remains))
}

/// `POST /v1/plugins/{name}/uninstall`
pub(super) async fn uninstall(
    State(state): State<AdminState>,
    Path(name): Path<String>,
    Sent(how): Sent<Uninstall>,
) -> Answer<Uninstalled> {
    let name = plugin(&name)?;
    let mut done = state.manager.uninstall(&name, how).await?;
    if let (true, Some(people)) = (how.purge, &state.accounts) {
        people.revoke_below(&own(&name)).await?;
    }
    given(&state, &name, &mut done.remains).await?;
    Ok(Json(done))
}

/// What the permissions begin with that a plugin defines.
fn own(name: &PluginName) -> String {
    format!("{}.", name.template_name())
}

/// Adds the permissions of a plugin that roles were given. The application's own people are its.
async fn given(
    state: &AdminState,
    name: &PluginName,
    remains: &mut Remains,
) -> Result<(), Refusal> {
    if let Some(people) = &state.accounts {
        let granted = people.granted_below(&own(name)).await?.into_iter();
        remains.permissions = granted
            .map(|(role, permission)| Given { role, permission })
            .collect();
    }
    Ok(())
}

/// Of what is kept, and whether what comes is told as well.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lines {
    last: Option<usize>,
    follow: Option<String>,
}

impl Lines {
    fn last(&self) -> usize {
        self.last.unwrap_or(LAST)
    }

    /// `follow`, `follow=true`; all else is as without.
    fn follows(&self) -> bool {
        matches!(self.follow.as_deref(), Some("" | "true"))
    }
}

/// `GET /v1/plugins/{name}/logs`
pub(super) async fn logs(
    State(manager): State<Arc<Manager>>,
    Path(name): Path<String>,
    Query(lines): Query<Lines>,
    may: StillMay,
) -> Result<Response, Refusal> {
    let name = plugin(&name)?;
    let log = manager.log();
    if log.count(&name) == 0 && !manager.is_known(&name) {
        return Err(missing(&manager, &name).into());
    }
    if !lines.follows() {
        let last: Vec<LogRecord> = log.last(&name, lines.last());
        return Ok(Json(last).into_response());
    }
    let (last, following) = log.follow(&name, lines.last());
    follow(last, following, manager.stopping(), may)
}

/// `GET /v1/happenings`
pub(super) async fn happenings(
    State(manager): State<Arc<Manager>>,
    Query(lines): Query<Lines>,
    may: StillMay,
) -> Result<Response, Refusal> {
    let (mut kept, listening) = manager.happenings().listen();
    let before = kept.len().saturating_sub(lines.last());
    let last: Vec<Happening> = kept.split_off(before);
    match lines.follows() {
        true => follow(last, listening, manager.stopping(), may),
        false => Ok(Json(last).into_response()),
    }
}

impl From<ChoiceError> for Refusal {
    fn from(error: ChoiceError) -> Self {
        match error {
            ChoiceError::Find(error) => error.into(),
            ChoiceError::Platform(_) => Self::internal(&error),
        }
    }
}

impl From<UninstallError> for Refusal {
    fn from(error: UninstallError) -> Self {
        match error {
            UninstallError::Find(error) => error.into(),
            UninstallError::NotInstalled(_)
            | UninstallError::Folder { .. }
            | UninstallError::Elsewhere { .. }
            | UninstallError::Remove { .. } => Self::conflict(&error),
            UninstallError::File { .. } => Self::internal(&error),
        }
    }
}
