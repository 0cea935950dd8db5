//! The host with what the application gives to plugins, and the routes with the host's among
//! them.

use std::collections::BTreeSet;
use std::future::ready;
use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Html;
use axum::routing::get;
use axum::{Json, Router};
use goatkit_host::{Actor, AppCall, Fault, Host, HostBuilder};
use serde_json::{Value, json};

use crate::ticketing;
use crate::tickets::{Ticket, Tickets};

/// The application's templates: `/ticket` is `templates/ticket.html`.
const TEMPLATES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");

/// The people of the desk, and what the application lets each of them do.
const PEOPLE: [(&str, &[&str]); 2] = [
    ("ada", &["ticket.read", "ticket.write"]),
    ("bob", &["ticket.read"]),
];

/// A host on a data folder, with all that plugins may ask of the application.
pub fn host(data: impl Into<PathBuf>, tickets: &Arc<Tickets>) -> HostBuilder {
    let (reads, writes) = (Arc::clone(tickets), Arc::clone(tickets));
    let id = json!({ "type": "integer" });
    let text = json!({ "type": "string", "minLength": 1, "maxLength": 1000 });
    HostBuilder::new(data)
        .templates(TEMPLATES)
        .identify(signed_in)
        .function(
            "ticket.title",
            "The title of a ticket",
            object(json!({ "id": id })),
            Some("ticket.read"),
            move |call| ready(title(&reads, &call)),
        )
        .function(
            "ticket.add-note",
            "Adds a note of the signed-in agent to a ticket, and answers how many there are",
            object(json!({ "id": id, "text": text })),
            Some("ticket.write"),
            move |call| ready(add_note(&writes, &call)),
        )
        .share(Arc::clone(tickets))
        .capability(ticketing::CAPABILITY, ticketing::link)
}

/// The application's own routes, and the host's for everything else.
pub fn router(host: &Host, tickets: Arc<Tickets>) -> Router {
    Router::new()
        .route("/", get(start))
        .route("/tickets/{id}", get(ticket))
        .with_state(tickets)
        .merge(host.router())
}

/// Who is signed in. A stand-in: here whoever asks says who it is, with `?as=ada`. A real
/// application looks its session up.
fn signed_in(request: &Parts) -> Option<Actor> {
    let mut query = request.uri.query()?.split('&');
    let login = query.find_map(|pair| pair.strip_prefix("as="))?;
    let (_, may) = PEOPLE.iter().find(|(known, _)| *known == login)?;
    Some(Actor {
        id: login.to_owned(),
        login: login.to_owned(),
        kind: "agent".to_owned(),
        permissions: may.iter().map(ToString::to_string).collect::<BTreeSet<_>>(),
    })
}

/// An object with exactly these properties. What does not fit never reaches a handler.
fn object(properties: Value) -> Value {
    let names: Vec<&String> = properties
        .as_object()
        .into_iter()
        .flat_map(|it| it.keys())
        .collect();
    json!({
        "type": "object",
        "required": names,
        "properties": properties,
        "additionalProperties": false,
    })
}

fn title(tickets: &Tickets, call: &AppCall) -> Result<Value, Fault> {
    let ticket = tickets.get(id(call)).ok_or_else(no_such_ticket)?;
    Ok(json!(ticket.title))
}

/// The note is the actor's, whoever the plugin says it is for: that is why a plugin cannot
/// say it.
fn add_note(tickets: &Tickets, call: &AppCall) -> Result<Value, Fault> {
    let text = call.args["text"].as_str().unwrap_or_default();
    // The permission stands for somebody who has it.
    let by = call.actor.as_ref().map_or("nobody", |actor| &actor.login);
    let notes = tickets.add_note(id(call), by, text);
    Ok(json!(notes.ok_or_else(no_such_ticket)?))
}

fn id(call: &AppCall) -> u64 {
    call.args["id"].as_u64().unwrap_or_default()
}

fn no_such_ticket() -> Fault {
    Fault::failed("not-found", "there is no such ticket")
}

/// The start page, which is the application's own and knows nothing of plugins.
async fn start(State(tickets): State<Arc<Tickets>>) -> Html<String> {
    let line = |(id, ticket): (u64, Ticket)| {
        format!(
            "<li><a href=\"/ticket?id={id}&amp;as=ada\">{}</a>",
            ticket.title
        )
    };
    let lines: String = tickets.all().into_iter().map(line).collect();
    Html(format!(
        "<!doctype html><title>Desk</title><h1>Tickets</h1><ul>{lines}</ul>"
    ))
}

/// A ticket as data.
async fn ticket(
    State(tickets): State<Arc<Tickets>>,
    Path(id): Path<u64>,
) -> Result<Json<Ticket>, StatusCode> {
    tickets.get(id).map(Json).ok_or(StatusCode::NOT_FOUND)
}
