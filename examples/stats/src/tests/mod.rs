//! The functions as a host calls them, on a small help desk whose figures are counted by
//! hand (`desk.sql`).

#![allow(clippy::unwrap_used)]

mod access;
mod charts;
mod figures;
mod kept;
mod package;
mod request;
mod weekly;

use goatkit_plugin::testing::{Session, Sqlite};
use goatkit_plugin::{Error, Output, Plugin, Timestamp, Value};

use crate::stats;

const DESK: &str = include_str!("desk.sql");

/// 2026-03-19 12:00:00, the time of [`DESK`].
const NOW: i64 = 1_773_921_600;

/// A session on a help desk whose tables are those that the manifest asks for.
fn session_on(rows: &str) -> Session {
    let script = format!("{}{rows}", request::schema(&request::tables()));
    let mut session = Session::default()
        .grant("db")
        .database(Sqlite::new(&script))
        .signed_in("root@localhost", "agent");
    session.now = Timestamp {
        seconds: NOW,
        nanoseconds: 999_999_999,
    };
    session
}

fn session() -> Session {
    session_on(DESK)
}

/// Calls a function with arguments as JSON.
fn call(session: &Session, function: &str, args: &str) -> Result<Output, Error> {
    let call = || <stats::Plugin as Plugin>::call(function, args);
    session.clone().run(call)
}

/// The answer of a function that answers JSON.
#[track_caller]
fn json(session: &Session, function: &str, range: &str) -> Value {
    let args = format!("[{range:?}]");
    match call(session, function, &args).unwrap() {
        Output::Json(text) => serde_json::from_str(&text).unwrap(),
        Output::Html(html) => panic!("{function} answers HTML: {html}"),
    }
}

/// The total of everything that a session's actor sees.
#[track_caller]
fn total(session: &Session) -> i64 {
    json(session, "overview", "all")["total"].as_i64().unwrap()
}
