//! What a statement does to tables, in the words that grants are written in. The policy
//! collects it from the statement, the grant decides.

use std::collections::BTreeSet;

/// One thing that a statement does. All names are in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Reads a table without naming a column, as `count(*)` does.
    Table(String),
    /// Reads every column of a table, as `*` does.
    Row(String),
    /// Reads a column that may be any of these tables': which one, only the engine knows,
    /// and so the grant must hold whichever it is.
    Column {
        /// The column.
        column: String,
        /// The tables, at least one.
        among: BTreeSet<String>,
    },
    /// Inserts, changes or deletes rows.
    Write(String),
    /// Creates, alters or drops a table or an index.
    Define(String),
}
