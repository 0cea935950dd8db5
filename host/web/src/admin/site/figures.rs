//! What was counted, and how things stand, in the form that Prometheus reads.
//!
//! Not here: what is counted. That is done where it happens.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use goatkit_manager::{Manager, State as Standing};
use metrics::gauge;

use super::Site;
use crate::admin::answer::refusal;

/// The states that a plugin may have, each with its figure also when no plugin has it.
const STATES: [(Standing, &str); 4] = [
    (Standing::Discovered, "discovered"),
    (Standing::Registered, "registered"),
    (Standing::Loaded, "loaded"),
    (Standing::Broken, "broken"),
];

/// `GET /metrics`
pub(super) async fn shown(State(site): State<Site>) -> Response {
    let Some(print) = &site.figures else {
        let text = "this host counts nothing: whoever embeds it has to install a recorder and \
                    hand over what prints its figures";
        return refusal(StatusCode::NOT_FOUND, text).into_response();
    };
    look(&site.admin.manager);
    let form = "text/plain; version=0.0.4; charset=utf-8";
    ([(CONTENT_TYPE, form)], print()).into_response()
}

/// Notes how things stand now: it is asked so seldom that nobody keeps it up to date.
fn look(manager: &Manager) {
    let snapshot = manager.snapshot();
    for (state, word) in STATES {
        let units = snapshot.plugins.values();
        let count = units.filter(|unit| unit.state() == state).count();
        set("goatkit_plugins", word, count);
    }
    set("goatkit_plugins", "disabled", snapshot.disabled.len());
    set("goatkit_plugins", "waiting", snapshot.waiting.len());
    set("goatkit_plugins", "refused", snapshot.refused.len());
    gauge!("goatkit_sessions_free").set(figure(manager.free_sessions()));
    gauge!("goatkit_conflicts").set(figure(snapshot.conflicts.len()));
}

fn set(name: &'static str, state: &'static str, count: usize) {
    gauge!(name, "state" => state).set(figure(count));
}

/// No count here is larger than what stays exact.
fn figure(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}
