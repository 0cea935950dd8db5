//! The second wall, inside of the engine: what a statement may touch, asked by SQLite itself
//! while it prepares the statement, and when it is to stop, asked while it runs.
//!
//! The wall knows the grant of the running statement. It trusts nothing that the policy
//! found out.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use super::kin::Kin;
use crate::db::SQLITE;
use crate::db::policy::{Statement, Verb};
use crate::db::statements::Force;

/// When a statement is to stop: at its deadline, or when nobody waits for it any more.
#[derive(Debug)]
pub(super) struct Stop {
    deadline: Instant,
    dropped: AtomicBool,
}

impl Stop {
    pub(super) fn at(deadline: Instant) -> Self {
        Self {
            deadline,
            dropped: AtomicBool::new(false),
        }
    }

    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }

    pub(super) fn was_reached(&self) -> bool {
        self.dropped.load(Ordering::Relaxed) || Instant::now() >= self.deadline
    }
}

/// Stops a statement when its caller is dropped.
pub(super) struct StopOnDrop(pub(super) Arc<Stop>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.dropped.store(true, Ordering::Relaxed);
    }
}

/// What the engine reports of a statement: (table, column) pairs, in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Report {
    /// Columns read by the statement itself; an empty column stands for the table alone.
    pub(super) reads: BTreeSet<(String, String)>,
    /// Tables written by the statement itself.
    pub(super) writes: BTreeSet<String>,
    /// What was denied first, in words.
    pub(super) denied: Option<String>,
    /// The row that was inserted last into the target.
    pub(super) inserted: Option<i64>,
}

/// One connection's wall.
#[derive(Default)]
pub(super) struct Wall(Mutex<State>);

#[derive(Default)]
struct State {
    rule: Rule,
    stop: Option<Arc<Stop>>,
    target: Option<String>,
    report: Report,
}

/// Whose statement is being prepared.
#[derive(Default)]
enum Rule {
    /// Nobody's: nothing passes.
    #[default]
    Closed,
    /// The host's own: settings, the ends of transactions.
    Host,
    /// A plugin's.
    Plugin(Plugin),
}

/// All that a plugin's statement is held against.
pub(super) struct Plugin {
    pub(super) force: Arc<Force>,
    pub(super) statement: Arc<Statement>,
    pub(super) kin: Kin,
}

impl Wall {
    /// Lets the host's own statements pass.
    pub(super) fn open_for_host(&self, stop: Option<Arc<Stop>>) {
        *self.state() = State {
            rule: Rule::Host,
            stop,
            ..State::default()
        };
    }

    /// Holds what follows against a plugin's grant.
    pub(super) fn open_for(&self, plugin: Plugin, target: Option<String>, stop: Arc<Stop>) {
        *self.state() = State {
            rule: Rule::Plugin(plugin),
            stop: Some(stop),
            target,
            report: Report::default(),
        };
    }

    /// Closes the wall; what the engine reported since it was opened.
    pub(super) fn close(&self) -> Report {
        std::mem::take(&mut *self.state()).report
    }

    /// Whether the engine is to stop, asked every some thousand steps.
    pub(super) fn stops(&self) -> bool {
        let state = self.state();
        state.stop.as_ref().is_some_and(|stop| stop.was_reached())
    }

    pub(super) fn saw_insert(&self, table: &str, row: i64) {
        let mut state = self.state();
        let is_target = |target: &String| target.eq_ignore_ascii_case(table);
        if state.target.as_ref().is_some_and(is_target) {
            state.report.inserted = Some(row);
        }
    }

    /// The engine's question.
    pub(super) fn authorize(&self, asked: &AuthContext<'_>) -> Authorization {
        let mut state = self.state();
        let State { rule, report, .. } = &mut *state;
        let allowed = match rule {
            Rule::Closed => false,
            Rule::Host => true,
            Rule::Plugin(plugin) => permits(plugin, asked, report),
        };
        if allowed {
            return Authorization::Allow;
        }
        report.denied.get_or_insert_with(|| words(&asked.action));
        Authorization::Deny
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A statement touches the one database that there is. What the engine calls the database of
/// an ALTER TABLE is in some cases a column, and the database stands elsewhere.
fn is_main(asked: &AuthContext<'_>) -> bool {
    let name = match asked.action {
        AuthAction::AlterTable { database_name, .. } => Some(database_name),
        _ => asked.database_name,
    };
    matches!(name, None | Some("main" | "temp"))
}

fn permits(
    Plugin {
        force,
        statement,
        kin,
    }: &Plugin,
    asked: &AuthContext<'_>,
    report: &mut Report,
) -> bool {
    if !is_main(asked) {
        return false;
    }
    // A view or a trigger is the application's, because no plugin can make one. What it does
    // is its own affair; that it is used, was asked before under its own name.
    let by_application = asked.accessor.is_some();
    let grant = force.grant();
    let verb = statement.verb;
    let writes = !matches!(verb, Verb::Read);
    let defines = matches!(verb, Verb::Define);
    match asked.action {
        AuthAction::Select | AuthAction::Recursive => true,
        AuthAction::Function { function_name } => {
            let name = function_name.to_ascii_lowercase();
            SQLITE.reports_function(&name) || by_application || defines && is_internal(&name)
        }
        AuthAction::Read {
            table_name,
            column_name,
        } => {
            let (table, column) = lower(table_name, column_name);
            // `count(*)` of a common table expression. No table is called like one.
            if column.is_empty() && statement.cte_names.contains(&table) {
                return true;
            }
            let by_key = kin.keys.contains(&(table.clone(), column.clone()));
            if by_application || by_key || defines && is_schema(&table) {
                return true;
            }
            let granted = grant.reads(&table, &column);
            report.reads.insert((table, column));
            granted
        }
        AuthAction::Insert { table_name }
        | AuthAction::Delete { table_name }
        | AuthAction::Update { table_name, .. } => {
            let table = table_name.to_ascii_lowercase();
            if defines {
                return is_schema(&table) || grant.defines(&table);
            }
            if by_application || kin.tables.contains(&table) {
                return writes;
            }
            let granted = writes && grant.writes(&table);
            report.writes.insert(table);
            granted
        }
        // the engine's own table for AUTOINCREMENT
        AuthAction::CreateTable {
            table_name: "sqlite_sequence",
        } => defines,
        AuthAction::CreateTable { table_name }
        | AuthAction::DropTable { table_name }
        | AuthAction::AlterTable { table_name, .. } => {
            defines && grant.defines(&table_name.to_ascii_lowercase())
        }
        AuthAction::CreateIndex {
            index_name,
            table_name,
        }
        | AuthAction::DropIndex {
            index_name,
            table_name,
        } => {
            let (index, table) = lower(index_name, table_name);
            let own = grant.defines(&index) || index.starts_with("sqlite_autoindex_");
            defines && own && grant.defines(&table)
        }
        AuthAction::Reindex { index_name } => {
            let index = index_name.to_ascii_lowercase();
            defines && (grant.defines(&index) || index.starts_with("sqlite_autoindex_"))
        }
        _ => false,
    }
}

/// What was asked, as a denial says it.
fn words(action: &AuthAction<'_>) -> String {
    match action {
        AuthAction::Read {
            table_name,
            column_name,
        } => format!("read {table_name}.{column_name}"),
        AuthAction::Insert { table_name }
        | AuthAction::Delete { table_name }
        | AuthAction::Update { table_name, .. } => format!("write {table_name}"),
        AuthAction::Function { function_name } => format!("call {function_name}"),
        other => format!("{other:?}"),
    }
}

fn lower(one: &str, other: &str) -> (String, String) {
    (one.to_ascii_lowercase(), other.to_ascii_lowercase())
}

/// The tables that the engine keeps its schema in; definitions change them.
fn is_schema(table: &str) -> bool {
    matches!(
        table,
        "sqlite_master" | "sqlite_temp_master" | "sqlite_schema" | "sqlite_sequence"
    ) || table.starts_with("sqlite_stat")
}

/// Functions that the engine calls while it alters a table. Only it can call them.
fn is_internal(function: &str) -> bool {
    function.starts_with("sqlite_") || matches!(function, "like" | "substr" | "printf" | "quote")
}
