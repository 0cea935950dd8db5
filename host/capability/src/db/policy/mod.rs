//! The policy: what of SQL a plugin may say, and what a statement does to tables.
//!
//! It does not trust text. A statement is parsed, walked node by node (what the walk does
//! not know is refused by name), and printed again; what is sent is the printed tree, and
//! printing is held to be faithful by parsing it once more. Nothing here knows a grant or a
//! connection: the walk says what the statement accesses, and the grant decides.

mod constraint;
mod define;
mod expression;
mod from;
mod function;
mod literal;
mod names;
mod order;
mod query;
mod text;
mod walk;
mod write;

use std::collections::BTreeSet;

use sqlparser::ast;

use super::access::Access;
use super::dialect::Dialect;
use crate::Fault;

pub(super) use names::{RESERVED, is_name};
pub(super) use text::Comments;

/// What a statement is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// It reads.
    Read,
    /// It inserts rows; may read as well.
    Insert,
    /// It changes or deletes rows; may read as well.
    Change,
    /// It creates, alters or drops a table or an index.
    Define,
}

/// A statement that passed the policy. It may be sent wherever a grant permits its accesses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The checked tree, printed.
    pub sql: String,
    /// What it is for.
    pub verb: Verb,
    /// What it does to tables.
    pub accesses: BTreeSet<Access>,
    /// The names of its common table expressions: none may be a table's.
    pub cte_names: BTreeSet<String>,
    /// How many `?` it has.
    pub parameters: usize,
    /// The table whose rows it changes, or that it defines.
    pub target: Option<String>,
}

/// Stack that reading a statement is given. Its tree is walked, printed and dropped by
/// recursion, and the caller may stand on a guest's small stack.
const STACK_BYTES: usize = 8 * 1024 * 1024;

/// Holds one statement against the policy.
///
/// # Errors
/// [`Fault::Invalid`] names what is not allowed; [`Fault::TooLarge`] the limit.
pub fn check(dialect: &Dialect, sql: &str) -> Result<Statement, Fault> {
    stacker::grow(STACK_BYTES, || {
        let mut trees = text::parse(dialect, sql, Comments::Refused)?;
        match (trees.pop(), trees.is_empty()) {
            (Some(tree), true) => check_tree(dialect, &tree),
            (None, _) => Err(Fault::Invalid("there is no statement".to_owned())),
            (Some(_), false) => Err(Fault::Invalid(
                "one statement at a time: there is a second one behind the `;`".to_owned(),
            )),
        }
    })
}

/// Holds every statement of a file against the policy. Files may have comments.
///
/// # Errors
/// As [`check`].
pub(super) fn check_file(dialect: &Dialect, sql: &str) -> Result<Vec<Statement>, Fault> {
    stacker::grow(STACK_BYTES, || {
        let trees = text::parse(dialect, sql, Comments::Plain)?;
        trees.iter().map(|tree| check_tree(dialect, tree)).collect()
    })
}

fn check_tree(dialect: &Dialect, tree: &ast::Statement) -> Result<Statement, Fault> {
    let mut walk = walk::Walk::new(dialect);
    let (verb, target) = walk.statement(tree)?;
    let sql = text::print(dialect, tree)?;
    let (accesses, cte_names, parameters) = walk.finish()?;
    Ok(Statement {
        sql,
        verb,
        accesses,
        cte_names,
        parameters,
        target,
    })
}

#[cfg(test)]
mod tests;
