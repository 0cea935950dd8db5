//! SQL within the plugin's grant: on the application's tables as far as they are granted,
//! and on the plugin's own, whose names begin with `p_` and the plugin's name.
//!
//! `?` is a parameter, on every engine, and [`params!`] writes what stands for it. The codes
//! of [`Fault::Failed`] are `conflict`, `constraint`, `locked`, `full`, `corrupt`, `missing`
//! and `sql`.
//!
//! ```
//! use goatkit_plugin::db::{self, params};
//! use goatkit_plugin::{Error, Fault};
//!
//! #[derive(serde::Deserialize)]
//! struct Ticket {
//!     id: i64,
//!     title: Option<String>,
//! }
//!
//! fn newest(queue: &str, limit: u32) -> Result<Vec<Ticket>, Error> {
//!     let sql = "SELECT t.id, t.title FROM ticket AS t JOIN queue AS q ON q.id = t.queue_id
//!         WHERE q.name = ? ORDER BY t.id DESC LIMIT ?";
//!     db::query(sql, params![queue, limit])?.to()
//! }
//!
//! fn count() -> Result<i64, Error> {
//!     let rows = db::query("SELECT count(*) FROM ticket", params![])?;
//!     rows.first().map_or(Ok(0), |row| row.at(0))
//! }
//!
//! fn move_all(from: i64, to: i64) -> Result<u64, Fault> {
//!     let transaction = db::begin()?;
//!     let moved = transaction.execute(
//!         "UPDATE p_desk__note SET queue_id = ? WHERE queue_id = ?",
//!         params![to, from],
//!     )?;
//!     transaction.execute("DELETE FROM p_desk__queue WHERE id = ?", params![from])?;
//!     transaction.commit()?;
//!     Ok(moved.affected)
//! }
//! # use goatkit_plugin::testing::{Answers, Session, rows};
//! # let answers = Answers::new()
//! #     .when("SELECT t.id", rows(["id", "title"], [params![7, None::<String>]]))
//! #     .when("count(*)", rows(["count(*)"], [params![1]]))
//! #     .when("UPDATE", db::Done { affected: 2, last_insert_id: None })
//! #     .when("DELETE", db::Done { affected: 1, last_insert_id: None });
//! # Session::default().grant("db").database(answers).run(|| {
//! #     let tickets = newest("Raw", 1).unwrap();
//! #     assert_eq!((tickets[0].id, &tickets[0].title), (7, &None));
//! #     assert_eq!(count(), Ok(1));
//! #     assert_eq!(move_all(1, 2), Ok(2));
//! # });
//! ```

mod read;
mod rows;
mod value;

use crate::host;
use crate::types::Fault;

pub use crate::__params as params;
pub use crate::raw::goatkit::plugin::db::{Column, Done, Rows};
pub use rows::{Iter, Row};
pub use value::Value;

/// Reads. One value per `?`.
pub fn query(sql: &str, params: impl AsRef<[Value]>) -> Result<Rows, Fault> {
    host::db::query(sql, params.as_ref())
}

/// Writes, or defines an own table; whole or not at all. [`Fault::Invalid`] while the call
/// has a transaction open, which the statement would wait for.
pub fn execute(sql: &str, params: impl AsRef<[Value]>) -> Result<Done, Fault> {
    host::db::execute(sql, params.as_ref())
}

/// Opens a transaction that may write. It waits for other writers until the deadline. A
/// call has one open at most.
pub fn begin() -> Result<Transaction, Fault> {
    host::db::begin().map(Transaction)
}

/// An open transaction. What is neither committed nor rolled back is undone when this is
/// dropped, and at the latest when the call ends: from then on every function answers
/// [`Fault::Invalid`].
#[derive(Debug)]
#[must_use = "a transaction that is dropped is undone"]
pub struct Transaction(host::db::Transaction);

impl Transaction {
    /// As [`query`], within the transaction.
    pub fn query(&self, sql: &str, params: impl AsRef<[Value]>) -> Result<Rows, Fault> {
        self.0.query(sql, params.as_ref())
    }

    /// As [`execute`], within the transaction.
    pub fn execute(&self, sql: &str, params: impl AsRef<[Value]>) -> Result<Done, Fault> {
        self.0.execute(sql, params.as_ref())
    }

    /// Keeps what the transaction did.
    pub fn commit(self) -> Result<(), Fault> {
        self.0.commit()
    }

    /// Undoes what the transaction did.
    pub fn rollback(self) -> Result<(), Fault> {
        self.0.rollback()
    }
}
