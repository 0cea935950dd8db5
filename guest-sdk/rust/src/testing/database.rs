//! What stands in for a database in tests, and answers for it to give.
//!
//! [`Answers`](super::Answers) is scripted, `Sqlite` is real; whoever needs a third writes
//! one.

use crate::db::{Column, Done, Rows, Value};
use crate::types::Fault;

/// A database for a session. The rules of transactions are kept before it is asked: it gets
/// a `begin` only while none is open, and each is followed by a `commit` or a `rollback`.
pub trait Database {
    /// Reads.
    fn query(&mut self, sql: &str, params: &[Value]) -> Result<Rows, Fault>;

    /// Writes.
    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<Done, Fault>;

    /// Opens a transaction.
    fn begin(&mut self) -> Result<(), Fault>;

    /// Keeps what the transaction did.
    fn commit(&mut self) -> Result<(), Fault>;

    /// Undoes what the transaction did.
    fn rollback(&mut self) -> Result<(), Fault>;
}

/// An answer to a query, its columns without declared types:
/// `rows(["id", "title"], [params![1, "a"], params![2, "b"]])`.
pub fn rows<const N: usize>(
    columns: [&str; N],
    rows: impl IntoIterator<Item = [Value; N]>,
) -> Rows {
    let column = |name: &str| Column {
        name: name.to_owned(),
        type_name: String::new(),
    };
    Rows {
        columns: columns.map(column).into(),
        rows: rows.into_iter().map(Into::into).collect(),
    }
}
