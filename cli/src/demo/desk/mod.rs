//! The demo's own application: tickets that an agent reads and notes something on, and that a
//! customer reads if they are his. It shows its pages through the host, so that plugins have
//! their say in them, and tells the host what it has saved.
//!
//! Not here: the tickets themselves (`tickets`), and who may sign in (`super::accounts`).

mod tickets;

use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use goatkit_host::{Actor, Host, Page, Saved};
use serde_json::{Map, Value, json};

pub(super) use tickets::Tickets;

/// Who may read every ticket, his own, and who may note something.
const READ: &str = "ticket.read";
const OWN: &str = "ticket.own";
const NOTE: &str = "ticket.note";

/// Bytes of the form that a note is sent with.
const MAX_FORM_BYTES: usize = 64 << 10;

/// What its pages work with.
#[derive(Clone)]
struct Desk {
    host: Arc<Host>,
    tickets: Tickets,
}

/// The application's routes, and the host's for everything else.
pub(super) fn router(host: &Arc<Host>, tickets: Tickets) -> Router {
    let desk = Desk {
        host: Arc::clone(host),
        tickets,
    };
    Router::new()
        .route("/demo/tickets", get(list))
        .route("/demo/ticket/{id}", get(ticket))
        .route("/demo/ticket/{id}/notes", post(note))
        .with_state(desk)
        .fallback_service(host.router())
}

/// What went wrong, as a page says it.
type Refused = Response;

impl Desk {
    async fn show(
        &self,
        request: &Parts,
        name: &str,
        template: &str,
        data: Value,
        public: &[&str],
    ) -> Response {
        let data = match data {
            Value::Object(data) => data,
            _ => Map::new(),
        };
        let page = Page {
            name,
            template,
            data,
            public,
        };
        self.host.pages().show(request, page).await
    }

    /// Whoever is signed in, if he may do one of these.
    async fn somebody(&self, request: &Parts, one_of: &[&str]) -> Result<Actor, Refused> {
        let pages = self.host.pages();
        let Some(actor) = pages.actor(request).await else {
            return Err(pages.ask_to_sign_in(request));
        };
        match one_of.iter().any(|it| actor.permissions.contains(*it)) {
            true => Ok(actor),
            false => Err(refuse(StatusCode::FORBIDDEN, "this is not for you")),
        }
    }
}

/// `GET /demo/tickets`: those that the reader may see, the newest first.
async fn list(State(desk): State<Desk>, request: Request) -> Response {
    let (request, _) = request.into_parts();
    let actor = match desk.somebody(&request, &[READ, OWN]).await {
        Ok(actor) => actor,
        Err(refused) => return refused,
    };
    match desk.tickets.newest(customer(&actor)).await {
        Ok(tickets) => {
            let data = json!({ "tickets": tickets });
            let template = "demo/_tickets.html";
            desk.show(&request, "demo.tickets", template, data, &[])
                .await
        }
        Err(error) => broken(&error),
    }
}

/// `GET /demo/ticket/{id}`
async fn ticket(State(desk): State<Desk>, Path(id): Path<i64>, request: Request) -> Response {
    let (request, _) = request.into_parts();
    let actor = match desk.somebody(&request, &[READ, OWN]).await {
        Ok(actor) => actor,
        Err(refused) => return refused,
    };
    let found = desk.tickets.ticket(id, customer(&actor)).await;
    match found {
        Ok(Some((ticket, notes))) => {
            let data = json!({
                "ticket": ticket,
                "notes": notes,
                "may_note": actor.permissions.contains(NOTE),
            });
            let template = "demo/_ticket.html";
            let public = &["ticket"];
            desk.show(&request, "demo.ticket", template, data, public)
                .await
        }
        Ok(None) => refuse(StatusCode::NOT_FOUND, "there is no such ticket"),
        Err(error) => broken(&error),
    }
}

/// `POST /demo/ticket/{id}/notes`: saves what an agent noted, and tells plugins of it.
async fn note(State(desk): State<Desk>, Path(id): Path<i64>, request: Request) -> Response {
    let (request, body) = request.into_parts();
    let actor = match desk.somebody(&request, &[NOTE]).await {
        Ok(actor) => actor,
        Err(refused) => return refused,
    };
    let Ok(body) = axum::body::to_bytes(body, MAX_FORM_BYTES).await else {
        return refuse(StatusCode::PAYLOAD_TOO_LARGE, "the note is too long");
    };
    let field = |wanted: &str| {
        let mut fields = form_urlencoded::parse(&body);
        fields.find(|(name, _)| name == wanted).map(|(_, it)| it)
    };
    let checked = desk.host.pages();
    if let Err(refused) = checked
        .check_form(&request, field("_csrf").as_deref())
        .await
    {
        return refused;
    }
    let text = field("text").unwrap_or_default();
    if text.trim().is_empty() {
        return refuse(StatusCode::BAD_REQUEST, "a note has a text");
    }
    match desk.tickets.add_note(id, &actor, &text).await {
        Ok(Some(note)) => {
            let saved = Saved {
                entity: "ticket_note".to_owned(),
                id: note.to_string(),
                data: json!({ "ticket": id }),
                actor: Some(actor),
                tenant: None,
                locale: "en".to_owned(),
                request_id: format!("note-{note}"),
            };
            desk.host.saved(saved).await;
            Redirect::to(&format!("/demo/ticket/{id}")).into_response()
        }
        Ok(None) => refuse(StatusCode::NOT_FOUND, "there is no such ticket"),
        Err(error) => broken(&error),
    }
}

/// The login of a customer, who reads his own tickets only.
fn customer(actor: &Actor) -> Option<&str> {
    (!actor.permissions.contains(READ)).then_some(actor.login.as_str())
}

fn refuse(status: StatusCode, text: &str) -> Refused {
    (status, format!("{text}\n")).into_response()
}

fn broken(error: &anyhow::Error) -> Refused {
    tracing::error!("the demo's database: {error:#}");
    let text = "the help desk's database does not answer";
    refuse(StatusCode::INTERNAL_SERVER_ERROR, text)
}
