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
mod people;
mod state;
mod tokens;

use axum::Router;
use axum::routing::{delete, get, post, put};
use tower_http::catch_panic::CatchPanicLayer;

pub use state::AdminState;

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
/// | `GET /v1/users?after=&limit=` | | users by login |
/// | `POST /v1/users` | `{login, kind, id?, password, roles?}` | the user |
/// | `GET`, `DELETE /v1/users/{login}` | | the user; `{"result": "ok"}` |
/// | `PUT /v1/users/{login}` | `{roles?, add_roles?, remove_roles?, disabled?}` | the user |
/// | `POST /v1/users/{login}/password` | `{password}` | `{"result": "ok"}` |
/// | `GET /v1/roles` | | roles and what they may do |
/// | `POST /v1/roles` | `{name}` | the role |
/// | `DELETE /v1/roles/{name}` | | `{"result": "ok"}` |
/// | `PUT`, `DELETE /v1/roles/{name}/permissions/{permission}` | | `{role, note?}` |
/// | `GET /v1/tokens` | | tokens, without what is shown for them |
/// | `POST /v1/tokens` | `{name, scopes, days?}` | `{token, secret}` |
/// | `DELETE /v1/tokens/{id}` | | `{"result": "ok"}` |
pub fn admin_router(state: AdminState) -> Router {
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
            put(config::set).delete(config::unset),
        )
        .route("/v1/jobs", get(jobs::shown))
        .route("/v1/plugins/{name}/jobs/run", post(jobs::run))
        .route("/v1/call", post(call::call))
        .route("/v1/users", get(people::users).post(people::add_user))
        .route(
            "/v1/users/{login}",
            get(people::user)
                .put(people::change_user)
                .delete(people::remove_user),
        )
        .route("/v1/users/{login}/password", post(people::set_password))
        .route("/v1/roles", get(people::roles).post(people::add_role))
        .route("/v1/roles/{name}", delete(people::remove_role))
        .route(
            "/v1/roles/{name}/permissions/{permission}",
            put(people::grant).delete(people::revoke),
        )
        .route("/v1/tokens", get(tokens::list).post(tokens::create))
        .route("/v1/tokens/{id}", delete(tokens::revoke))
        .layer(CatchPanicLayer::new())
        .with_state(state)
}
