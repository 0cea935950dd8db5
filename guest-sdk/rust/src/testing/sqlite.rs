//! A real SQLite in memory, so that a plugin's SQL really runs in its tests.
//!
//! Values and codes of failures are the host's. Deliberately not here: the host's policy on
//! statements, the grant on tables and columns, and the bounds of answers. Unlike on the
//! host, a query beside an open transaction sees what that did: there is one connection.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::config::DbConfig;
use rusqlite::hooks::{Action, AuthAction, AuthContext, Authorization};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, Statement, ffi};

use super::Database;
use crate::db::{Column, Done, Rows, Value};
use crate::types::{Failure, Fault};

/// A database in memory. Foreign keys hold in it, as on the host.
///
/// ```
/// use goatkit_plugin::db::{self, params};
/// use goatkit_plugin::testing::{Session, Sqlite};
///
/// let desk = Sqlite::new("CREATE TABLE ticket (id INTEGER PRIMARY KEY, title TEXT)");
/// let session = Session::default().grant("db").database(desk);
/// session.run(|| {
///     let done = db::execute("INSERT INTO ticket (title) VALUES (?)", params!["Fire"]).unwrap();
///     assert_eq!((done.affected, done.last_insert_id), (1, Some(1)));
/// });
/// ```
#[derive(Debug)]
pub struct Sqlite {
    engine: Connection,
    seen: Arc<Mutex<Seen>>,
}

/// What the engine tells of a statement: the table that it inserts into by itself, not by a
/// trigger, and the row that came last there.
#[derive(Debug, Default)]
struct Seen {
    target: Option<String>,
    inserted: Option<i64>,
}

impl Sqlite {
    /// A database with what a script lays out: tables and their first rows.
    ///
    /// # Panics
    /// When the script fails, with the engine's words.
    #[track_caller]
    pub fn new(script: &str) -> Self {
        match Self::open(script) {
            Ok(database) => database,
            Err(error) => panic!("the script of the database fails: {error}"),
        }
    }

    fn open(script: &str) -> rusqlite::Result<Self> {
        let engine = Connection::open_in_memory()?;
        for (setting, on) in [
            (DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, true),
            // A misspelt name in double quotes is an error and no text.
            (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
            (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
        ] {
            engine.set_db_config(setting, on)?;
        }
        engine.execute_batch(script)?;
        let database = Self {
            engine,
            seen: Arc::default(),
        };
        database.watch()?;
        Ok(database)
    }

    fn watch(&self) -> rusqlite::Result<()> {
        let seen = Arc::clone(&self.seen);
        self.engine.authorizer(Some(move |asked: AuthContext<'_>| {
            if let (AuthAction::Insert { table_name }, None) = (asked.action, asked.accessor) {
                lock(&seen).target = Some(table_name.to_owned());
            }
            Authorization::Allow
        }))?;
        let seen = Arc::clone(&self.seen);
        self.engine
            .update_hook(Some(move |action, _: &str, table: &str, row| {
                let mut seen = lock(&seen);
                if action == Action::SQLITE_INSERT && seen.target.as_deref() == Some(table) {
                    seen.inserted = Some(row);
                }
            }))
    }

    fn prepared(&self, sql: &str, params: &[Value]) -> Result<Statement<'_>, Fault> {
        *lock(&self.seen) = Seen::default();
        let mut statement = self.engine.prepare(sql).map_err(|error| fault(&error))?;
        let expected = statement.parameter_count();
        if expected != params.len() {
            let given = params.len();
            return Err(Fault::Invalid(format!(
                "the statement has {expected} parameters and was given {given}"
            )));
        }
        for (at, value) in params.iter().enumerate() {
            if matches!(value, Value::Real(it) if it.is_nan()) {
                let number = at + 1;
                return Err(Fault::Invalid(format!(
                    "parameter {number} is not a number, which the database cannot hold"
                )));
            }
            let bound = statement.raw_bind_parameter(at + 1, ToSqlOutput::Borrowed(cell(value)));
            bound.map_err(|error| fault(&error))?;
        }
        Ok(statement)
    }

    fn control(&self, sql: &str) -> Result<(), Fault> {
        let done = self.engine.execute_batch(sql);
        done.map_err(|error| fault(&error))
    }
}

impl Database for Sqlite {
    fn query(&mut self, sql: &str, params: &[Value]) -> Result<Rows, Fault> {
        let mut statement = self.prepared(sql, params)?;
        if !statement.readonly() {
            return Err(Fault::Invalid(
                "query reads; a statement that changes something goes to execute".to_owned(),
            ));
        }
        rows(&mut statement)
    }

    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<Done, Fault> {
        let mut statement = self.prepared(sql, params)?;
        if statement.readonly() {
            return Err(Fault::Invalid(
                "execute changes something; a statement that reads goes to query".to_owned(),
            ));
        }
        let before = self.engine.total_changes();
        let mut rows = statement.raw_query();
        while rows.next().map_err(|error| fault(&error))?.is_some() {}
        drop(rows);
        // Of a statement that changes no rows, the engine would tell those of the last one.
        let changed = self.engine.total_changes() != before;
        Ok(Done {
            affected: if changed { self.engine.changes() } else { 0 },
            last_insert_id: lock(&self.seen).inserted,
        })
    }

    fn begin(&mut self) -> Result<(), Fault> {
        self.control("BEGIN IMMEDIATE")
    }

    /// What cannot be kept is undone.
    fn commit(&mut self) -> Result<(), Fault> {
        self.control("COMMIT").inspect_err(|_| {
            let _ = self.control("ROLLBACK");
        })
    }

    fn rollback(&mut self) -> Result<(), Fault> {
        self.control("ROLLBACK")
    }
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

fn cell(value: &Value) -> ValueRef<'_> {
    match value {
        Value::Null => ValueRef::Null,
        Value::Boolean(it) => ValueRef::Integer(i64::from(*it)),
        Value::Integer(it) => ValueRef::Integer(*it),
        Value::Real(it) => ValueRef::Real(*it),
        Value::Text(it) => ValueRef::Text(it.as_bytes()),
        Value::Blob(it) => ValueRef::Blob(it),
    }
}

fn rows(statement: &mut Statement<'_>) -> Result<Rows, Fault> {
    let described = statement.columns();
    let column = |it: &rusqlite::Column<'_>| Column {
        name: it.name().to_owned(),
        type_name: it.decl_type().unwrap_or_default().to_ascii_lowercase(),
    };
    let columns: Vec<Column> = described.iter().map(column).collect();
    drop(described);
    let mut answer = Vec::new();
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(|error| fault(&error))? {
        let values = columns.iter().enumerate().map(|(at, column)| {
            let cell = row.get_ref(at).map_err(|error| fault(&error))?;
            value(cell, column)
        });
        answer.push(values.collect::<Result<_, Fault>>()?);
    }
    Ok(Rows {
        columns,
        rows: answer,
    })
}

/// The value as the column's type describes it.
fn value(cell: ValueRef<'_>, column: &Column) -> Result<Value, Fault> {
    Ok(match cell {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(it @ (0 | 1)) if column.type_name == "boolean" => Value::Boolean(it == 1),
        ValueRef::Integer(it) => Value::Integer(it),
        ValueRef::Real(it) => Value::Real(it),
        ValueRef::Text(it) => match std::str::from_utf8(it) {
            Ok(text) => Value::Text(text.to_owned()),
            Err(_) => {
                let message = format!("column `{}` holds a text that is not UTF-8", column.name);
                return Err(failed("not-text", message));
            }
        },
        ValueRef::Blob(it) => Value::Blob(it.to_vec()),
    })
}

/// The engine's error with the host's code for it.
fn fault(error: &rusqlite::Error) -> Fault {
    if let rusqlite::Error::MultipleStatement = error {
        return Fault::Invalid("one statement at a time: there is a second one".to_owned());
    }
    let code = match error.sqlite_error() {
        Some(failure) if failure.code == ErrorCode::ConstraintViolation => {
            match failure.extended_code {
                ffi::SQLITE_CONSTRAINT_UNIQUE
                | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
                | ffi::SQLITE_CONSTRAINT_ROWID => "conflict",
                _ => "constraint",
            }
        }
        _ => "sql",
    };
    let message = match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        other => other.to_string(),
    };
    failed(code, message)
}

fn failed(code: &str, message: String) -> Fault {
    Fault::Failed(Failure {
        code: code.to_owned(),
        message,
        details: None,
    })
}
