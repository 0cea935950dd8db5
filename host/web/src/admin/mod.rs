//! What administrators do with a host, as JSON over HTTP. `gk` asks it over a socket in the
//! data folder, which only the host's own user can open; there is no other way to it.
//!
//! Each answer is JSON; what was refused is `{"error": …}` with a status that says whose
//! fault it is. Not here: what a decision means (the manager), and who may decide.

mod answer;
mod call;
mod config;
mod grants;
mod jobs;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use goatkit_manager::Manager;
use tower_http::catch_panic::CatchPanicLayer;

/// The routes of the administrator's API.
///
/// | route | body | answer |
/// |---|---|---|
/// | `GET /v1/grants` | | what every plugin asks, and what was decided |
/// | `GET /v1/plugins/{name}/grants` | | the same for one plugin |
/// | `POST /v1/examine` | `{file}` | what a package asks |
/// | `POST /v1/install` | `{file, binding, grants?}` | the same, installed |
/// | `POST /v1/plugins/{name}/grant`, `…/revoke` | `{rules: […]}` | the same, decided |
/// | `GET /v1/audit?plugin=&last=` | | denials, and what was never used or granted |
/// | `GET /v1/plugins/{name}/config` | | its settings, without secrets |
/// | `PUT`, `DELETE /v1/plugins/{name}/config/{key}` | `{value}` | its settings |
/// | `GET /v1/jobs?plugin=` | | what plugins do at given times |
/// | `POST /v1/plugins/{name}/jobs/run` | `{job, args?}` | `{"result": "ok"}` |
/// | `POST /v1/call` | `{file, function, args, locale, actor?}` | the function's answer |
pub fn admin_router(manager: Arc<Manager>) -> Router {
    Router::new()
        .route("/v1/grants", get(grants::all))
        .route("/v1/plugins/{name}/grants", get(grants::one))
        .route("/v1/examine", post(grants::examine))
        .route("/v1/install", post(grants::install))
        .route("/v1/plugins/{name}/grant", post(grants::grant))
        .route("/v1/plugins/{name}/revoke", post(grants::revoke))
        .route("/v1/audit", get(grants::audit))
        .route("/v1/plugins/{name}/config", get(config::shown))
        .route(
            "/v1/plugins/{name}/config/{key}",
            axum::routing::put(config::set).delete(config::unset),
        )
        .route("/v1/jobs", get(jobs::shown))
        .route("/v1/plugins/{name}/jobs/run", post(jobs::run))
        .route("/v1/call", post(call::call))
        .layer(CatchPanicLayer::new())
        .with_state(manager)
}
