//! What an error of SQLite means to a plugin.

use rusqlite::ErrorCode;
use rusqlite::ffi;

use crate::db::limits::{MAX_BYTES, MAX_ENGINE_BYTES};
use crate::{Failure, Fault};

/// The fault that answers an engine's error.
pub(super) fn fault(error: &rusqlite::Error) -> Fault {
    let text = text(error);
    let Some(failure) = error.sqlite_error() else {
        return failed("sql", text);
    };
    let extended = failure.extended_code;
    match failure.code {
        ErrorCode::OperationInterrupted => Fault::TimedOut,
        ErrorCode::TooBig => Fault::TooLarge(format!("a value has at most {MAX_BYTES} bytes")),
        ErrorCode::OutOfMemory => Fault::TooLarge(format!(
            "the statement needs more than the {} MiB that the database may use",
            MAX_ENGINE_BYTES >> 20
        )),
        ErrorCode::ConstraintViolation if is_conflict(extended) => failed("conflict", text),
        ErrorCode::ConstraintViolation => failed("constraint", text),
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            failed("locked", "another process holds the database".to_owned())
        }
        ErrorCode::DiskFull => failed("full", "the database is full".to_owned()),
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
            failed("corrupt", "the database file is damaged".to_owned())
        }
        ErrorCode::CannotOpen => missing(),
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied => {
            failed("read-only", "the database cannot be written".to_owned())
        }
        ErrorCode::SystemIoFailure => failed("io", "the database file cannot be used".to_owned()),
        _ => failed("sql", text),
    }
}

/// There is no such file, or no way to it.
pub(super) fn missing() -> Fault {
    failed("missing", "there is no database file".to_owned())
}

/// A text that is none.
pub(super) fn not_text(column: &str) -> Fault {
    failed(
        "not-text",
        format!("column `{column}` holds a text that is not UTF-8; read it with CAST AS BLOB"),
    )
}

/// The row is there already.
fn is_conflict(extended: i32) -> bool {
    matches!(
        extended,
        ffi::SQLITE_CONSTRAINT_UNIQUE
            | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
            | ffi::SQLITE_CONSTRAINT_ROWID
    )
}

/// The engine's sentence. It names tables and columns, and no values.
fn text(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        other => other.to_string(),
    }
}

fn failed(code: &str, message: String) -> Fault {
    Fault::Failed(Failure {
        code: code.to_owned(),
        message,
        details: None,
    })
}
