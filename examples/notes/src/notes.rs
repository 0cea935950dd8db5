//! What is kept, in the plugin's own tables: the notes of each agent, and which notes of its own
//! the application has saved.

use goatkit_plugin::Error;
use goatkit_plugin::db::{self, Rows, params};
use serde::{Deserialize, Serialize};

/// What somebody noted about a ticket.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) id: i64,
    pub(crate) ticket: i64,
    pub(crate) body: String,
}

/// As many as a page shows.
const MOST: i64 = 100;

/// Somebody's notes, the newest first.
pub(crate) fn of(login: &str) -> Result<Vec<Note>, Error> {
    let sql = "SELECT id, ticket, body FROM p_ticket_notes__note \
        WHERE login = ? ORDER BY id DESC LIMIT ?";
    db::query(sql, params![login, MOST])?.to()
}

pub(crate) fn add(login: &str, ticket: i64, body: &str) -> Result<(), Error> {
    let sql = "INSERT INTO p_ticket_notes__note (login, ticket, body) VALUES (?, ?, ?)";
    db::execute(sql, params![login, ticket, body])?;
    Ok(())
}

/// Whether there was such a note of this person's.
pub(crate) fn remove(login: &str, id: i64) -> Result<bool, Error> {
    let sql = "DELETE FROM p_ticket_notes__note WHERE login = ? AND id = ?";
    let done = db::execute(sql, params![login, id])?;
    Ok(done.affected > 0)
}

pub(crate) fn count(login: &str, ticket: i64) -> Result<i64, Error> {
    let sql = "SELECT count(*) FROM p_ticket_notes__note WHERE login = ? AND ticket = ?";
    number(&db::query(sql, params![login, ticket])?)
}

/// How many notes the application has saved of a ticket.
pub(crate) fn saved(ticket: i64) -> Result<i64, Error> {
    let sql = "SELECT count(*) FROM p_ticket_notes__saved WHERE ticket = ?";
    number(&db::query(sql, params![ticket])?)
}

/// One that is saved again counts once.
pub(crate) fn keep_saved(id: &str, ticket: i64) -> Result<(), Error> {
    let sql = "INSERT INTO p_ticket_notes__saved (id, ticket) VALUES (?, ?) \
        ON CONFLICT (id) DO NOTHING";
    db::execute(sql, params![id, ticket])?;
    Ok(())
}

fn number(rows: &Rows) -> Result<i64, Error> {
    rows.first().map_or(Ok(0), |row| row.at(0))
}
