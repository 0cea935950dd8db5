//! Values, answers and faults of the host as JSON, for guests that hand on what they get.
//!
//! A value is null, a boolean, an integer or a text as itself, a real as `{"real": 0.5}` and
//! a blob as `{"blob": "00ff"}`: so that what comes back can be told apart.
#![allow(dead_code, reason = "no guest needs all of it")]

use goatkit_plugin::db::{Done, Rows, Value};
use goatkit_plugin::{Error, Fault, Value as Json, json};

/// A cell or a parameter.
pub fn of_value(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Boolean(it) => json!(it),
        Value::Integer(it) => json!(it),
        Value::Real(it) => json!({ "real": it }),
        Value::Text(it) => json!(it),
        Value::Blob(it) => json!({ "blob": to_hex(it) }),
    }
}

/// The same, backwards.
pub fn to_value(value: &Json) -> Result<Value, Error> {
    let read = match value {
        Json::Null => Some(Value::Null),
        Json::Bool(it) => Some(Value::Boolean(*it)),
        Json::Number(it) => it.as_i64().map(Value::Integer),
        Json::String(it) => Some(Value::Text(it.clone())),
        Json::Object(it) => match (it.get("real"), it.get("blob")) {
            (Some(real), None) => real.as_f64().map(Value::Real),
            (None, Some(blob)) => blob.as_str().and_then(from_hex).map(Value::Blob),
            _ => None,
        },
        Json::Array(_) => None,
    };
    read.ok_or_else(|| Error::invalid(format!("{value} is no value of a database")))
}

/// The parameters of a statement.
pub fn to_values(values: &[Json]) -> Result<Vec<Value>, Error> {
    values.iter().map(to_value).collect()
}

/// `{"columns": [{"name", "type"}], "rows": [[value]]}`
pub fn of_rows(rows: &Rows) -> Json {
    let columns = rows.columns.iter();
    let columns = columns.map(|it| json!({ "name": it.name, "type": it.type_name }));
    let row = |row: &Vec<Value>| row.iter().map(of_value).collect::<Json>();
    json!({
        "columns": columns.collect::<Json>(),
        "rows": rows.rows.iter().map(row).collect::<Json>(),
    })
}

/// `{"affected", "last_insert_id"}`
pub fn of_done(done: &Done) -> Json {
    json!({ "affected": done.affected, "last_insert_id": done.last_insert_id })
}

/// `{"kind": "denied", "capability", "asked", "remedy"}`, `{"kind": "failed", "code", "text",
/// "details"}`, and with `kind` and `text` all others; `timed-out` has no text.
pub fn of_fault(fault: &Fault) -> Json {
    match fault {
        Fault::Denied(it) => json!({
            "kind": "denied",
            "capability": it.capability,
            "asked": it.asked,
            "remedy": it.remedy,
        }),
        Fault::Invalid(text) => json!({ "kind": "invalid", "text": text }),
        Fault::TooLarge(text) => json!({ "kind": "too-large", "text": text }),
        Fault::TimedOut => json!({ "kind": "timed-out" }),
        Fault::Unavailable(text) => json!({ "kind": "unavailable", "text": text }),
        Fault::Failed(it) => json!({
            "kind": "failed",
            "code": it.code,
            "text": it.message,
            "details": it.details.as_deref().map(of_text),
        }),
    }
}

/// A JSON text; what is none is kept as a string.
pub fn of_text(text: &str) -> Json {
    text.parse().unwrap_or_else(|_| json!(text))
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    let byte = |pair: &[u32]| u8::try_from(pair[0] * 16 + pair[1]).ok();
    digits.chunks_exact(2).map(byte).collect()
}
