//! What administrators do with a host, as JSON over HTTP: `table` says all of it, route by route.
//! There are two ways to it. `gk` asks over a socket in the data folder, which only the host's own
//! user can open, and may do everything; `site` is the listener for browsers and programs, where
//! each has to show who he is.
//!
//! Each answer is JSON, or where it is followed one JSON object a line; what was refused is `{"error": …}` with a status that says whose
//! fault it is. Not here: what a decision means (the manager).

mod answer;
mod call;
mod config;
mod follow;
mod grants;
mod jobs;
mod life;
mod openapi;
mod people;
mod plugins;
mod site;
mod state;
mod table;
mod tokens;

use axum::Router;
use tower_http::catch_panic::CatchPanicLayer;

pub use site::{AdminSiteSettings, Figures, admin_site};
pub use state::AdminState;

use table::{Row, Way};

/// The administrators' API as it is on the socket: below `/v1/`, for whoever may open it.
pub fn admin_router(state: AdminState) -> Router {
    table::routes(&[Way::Both, Way::Socket], "", Row::answers)
        .layer(CatchPanicLayer::new())
        .with_state(state)
}
