//! The module `db` as a plugin uses it: rows as types, parameters, transactions, and what a
//! call may not do, against a scripted database.
#![allow(missing_docs, clippy::unwrap_used)]

use std::cell::RefCell;

use goatkit_plugin::db::{self, Column, Done, Rows, Transaction, Value, params};
use goatkit_plugin::testing::{Answers, Session, rows};
use goatkit_plugin::{Denial, Error, Failure, Fault, Json, json};
use serde::Deserialize;

const DONE: Done = Done {
    affected: 1,
    last_insert_id: None,
};

fn all_types() -> Rows {
    let bytes = vec![0_u8, 255];
    rows(
        ["nothing", "truth", "whole", "part", "words", "bytes"],
        [params![None::<String>, true, 7, 0.5, "new", bytes]],
    )
}

fn session(answers: &Answers) -> Session {
    Session::default().grant("db").database(answers.clone())
}

fn asked(answers: &Answers) -> Vec<String> {
    answers.asked().into_iter().map(|asked| asked.sql).collect()
}

#[track_caller]
fn refused<T: std::fmt::Debug>(read: Result<T, Error>, expect: &str) {
    assert_eq!(read.unwrap_err(), Error::failed(expect));
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    New,
    Closed,
}

#[test]
fn cells_are_read_as_plain_types() {
    let rows = all_types();
    let row = rows.first().unwrap();
    assert_eq!(row.get::<Option<i64>>("nothing"), Ok(None));
    assert_eq!(row.get::<bool>("truth"), Ok(true));
    assert_eq!(row.get::<u8>("whole"), Ok(7));
    assert_eq!(row.get::<Option<i64>>("whole"), Ok(Some(7)));
    assert_eq!(row.get::<f64>("whole"), Ok(7.0));
    assert_eq!(row.get::<f32>("part"), Ok(0.5));
    assert_eq!(row.get::<&str>("words"), Ok("new"));
    assert_eq!(row.get::<State>("words"), Ok(State::New));
    assert_eq!(row.get::<Vec<u8>>("bytes"), Ok(vec![0, 255]));
    assert_eq!(row.get::<Json<String>>("words"), Ok(Json("new".into())));
    assert_eq!(row.at::<String>(4), Ok("new".to_owned()));
    assert_eq!(row.values()[1], Value::Boolean(true));
}

#[test]
fn what_does_not_fit_names_column_expected_and_found() {
    let rows = all_types();
    let row = rows.first().unwrap();
    let get = |expect: Result<_, Error>, text| refused(expect, text);
    get(
        row.get::<i64>("nothing"),
        "column \"nothing\": expected i64, found null",
    );
    get(
        row.get::<i64>("truth"),
        "column \"truth\": expected i64, found boolean",
    );
    get(
        row.get::<i64>("part"),
        "column \"part\": expected i64, found real",
    );
    get(
        row.get::<i64>("words"),
        "column \"words\": expected i64, found text",
    );
    get(
        row.at::<i64>(5),
        "column \"bytes\": expected i64, found blob",
    );
    refused(
        row.get::<String>("whole"),
        "column \"whole\": expected a string, found integer",
    );
    refused(
        row.get::<bool>("whole"),
        "column \"whole\": expected a boolean, found integer",
    );
    refused(
        row.get::<i64>("which"),
        "there is no column \"which\", only \"nothing\", \"truth\", \"whole\", \"part\", \
         \"words\", \"bytes\"",
    );
    refused(row.at::<i64>(6), "there is no column 6 in a row of 6");

    let secret = rows_of_text("s3cret");
    refused(
        secret.first().unwrap().at::<State>(0),
        "column \"text\": expected one of new, closed, found another text",
    );
    let large = one_cell(300);
    let row = large.first().unwrap();
    refused(row.at::<u8>(0), "column \"n\": expected u8, found 300");
    assert_eq!(row.at::<u16>(0), Ok(300));
}

fn rows_of_text(text: &str) -> Rows {
    rows(["text"], [params![text]])
}

fn one_cell(number: i64) -> Rows {
    rows(["n"], [params![number]])
}

#[test]
fn computed_booleans_are_numbers() {
    for (number, truth) in [(0, Some(false)), (1, Some(true)), (2, None)] {
        let rows = one_cell(number);
        assert_eq!(rows.first().unwrap().at::<bool>(0).ok(), truth);
    }
}

#[test]
fn rows_are_read_as_whatever_serde_reads() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Ticket {
        id: i64,
        title: Option<String>,
        #[serde(default)]
        note: String,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    struct Pair(i64, Option<String>);

    let rows = rows(["id", "title"], [params![1, "a"], params![2, None::<&str>]]);
    let ticket = |id, title: Option<&str>| Ticket {
        id,
        title: title.map(str::to_owned),
        note: String::new(),
    };
    assert_eq!(rows.to(), Ok(vec![ticket(1, Some("a")), ticket(2, None)]));
    assert_eq!(rows.to(), Ok(vec![(1, Some("a")), (2, None)]));
    assert_eq!(
        rows.to(),
        Ok(vec![Pair(1, Some("a".into())), Pair(2, None)])
    );
    assert_eq!(
        rows.to::<goatkit_plugin::Value>().unwrap(),
        [
            json!({"id": 1, "title": "a"}),
            json!({"id": 2, "title": null})
        ]
    );
    let ids: Result<Vec<i64>, Error> = rows.iter().map(|row| row.get("id")).collect();
    assert_eq!(ids, Ok(vec![1, 2]));
    let mut titles = Vec::new();
    for row in &rows {
        titles.push(row.at::<Option<&str>>(1).unwrap());
    }
    assert_eq!(titles, [Some("a"), None]);
    assert_eq!((rows.len(), rows.is_empty()), (2, false));

    refused(
        rows.to::<(i64, String)>(),
        "row 2: column \"title\": expected a string, found null",
    );
    refused(rows.to::<(i64,)>(), "row 1: expected 1 columns, found 2");
    refused(rows.to::<i64>(), "row 1: expected i64, found a row");
    #[derive(Debug, Deserialize)]
    struct Other {
        #[allow(dead_code, reason = "it is missing")]
        queue: String,
    }
    refused(rows.to::<Other>(), "row 1: missing field `queue`");
}

#[test]
fn rows_become_json() {
    assert_eq!(
        all_types().into_json(),
        json!([{
            "nothing": null,
            "truth": true,
            "whole": 7,
            "part": 0.5,
            "words": "new",
            "bytes": [0, 255],
        }])
    );
    let none = Rows {
        columns: vec![Column {
            name: "id".to_owned(),
            type_name: "integer".to_owned(),
        }],
        rows: Vec::new(),
    };
    assert!(none.first().is_none());
    assert_eq!(none.to::<(i64,)>(), Ok(vec![]));
    assert_eq!(none.into_json(), json!([]));
}

#[test]
fn nothing_is_granted_until_a_session_says_so() {
    let denied = || {
        Fault::Denied(Denial {
            capability: "db".to_owned(),
            asked: "use the database".to_owned(),
            remedy: "ask for tables under `capabilities.db` in manifest.yaml and grant it"
                .to_owned(),
        })
    };
    let answers = Answers::new();
    let ungranted = Session::default().database(answers.clone());
    ungranted.run(|| {
        assert_eq!(db::query("SELECT 1", []).unwrap_err(), denied());
        assert_eq!(db::execute("DELETE", []).unwrap_err(), denied());
        assert_eq!(db::begin().unwrap_err(), denied());
    });
    assert_eq!(answers.asked(), [], "what is denied reaches no database");

    let empty = Session::default().grant("db");
    empty.run(|| {
        let fault = db::query("SELECT 1", []).unwrap_err();
        assert!(matches!(fault, Fault::Unavailable(_)), "{fault}");
    });
}

#[test]
fn a_fault_is_passed_on_unchanged() {
    fn read() -> Result<Vec<(i64,)>, Error> {
        db::query("SELECT id FROM ticket", params![])?.to()
    }
    let fault = Fault::Failed(Failure {
        code: "locked".to_owned(),
        message: "another process holds the database".to_owned(),
        details: None,
    });
    let answers = Answers::new().when("ticket", fault.clone());
    assert_eq!(session(&answers).run(read), Err(Error::Fault(fault)));
}

#[test]
fn answers_record_what_was_asked() {
    let answers = Answers::new()
        .when("WHERE id", rows(["id"], [params![1]]))
        .when("FROM ticket", rows(["id"], []))
        .when("INSERT", DONE);
    session(&answers).run(|| {
        let one = db::query("SELECT id FROM ticket WHERE id = ?", params![1]).unwrap();
        assert_eq!(one.len(), 1, "the first that fits");
        assert!(db::query("SELECT id FROM ticket", []).unwrap().is_empty());
        assert_eq!(
            db::execute("INSERT INTO ticket DEFAULT VALUES", []),
            Ok(DONE)
        );
    });
    let asked = answers.asked();
    assert_eq!(asked.len(), 3);
    assert_eq!(asked[0].params, params![1]);
    assert_eq!(asked[2].sql, "INSERT INTO ticket DEFAULT VALUES");
}

#[test]
fn an_unexpected_statement_is_named() {
    let cases: [(fn(), &str); 3] = [
        (
            || drop(db::query("SELECT secret", [])),
            "no answer is scripted for: SELECT secret",
        ),
        (
            || drop(db::query("INSERT", [])),
            "a query is answered with rows, not with `Done`: INSERT",
        ),
        (
            || drop(db::execute("SELECT id", [])),
            "`execute` is answered with `Done`, not with rows: SELECT id",
        ),
    ];
    for (ask, expect) in cases {
        let panic = std::panic::catch_unwind(|| {
            let answers = Answers::new()
                .when("id", rows(["id"], []))
                .when("INSERT", DONE);
            session(&answers).run(ask);
        });
        let message = panic.unwrap_err().downcast::<String>().unwrap();
        assert_eq!(*message, expect);
    }
}

#[test]
fn a_transaction_ends_as_it_is_told() {
    type End = fn(Transaction);
    let cases: [(End, &str); 3] = [
        (|it| assert_eq!(it.commit(), Ok(())), "COMMIT"),
        (|it| assert_eq!(it.rollback(), Ok(())), "ROLLBACK"),
        (drop, "ROLLBACK"),
    ];
    for (end, expect) in cases {
        let answers = Answers::new()
            .when("INSERT", DONE)
            .when("SELECT", rows(["id"], []));
        session(&answers).run(|| {
            let transaction = db::begin().unwrap();
            assert_eq!(transaction.execute("INSERT", params![1]), Ok(DONE));
            assert!(transaction.query("SELECT", []).is_ok());
            end(transaction);
            assert!(db::execute("INSERT", []).is_ok(), "none is open any more");
            assert!(db::begin().is_ok());
        });
        assert_eq!(
            asked(&answers),
            [
                "BEGIN", "INSERT", "SELECT", expect, "INSERT", "BEGIN", "ROLLBACK"
            ]
        );
    }
}

#[test]
fn a_call_has_one_transaction_and_executes_within_it() {
    let answers = Answers::new()
        .when("INSERT", DONE)
        .when("SELECT", rows(["id"], []));
    session(&answers).run(|| {
        let open = db::begin().unwrap();
        assert_eq!(
            db::begin().unwrap_err(),
            Fault::Invalid("a call has one open transaction: end it first".to_owned())
        );
        assert_eq!(
            db::execute("INSERT", []),
            Err(Fault::Invalid(
                "a transaction is open: execute within it, or end it first".to_owned()
            ))
        );
        assert!(db::query("SELECT", []).is_ok(), "reading waits for nothing");
        assert!(open.execute("INSERT", []).is_ok());
        assert_eq!(open.commit(), Ok(()));
    });
    assert_eq!(asked(&answers), ["BEGIN", "SELECT", "INSERT", "COMMIT"]);
}

#[test]
fn what_a_call_leaves_open_is_undone() {
    thread_local! {
        static KEPT: RefCell<Option<Transaction>> = const { RefCell::new(None) };
    }
    let answers = Answers::new().when("INSERT", DONE);
    session(&answers).run(|| KEPT.set(Some(db::begin().unwrap())));
    assert_eq!(asked(&answers), ["BEGIN", "ROLLBACK"]);

    let closed = Fault::Invalid("the transaction is closed".to_owned());
    session(&answers).run(|| {
        let open = db::begin().unwrap();
        let kept = KEPT.take().unwrap();
        assert_eq!(kept.execute("INSERT", []), Err(closed.clone()));
        assert_eq!(kept.commit(), Err(closed));
        assert!(open.execute("INSERT", []).is_ok(), "the other one is open");
        open.commit().unwrap();
    });
    assert_eq!(
        asked(&answers)[2..],
        ["BEGIN", "INSERT", "COMMIT"].map(str::to_owned)
    );
}

#[test]
fn a_transaction_is_undone_by_a_panic() {
    let answers = Answers::new().when("INSERT", DONE);
    let seen = std::panic::AssertUnwindSafe(&answers);
    let panicked = std::panic::catch_unwind(|| {
        session(*seen).run(|| {
            let open = db::begin().unwrap();
            open.execute("INSERT", []).unwrap();
            let _ = open.execute("UPDATE", []);
        });
    });
    assert!(panicked.is_err());
    assert_eq!(asked(&answers), ["BEGIN", "INSERT", "UPDATE", "ROLLBACK"]);
}

#[test]
#[should_panic(expected = "`telepathy` is no grant: write `db`, `app: NAME, NAME.*`")]
fn an_unknown_grant_is_named() {
    let _ = Session::default().grant("telepathy");
}
