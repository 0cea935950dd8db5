//! Where administrators work with a browser or a program: a listener with an address, an origin
//! and a cookie of its own, so that no script of a plugin runs where grants are decided.
//!
//! The way of a request: `door` refuses what calls the site by a wrong name and puts the headers
//! on every answer; `gate` decides who may do what, by a token or by the cookie; then the API of
//! the table, or a page. `overview` and `sign_in` are the first pages, made by `html`, which
//! knows no markup but its own; `figures` and `health` are for whoever watches over the host.
//!
//! Browsers do not tell cookies of one host apart by ports. Where the application is called
//! `127.0.0.1`, this site is best called `localhost`: those are two hosts.
//!
//! Not here: what a decision means (the manager), users and tokens (people), and anything that a
//! package brings as anything but text.

mod act;
mod door;
mod failures;
mod figures;
mod form;
mod gate;
mod health;
mod html;
mod overview;
mod sign_in;

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use goatkit_people::{Place, Scope};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::trace::TraceLayer;

use super::answer::refusal;
use super::openapi;
use super::state::AdminState;
use super::table::{self, Way};
use crate::counting;
use crate::hosts::Names;
use gate::Gate;

/// The cookie of those who are signed in here.
pub(super) const COOKIE: &str = Place::Administration.cookie();

/// What the site looks like.
const STYLE: &str = include_str!("style.css");

/// What prints the figures that were counted, in the form that Prometheus reads.
pub type Figures = Arc<dyn Fn() -> String + Send + Sync>;

/// What a host decides about its site for administrators.
#[derive(Clone, Default)]
pub struct AdminSiteSettings {
    /// The port that the site is called by; any where it is not known.
    pub port: Option<u16>,
    /// Names by which it may be called besides `localhost` and loopback addresses, as browsers
    /// write them: with a port unless it is the usual one, `desk.example` or
    /// `desk.example:8443`.
    pub names: Vec<String>,
    /// Whether browsers reach it by `https` only.
    pub secure: bool,
    /// Nothing is shown at `/metrics` without it.
    pub figures: Option<Figures>,
}

/// What every handler works with.
#[derive(Clone)]
struct Site {
    admin: AdminState,
    gate: Gate,
    secure: bool,
    figures: Option<Figures>,
    document: Arc<str>,
}

/// The site for administrators: the API below `/api/v1/`, `/api/openapi.json`, `/healthz`,
/// `/readyz`, `/metrics`, and the pages `/`, `/sign-in` and `/sign-out`. It is served on a
/// listener of its own, and never below another's routes.
///
/// # Errors
/// If the system has no random bytes.
pub fn admin_site(state: AdminState, settings: AdminSiteSettings) -> io::Result<Router> {
    let gate = Gate::new(&state)?;
    let document = openapi::document().map_err(io::Error::other)?;
    let names = Names {
        port: settings.port,
        others: settings.names.into(),
    };
    let site = Site {
        admin: state.clone(),
        gate: gate.clone(),
        secure: settings.secure,
        figures: settings.figures,
        document: document.to_string().into(),
    };
    let guarded = |scope: Scope| from_fn_with_state((gate.clone(), scope), gate::pass);
    let api = table::routes(&[Way::Both], "/api", |row| {
        row.answers().route_layer(guarded(row.scope))
    });
    let figures = get(figures::shown).route_layer(guarded(Scope::Read));
    Ok(Router::new()
        .route("/", get(overview::show))
        .route("/plugins/{name}", post(act::act))
        .route("/style.css", get(style))
        .route("/sign-in", get(sign_in::form).post(sign_in::enter))
        .route("/sign-out", post(sign_in::leave))
        .route("/healthz", get(health::lives))
        .route("/readyz", get(health::is_ready))
        .route("/metrics", figures)
        .route("/api/openapi.json", get(described))
        .with_state(site)
        .merge(api.with_state(state))
        .fallback(nothing)
        .layer(CatchPanicLayer::new())
        .layer(from_fn(counting::at_the_admin_site))
        .layer(from_fn_with_state(names, door::enter))
        .layer(TraceLayer::new_for_http().on_failure(())))
}

/// `GET /api/openapi.json`. What the API is like is no secret: it is the same on every host.
async fn described(State(site): State<Site>) -> Response {
    let json = [(CONTENT_TYPE, "application/json")];
    (json, site.document.to_string()).into_response()
}

/// `GET /style.css`
async fn style() -> Response {
    ([(CONTENT_TYPE, "text/css")], STYLE).into_response()
}

async fn nothing() -> Response {
    let text = "there is nothing here: /api/openapi.json says what there is";
    refusal(StatusCode::NOT_FOUND, text).into_response()
}
