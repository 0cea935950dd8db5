//! db_ok: uses its own tables and a granted one as it should, and transactions also as it
//! should not. Faults are passed on unchanged.
//!
//! Its package brings `p_db_ok__notes(id INTEGER PRIMARY KEY, text TEXT)` as a migration; the
//! table for `typed` it defines itself. The application's is `ticket(id, title)`.

use std::cell::RefCell;

use goatkit_plugin::db::{self, Transaction, params};
use goatkit_plugin::{Answer, Arguments, Error, Value as Json, json};
use values::{of_done, of_rows, of_value};

#[path = "shared/values.rs"]
mod values;

const ADD: &str = "INSERT INTO p_db_ok__notes (text) VALUES (?)";

thread_local! {
    /// A handle that outlives its call.
    static KEPT: RefCell<Option<Transaction>> = const { RefCell::new(None) };
}

goatkit_test_guests::guest! {
    write(text: "string") -> "object",
    read() -> "object",
    typed() -> "object",
    in_transaction(texts: "array", commit: "boolean") -> "integer",
    leaves_open() -> "json",
    uses_left_open() -> "json",
    twice() -> "json",
    outside() -> "json",
    join() -> "object";
    |function, args| call(function, args)?.into_output()
}

fn call(function: &str, args: &str) -> Result<Json, Error> {
    match function {
        "write" => {
            let text: String = Arguments::parse(&["text"], args)?.take()?;
            Ok(of_done(&db::execute(ADD, params![text])?))
        }
        "read" => query("SELECT id, text FROM p_db_ok__notes ORDER BY id"),
        "typed" => typed(),
        "in_transaction" => {
            let mut args = Arguments::parse(&["texts", "commit"], args)?;
            in_transaction(args.take()?, args.take()?)
        }
        "leaves_open" => leaves_open(),
        "uses_left_open" => uses_left_open(),
        "twice" => twice(),
        "outside" => outside(),
        "join" => query(
            "SELECT n.text, t.title FROM p_db_ok__notes AS n JOIN ticket AS t ON t.id = n.id \
             ORDER BY t.id",
        ),
        other => Err(Error::Unknown(other.to_owned())),
    }
}

fn query(sql: &str) -> Result<Json, Error> {
    Ok(of_rows(&db::query(sql, [])?))
}

/// One value of each type: as they come back from columns that declare them, and from an
/// expression, which has no type of its own.
fn typed() -> Result<Json, Error> {
    db::execute(
        "CREATE TABLE IF NOT EXISTS p_db_ok__typed (absent TEXT, truth BOOLEAN, \
         whole INTEGER, part REAL, words TEXT, bytes BLOB)",
        [],
    )?;
    db::execute("DELETE FROM p_db_ok__typed", [])?;
    let bytes = vec![0_u8, 0xff];
    let given = params![None::<&str>, true, i64::MIN, 0.5, "größer", bytes];
    db::execute(
        "INSERT INTO p_db_ok__typed VALUES (?, ?, ?, ?, ?, ?)",
        &given,
    )?;
    let sql = "SELECT absent, truth, whole, part, words, bytes FROM p_db_ok__typed";
    Ok(json!({
        "given": given.iter().map(of_value).collect::<Json>(),
        "kept": of_rows(&db::query(sql, [])?),
        "computed": of_rows(&db::query("SELECT ?, ?, ?, ?, ?, ?", given)?),
    }))
}

/// How many notes there were within the transaction, before its end.
fn in_transaction(texts: Vec<String>, commit: bool) -> Result<Json, Error> {
    let transaction = db::begin()?;
    for text in texts {
        transaction.execute(ADD, params![text])?;
    }
    let rows = transaction.query("SELECT count(*) FROM p_db_ok__notes", [])?;
    if commit {
        transaction.commit()?;
    } else {
        transaction.rollback()?;
    }
    let notes: Vec<(i64,)> = rows.to()?;
    Ok(notes.into_iter().map(|(count,)| count).sum::<i64>().into())
}

fn leaves_open() -> Result<Json, Error> {
    let transaction = db::begin()?;
    transaction.execute(ADD, params!["left open"])?;
    KEPT.set(Some(transaction));
    Ok(Json::Null)
}

fn uses_left_open() -> Result<Json, Error> {
    KEPT.with_borrow(|kept| match kept {
        Some(transaction) => Ok(of_done(&transaction.execute(ADD, params!["too late"])?)),
        None => Err(Error::failed("nothing was left open in this instance")),
    })
}

fn twice() -> Result<Json, Error> {
    let _first = db::begin()?;
    let second = db::begin()?;
    second.commit()?;
    Ok(Json::Null)
}

fn outside() -> Result<Json, Error> {
    let _open = db::begin()?;
    Ok(of_done(&db::execute(ADD, params!["outside"])?))
}
