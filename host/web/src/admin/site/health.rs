//! Whether the host lives, and whether it can answer as it should: for whoever starts it again,
//! and whoever sends it requests. Everybody may ask, and learns no name.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use goatkit_manager::Mode;

use super::Site;

/// `GET /healthz`
pub(super) async fn lives() -> &'static str {
    "ok\n"
}

/// `GET /readyz`
pub(super) async fn is_ready(State(site): State<Site>) -> Response {
    let missing = site.admin.manager.missing().await;
    if missing.is_empty() {
        return match site.admin.manager.mode() {
            Mode::Usual => "ready\n",
            Mode::Safe => "ready, in safe mode: plugins show nothing by themselves\n",
        }
        .into_response();
    }
    let text = format!("{}\n", missing.join("\n"));
    (StatusCode::SERVICE_UNAVAILABLE, text).into_response()
}
