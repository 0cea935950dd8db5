//! The walk over a statement's tree: what it has seen, which names stand for what where it
//! is, and the statements it knows. The nodes are in the files beside it.
//!
//! Columns are resolved without knowing the schema: a name may be a column of every table
//! that is visible where it stands, the ones around it included, because that is where an
//! engine goes on looking when the nearest table lacks it.

use std::collections::BTreeSet;
use std::fmt::Debug;

use sqlparser::ast::{Ident, Statement};

use super::super::access::Access;
use super::super::dialect::Dialect;
use super::super::limits::{MAX_DEPTH, MAX_PARAMETERS};
use super::{Verb, names};
use crate::Fault;

/// Where a walk is.
pub(super) struct Walk<'d> {
    pub(super) dialect: &'d Dialect,
    accesses: BTreeSet<Access>,
    parameters: usize,
    depth: usize,
    scopes: Vec<Vec<Relation>>,
    ctes: Vec<String>,
    cte_names: BTreeSet<String>,
    /// Engines differ on queries inside of checks and indexes; own tables do without.
    pub(super) queries: Queries,
}

/// Whether a query may stand inside of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Queries {
    Allowed,
    Refused,
}

/// Something that columns belong to.
#[derive(Debug, Clone)]
pub(super) struct Relation {
    /// What its columns are qualified with; nothing for a query without an alias.
    pub(super) name: Option<String>,
    /// The table; nothing for what the statement computes itself.
    pub(super) table: Option<String>,
}

impl Relation {
    /// What the statement computes itself: whatever it reads was seen where it reads it.
    pub(super) fn computed(name: Option<String>) -> Self {
        Self { name, table: None }
    }

    pub(super) fn table(name: String, table: String) -> Self {
        Self {
            name: Some(name),
            table: Some(table),
        }
    }
}

impl<'d> Walk<'d> {
    pub(super) fn new(dialect: &'d Dialect) -> Self {
        Self {
            dialect,
            accesses: BTreeSet::new(),
            parameters: 0,
            depth: 0,
            scopes: Vec::new(),
            ctes: Vec::new(),
            cte_names: BTreeSet::new(),
            queries: Queries::Allowed,
        }
    }

    /// What the statement is for, and the table it changes.
    pub(super) fn statement(
        &mut self,
        statement: &Statement,
    ) -> Result<(Verb, Option<String>), Fault> {
        match statement {
            Statement::Query(query) => self.top_query(query),
            Statement::Insert(insert) => {
                let target = self.insert(insert)?;
                Ok((Verb::Insert, Some(target)))
            }
            Statement::Update(update) => {
                let target = self.update(update)?;
                Ok((Verb::Change, Some(target)))
            }
            Statement::Delete(delete) => {
                let target = self.delete(delete)?;
                Ok((Verb::Change, Some(target)))
            }
            other => {
                let target = self.definition(other)?;
                Ok((Verb::Define, Some(target)))
            }
        }
    }

    /// Everything that was seen.
    pub(super) fn finish(self) -> Result<(BTreeSet<Access>, BTreeSet<String>, usize), Fault> {
        let taken = self.cte_names.iter().find(|name| self.is_table(name));
        if let Some(name) = taken {
            return Err(Fault::Invalid(format!(
                "`{name}` is a common table expression and a table; call the expression otherwise"
            )));
        }
        Ok((self.accesses, self.cte_names, self.parameters))
    }

    pub(super) fn saw(&mut self, access: Access) {
        self.accesses.insert(access);
    }

    pub(super) fn saw_parameter(&mut self) -> Result<(), Fault> {
        self.parameters += 1;
        if self.parameters > MAX_PARAMETERS {
            return Err(Fault::TooLarge(format!(
                "a statement has at most {MAX_PARAMETERS} parameters"
            )));
        }
        Ok(())
    }

    /// Walks a node that stands one step deeper.
    pub(super) fn deeper<T>(
        &mut self,
        walk: impl FnOnce(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Fault::TooLarge(format!(
                "a statement is at most {MAX_DEPTH} steps deep"
            )));
        }
        let result = walk(self);
        self.depth -= 1;
        result
    }

    /// Walks nodes that see the columns of `relations` beside the ones around.
    pub(super) fn within<T>(
        &mut self,
        relations: Vec<Relation>,
        walk: impl FnOnce(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.scopes.push(relations);
        let result = walk(self);
        self.scopes.pop();
        result
    }

    /// Walks nodes that see further common table expressions; they end with the walk.
    pub(super) fn with_ctes<T>(
        &mut self,
        walk: impl FnOnce(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let before = self.ctes.len();
        let result = walk(self);
        self.ctes.truncate(before);
        result
    }

    pub(super) fn add_cte(&mut self, name: String) {
        self.cte_names.insert(name.clone());
        self.ctes.push(name);
    }

    pub(super) fn is_cte(&self, name: &str) -> bool {
        self.ctes.iter().any(|cte| cte == name)
    }

    /// A column by its own name.
    pub(super) fn column(&mut self, column: &Ident) -> Result<(), Fault> {
        let column = names::name(column)?;
        if self.scopes.iter().all(Vec::is_empty) {
            return Err(Fault::Invalid(format!(
                "there is no table here that `{column}` could be a column of"
            )));
        }
        self.saw_column(column, |_| true);
        Ok(())
    }

    /// A column behind the name of what it belongs to.
    pub(super) fn qualified_column(&mut self, of: &Ident, column: &Ident) -> Result<(), Fault> {
        let (of, column) = (names::name(of)?, names::name(column)?);
        let named = |relation: &Relation| relation.name.as_ref() == Some(&of);
        if !self.scopes.iter().flatten().any(named) {
            return Err(Fault::Invalid(format!(
                "`{of}.{column}`: there is no table or alias `{of}` here"
            )));
        }
        self.saw_column(column, named);
        Ok(())
    }

    /// All columns of the innermost relations that `matches`.
    pub(super) fn whole_rows(&mut self, matches: impl Fn(&Relation) -> bool) -> Result<(), Fault> {
        let here = self.scopes.last().into_iter().flatten();
        let found: Vec<_> = here.filter(|relation| matches(relation)).collect();
        if found.is_empty() {
            return Err(Fault::Invalid(
                "`*`: there is no such table or alias here".to_owned(),
            ));
        }
        let tables = found.into_iter().filter_map(|it| it.table.clone());
        self.accesses
            .extend(tables.map(Access::Row).collect::<Vec<_>>());
        Ok(())
    }

    fn saw_column(&mut self, column: String, matches: impl Fn(&Relation) -> bool) {
        let candidates = self.scopes.iter().flatten().filter(|it| matches(it));
        let among: BTreeSet<_> = candidates.filter_map(|it| it.table.clone()).collect();
        if !among.is_empty() {
            self.accesses.insert(Access::Column { column, among });
        }
    }

    fn is_table(&self, name: &str) -> bool {
        self.accesses.iter().any(|access| match access {
            Access::Table(table)
            | Access::Row(table)
            | Access::Write(table)
            | Access::Define(table) => table == name,
            Access::Column { among, .. } => among.contains(name),
        })
    }
}

/// The refusal of something by its name.
pub(super) fn refused(what: impl std::fmt::Display) -> Fault {
    Fault::Invalid(format!("{what} is not allowed in a plugin's statement"))
}

/// The refusal of a node that the walk does not know, by the name of its kind.
pub(super) fn unknown(node: &impl Debug) -> Fault {
    let text = format!("{node:?}");
    let kind = text.split(|c: char| !c.is_alphanumeric()).next();
    refused(kind.unwrap_or_default())
}

/// Refuses a part of a node that is there.
pub(super) fn absent(part: &str, is_absent: bool) -> Result<(), Fault> {
    if is_absent {
        Ok(())
    } else {
        Err(refused(part))
    }
}
