//! Runs one statement on a connection: binds, steps, and holds the answer to its bounds
//! before a byte of it is copied.

use std::sync::Arc;
use std::time::Instant;

use rusqlite::CachedStatement;
use rusqlite::types::{ToSqlOutput, ValueRef};

use super::connection::Guarded;
use super::error;
use super::kin::Kin;
use super::pool::Lease;
use super::wall::{Plugin, Report, Stop};
use crate::Fault;
use crate::db::backend::{Answer, Order};
use crate::db::grant::denial;
use crate::db::limits::{MAX_BYTES, MAX_LOCK_WAIT, MAX_ROWS};
use crate::db::policy::Verb;
use crate::db::{Column, Done, Rows, Value};

/// Runs a plugin's statement.
pub(super) fn run(lease: &Lease, order: &Order, stop: &Arc<Stop>) -> Result<Answer, Fault> {
    reported(lease, order, stop).0
}

/// Runs a plugin's statement; with what the engine reported of it.
pub(super) fn reported(
    lease: &Lease,
    order: &Order,
    stop: &Arc<Stop>,
) -> (Result<Answer, Fault>, Report) {
    let guarded = match lease.guarded() {
        Ok(guarded) => guarded,
        Err(fault) => return (Err(fault), Report::default()),
    };
    let answer = prepared(guarded, order, stop);
    let report = guarded.wall.close();
    let answer = match (answer, &report.denied) {
        (Err(_), Some(asked)) => Err(walled(asked)),
        (Err(fault), None) if stop.was_reached() && !is_own(&fault) => Err(Fault::TimedOut),
        (answer, _) => answer,
    };
    let answer = answer.map(|answer| match answer {
        Answer::Done(done) => Answer::Done(Done {
            last_insert_id: report.inserted,
            ..done
        }),
        rows @ Answer::Rows(_) => rows,
    });
    (answer, report)
}

/// Runs a statement of the host's, such as `COMMIT`.
pub(super) fn control(lease: &Lease, sql: &str, stop: &Arc<Stop>) -> Result<(), Fault> {
    let guarded = lease.guarded()?;
    wait_for_locks(guarded, stop)?;
    guarded.wall.open_for_host(Some(Arc::clone(stop)));
    let result = guarded.engine.execute_batch(sql);
    guarded.wall.close();
    result.map_err(|error| match error::fault(&error) {
        fault if stop.was_reached() && !is_own(&fault) => Fault::TimedOut,
        fault => fault,
    })
}

fn prepared(guarded: &Guarded, order: &Order, stop: &Arc<Stop>) -> Result<Answer, Fault> {
    if stop.was_reached() {
        return Err(Fault::TimedOut);
    }
    wait_for_locks(guarded, stop)?;
    no_table_is_called_like_a_cte(guarded, order)?;
    let statement = &order.statement;
    let plugin = Plugin {
        force: Arc::clone(&order.force),
        statement: Arc::clone(statement),
        kin: kin(guarded, order)?,
    };
    let target = statement.target.clone();
    guarded.wall.open_for(plugin, target, Arc::clone(stop));
    let sql = guarded.engine.prepare_cached(&statement.sql);
    let mut sql = sql.map_err(|error| error::fault(&error))?;
    if statement.verb == Verb::Read && !sql.readonly() {
        return Err(walled("a query that writes"));
    }
    bind(&mut sql, &order.params)?;
    match statement.verb {
        Verb::Read => rows(&mut sql).map(Answer::Rows),
        verb => done(guarded, &mut sql, verb).map(Answer::Done),
    }
}

/// The engine waits for other processes' locks, but no longer than the statement may.
fn wait_for_locks(guarded: &Guarded, stop: &Stop) -> Result<(), Fault> {
    let left = stop.deadline().saturating_duration_since(Instant::now());
    let wait = guarded.engine.busy_timeout(left.min(MAX_LOCK_WAIT));
    wait.map_err(|error| error::fault(&error))
}

/// What the engine does by itself when rows of the application change.
fn kin(guarded: &Guarded, order: &Order) -> Result<Kin, Fault> {
    match (&order.statement.target, order.statement.verb) {
        (Some(target), Verb::Insert | Verb::Change) if !order.force.grant().defines(target) => {
            guarded.wall.open_for_host(None);
            Kin::of(&guarded.engine, target).map_err(|error| error::fault(&error))
        }
        _ => Ok(Kin::default()),
    }
}

/// What the policy took for a common table expression must not be a table to the engine.
fn no_table_is_called_like_a_cte(guarded: &Guarded, order: &Order) -> Result<(), Fault> {
    let names = &order.statement.cte_names;
    if names.is_empty() {
        return Ok(());
    }
    guarded.wall.open_for_host(None);
    let mut find = guarded
        .engine
        .prepare_cached("SELECT 1 FROM sqlite_schema WHERE name = ?1 COLLATE NOCASE")
        .map_err(|error| error::fault(&error))?;
    for name in names {
        if find.exists([name]).map_err(|error| error::fault(&error))? {
            return Err(Fault::Invalid(format!(
                "`{name}` is a table; call the common table expression otherwise"
            )));
        }
    }
    Ok(())
}

fn bind(sql: &mut CachedStatement<'_>, params: &[Value]) -> Result<(), Fault> {
    if sql.parameter_count() != params.len() {
        return Err(Fault::Invalid(format!(
            "the engine counts {} parameters",
            sql.parameter_count()
        )));
    }
    for (at, value) in params.iter().enumerate() {
        let cell = match value {
            Value::Null => ValueRef::Null,
            Value::Boolean(it) => ValueRef::Integer(i64::from(*it)),
            Value::Integer(it) => ValueRef::Integer(*it),
            Value::Real(it) if it.is_nan() => {
                return Err(Fault::Invalid(format!(
                    "parameter {} is not a number, which the database cannot hold",
                    at + 1
                )));
            }
            Value::Real(it) => ValueRef::Real(*it),
            Value::Text(it) => ValueRef::Text(it.as_bytes()),
            Value::Blob(it) => ValueRef::Blob(it),
        };
        let bound = sql.raw_bind_parameter(at + 1, ToSqlOutput::Borrowed(cell));
        bound.map_err(|error| error::fault(&error))?;
    }
    Ok(())
}

fn done(guarded: &Guarded, sql: &mut CachedStatement<'_>, verb: Verb) -> Result<Done, Fault> {
    let mut rows = sql.raw_query();
    while rows.next().map_err(|error| error::fault(&error))?.is_some() {}
    drop(rows);
    let affected = match verb {
        Verb::Define => 0,
        Verb::Read | Verb::Insert | Verb::Change => guarded.engine.changes(),
    };
    Ok(Done {
        affected,
        last_insert_id: None,
    })
}

fn rows(sql: &mut CachedStatement<'_>) -> Result<Rows, Fault> {
    let columns = columns(sql);
    let mut size = 0;
    let mut answer = Vec::new();
    let mut rows = sql.raw_query();
    while let Some(row) = rows.next().map_err(|error| error::fault(&error))? {
        if answer.len() == MAX_ROWS {
            return Err(Fault::TooLarge(format!(
                "an answer has at most {MAX_ROWS} rows; read with LIMIT, in steps"
            )));
        }
        let mut values = Vec::with_capacity(columns.len());
        for (at, column) in columns.iter().enumerate() {
            let cell = row.get_ref(at).map_err(|error| error::fault(&error))?;
            size += size_of::<Value>() + bytes(cell);
            if size > MAX_BYTES {
                return Err(Fault::TooLarge(format!(
                    "an answer has at most {MAX_BYTES} bytes; read fewer columns or rows"
                )));
            }
            values.push(value(cell, column)?);
        }
        answer.push(values);
    }
    Ok(Rows {
        columns,
        rows: answer,
    })
}

fn columns(sql: &CachedStatement<'_>) -> Vec<Column> {
    let described = sql.columns();
    let column = |it: &rusqlite::Column<'_>| Column {
        name: it.name().to_owned(),
        type_name: it.decl_type().unwrap_or_default().to_ascii_lowercase(),
    };
    described.iter().map(column).collect()
}

fn bytes(cell: ValueRef<'_>) -> usize {
    match cell {
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => 0,
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len(),
    }
}

/// The value as the column's type describes it.
fn value(cell: ValueRef<'_>, column: &Column) -> Result<Value, Fault> {
    Ok(match cell {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(0 | 1) if column.type_name == "boolean" => {
            Value::Boolean(cell == ValueRef::Integer(1))
        }
        ValueRef::Integer(it) => Value::Integer(it),
        ValueRef::Real(it) => Value::Real(it),
        ValueRef::Text(it) => match std::str::from_utf8(it) {
            Ok(text) => Value::Text(text.to_owned()),
            Err(_) => return Err(error::not_text(&column.name)),
        },
        ValueRef::Blob(it) => Value::Blob(it.to_vec()),
    })
}

/// What the policy let pass and the engine did not.
fn walled(asked: &str) -> Fault {
    denial(
        asked.to_owned(),
        "the database itself refused the access; it is not within the grant".to_owned(),
    )
}

/// Faults that say more than that time was up.
fn is_own(fault: &Fault) -> bool {
    !matches!(fault, Fault::Failed(_) | Fault::TimedOut)
}
