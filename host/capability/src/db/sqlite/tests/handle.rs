//! What a plugin's handle does, on a real database: each permitted case and its refused twin.

use std::time::Duration;

use crate::db::limits::{
    CONNECTIONS_PER_PLUGIN, MAX_BYTES, MAX_PARAMETERS, MAX_ROWS, READING_CONNECTIONS,
};
use crate::db::testing::{Desk, call, grant_of, scope, values};
use crate::db::{Column, Done, Force, Granted, Rows, Value};
use crate::{Fault, Scope};

fn text(result: Result<impl std::fmt::Debug, Fault>) -> String {
    result.unwrap_err().to_string()
}

fn one(rows: &Rows) -> &Value {
    &rows.rows[0][0]
}

#[tokio::test]
async fn values_go_in_and_come_out_as_they_are() {
    let desk = Desk::new();
    let db = desk.db("own");
    for value in [
        Value::Null,
        Value::Integer(i64::MIN),
        Value::Real(-0.5),
        Value::Text("ü\0'; --".to_owned()),
        Value::Text(String::new()),
        Value::Blob(vec![0, 255]),
    ] {
        let rows = db
            .query(&call(), "SELECT ? AS it", vec![value.clone()])
            .await
            .unwrap();
        assert_eq!(one(&rows), &value);
    }
    let rows = db
        .query(&call(), "SELECT ?", vec![Value::Boolean(true)])
        .await
        .unwrap();
    assert_eq!(
        one(&rows),
        &Value::Integer(1),
        "nothing describes what is computed"
    );
    let nan = db
        .query(&call(), "SELECT ?", vec![Value::Real(f64::NAN)])
        .await;
    assert!(text(nan).contains("parameter 1 is not a number"));
    let none = db.query(&call(), "SELECT ?, ?", values("[1]")).await;
    assert!(text(none).contains("2 parameters and was given 1"));
}

#[tokio::test]
async fn columns_are_described_and_values_follow_the_description() {
    let desk = Desk::new();
    let db = desk.db("own");
    for sql in [
        "CREATE TABLE p_stats__b (id INTEGER PRIMARY KEY, done BOOLEAN, raw TEXT)",
        "INSERT INTO p_stats__b (done, raw) VALUES (1, 'a'), (0, 'b'), (NULL, 'c')",
    ] {
        db.execute(&call(), sql, Vec::new()).await.unwrap();
    }
    let sql = "SELECT done, id + 1 AS next FROM p_stats__b ORDER BY id";
    let rows = db.query(&call(), sql, Vec::new()).await.unwrap();
    let column = |name: &str, type_name: &str| Column {
        name: name.to_owned(),
        type_name: type_name.to_owned(),
    };
    assert_eq!(
        rows.columns,
        [column("done", "boolean"), column("next", "")]
    );
    let done: Vec<_> = rows.rows.iter().map(|row| row[0].clone()).collect();
    assert_eq!(
        done,
        [Value::Boolean(true), Value::Boolean(false), Value::Null]
    );
    desk.stranger()
        .execute_batch("UPDATE p_stats__b SET raw = CAST(X'ff' AS TEXT)")
        .unwrap();
    let rows = db
        .query(&call(), "SELECT raw FROM p_stats__b", Vec::new())
        .await;
    assert!(text(rows).contains("`raw` holds a text that is not UTF-8"));
}

#[tokio::test]
async fn a_statement_says_what_it_did() {
    let desk = Desk::new();
    let db = desk.db("own");
    let done = |affected, last_insert_id| Done {
        affected,
        last_insert_id,
    };
    for (sql, expect) in [
        (
            "INSERT INTO p_stats__note (text) VALUES ('a'), ('b')",
            done(2, Some(4)),
        ),
        ("UPDATE p_stats__note SET text = 'x'", done(4, None)),
        (
            "INSERT INTO p_stats__note (id) VALUES (1) ON CONFLICT DO NOTHING",
            done(0, None),
        ),
        (
            "CREATE TABLE p_stats__k (k TEXT PRIMARY KEY) WITHOUT ROWID",
            done(0, None),
        ),
        ("INSERT INTO p_stats__k VALUES ('a')", done(1, None)),
        ("DELETE FROM p_stats__note WHERE id > 2", done(2, None)),
    ] {
        assert_eq!(
            db.execute(&call(), sql, Vec::new()).await,
            Ok(expect),
            "{sql}"
        );
    }
}

#[tokio::test]
async fn reading_and_writing_have_a_door_each() {
    let desk = Desk::new();
    let db = desk.db("own");
    let wrote = db
        .query(&call(), "DELETE FROM p_stats__note", Vec::new())
        .await;
    assert!(text(wrote).contains("goes to execute"));
    let read = db.execute(&call(), "SELECT 1", Vec::new()).await;
    assert!(text(read).contains("goes to query"));
    let registering = db.query(&Scope::Registering, "SELECT 1", Vec::new()).await;
    assert!(matches!(registering, Err(Fault::Unavailable(_))));
}

#[tokio::test]
async fn a_revoked_grant_ends_at_the_next_call() {
    let desk = Desk::new();
    let granted = Granted::new(grant_of("stats"));
    let db = desk.granted(&granted);
    let sql = "SELECT count(*) FROM ticket";
    assert_eq!(
        one(&db.query(&call(), sql, Vec::new()).await.unwrap()),
        &Value::Integer(200)
    );
    granted.set(Some(Force::new(grant_of("own"))));
    let fault = text(db.query(&call(), sql, Vec::new()).await);
    assert_eq!(
        fault,
        "not granted: db: read ticket (add `ticket` under `capabilities.db.read` in \
         manifest.yaml and grant it)"
    );
    granted.set(None);
    let fault = text(db.query(&call(), "SELECT 1", Vec::new()).await);
    assert!(
        fault.contains("not granted: db: use the database"),
        "{fault}"
    );
    granted.set(Some(Force::new(grant_of("stats"))));
    db.query(&call(), sql, Vec::new()).await.unwrap();
}

#[tokio::test]
async fn a_transaction_keeps_all_or_nothing() {
    let desk = Desk::new();
    let db = desk.db("own");
    let count = "SELECT count(*) FROM p_stats__note";
    for (commit, expect) in [(false, 2), (true, 1)] {
        let transaction = db.begin(&call()).await.unwrap();
        let delete = "DELETE FROM p_stats__note WHERE id = 1";
        transaction
            .execute(&call(), delete, Vec::new())
            .await
            .unwrap();
        let inside = transaction.query(&call(), count, Vec::new()).await.unwrap();
        assert_eq!(one(&inside), &Value::Integer(1));
        let outside = db.query(&call(), count, Vec::new()).await.unwrap();
        assert_eq!(
            one(&outside),
            &Value::Integer(2),
            "others see nothing of it"
        );
        if commit {
            transaction.commit(&call()).await.unwrap();
        } else {
            transaction.rollback(&call()).await.unwrap();
        }
        let after = db.query(&call(), count, Vec::new()).await.unwrap();
        assert_eq!(one(&after), &Value::Integer(expect));
    }
    assert_eq!(
        desk.database.idle_connections().1,
        1,
        "the writer came back"
    );
}

#[tokio::test]
async fn a_call_has_one_transaction_and_it_ends_with_the_call() {
    let desk = Desk::new();
    let db = desk.db("own").for_call();
    let transaction = db.begin(&call()).await.unwrap();
    assert!(db.has_transaction());
    assert!(text(db.begin(&call()).await.map(|_| ())).contains("one open transaction"));
    let insert = "INSERT INTO p_stats__note DEFAULT VALUES";
    let beside = db.execute(&call(), insert, Vec::new()).await;
    assert!(text(beside).contains("a transaction is open"));
    transaction
        .execute(&call(), insert, Vec::new())
        .await
        .unwrap();
    db.end_call();
    assert!(!db.has_transaction() && !transaction.is_open());
    let late = transaction.query(&call(), "SELECT 1", Vec::new()).await;
    assert!(text(late).contains("the transaction is closed"));
    assert!(text(transaction.commit(&call()).await).contains("the transaction is closed"));
    let again = db.begin(&call()).await.unwrap();
    let rows = again
        .query(&call(), "SELECT count(*) FROM p_stats__note", Vec::new())
        .await;
    assert_eq!(one(&rows.unwrap()), &Value::Integer(2), "it was undone");
}

#[tokio::test]
async fn a_failed_statement_leaves_the_transaction_and_a_stopped_one_ends_it() {
    let desk = Desk::new();
    let db = desk.db("own");
    let transaction = db.begin(&call()).await.unwrap();
    let twice = "INSERT INTO p_stats__note (id) VALUES (1)";
    let conflict = transaction.execute(&call(), twice, Vec::new()).await;
    assert!(text(conflict).contains("(conflict)"));
    assert!(transaction.is_open());
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) \
                   INSERT INTO p_stats__note (text) SELECT i FROM n";
    let soon = scope(Duration::from_millis(50));
    let stopped = transaction.execute(&soon, endless, Vec::new()).await;
    assert_eq!(stopped, Err(Fault::TimedOut));
    assert!(!transaction.is_open());
    let rows = db
        .query(&call(), "SELECT count(*) FROM p_stats__note", Vec::new())
        .await;
    assert_eq!(one(&rows.unwrap()), &Value::Integer(2));
}

#[tokio::test]
async fn a_grant_that_is_revoked_inside_of_a_transaction_undoes_it() {
    let desk = Desk::new();
    let granted = Granted::new(grant_of("own"));
    let db = desk.granted(&granted);
    let transaction = db.begin(&call()).await.unwrap();
    let delete = "DELETE FROM p_stats__note";
    transaction
        .execute(&call(), delete, Vec::new())
        .await
        .unwrap();
    granted.set(None);
    let denied = transaction.execute(&call(), delete, Vec::new()).await;
    assert!(text(denied).contains("not granted"));
    assert!(text(transaction.commit(&call()).await).contains("not granted"));
    granted.set(Some(Force::new(grant_of("own"))));
    let rows = db
        .query(&call(), "SELECT count(*) FROM p_stats__note", Vec::new())
        .await;
    assert_eq!(one(&rows.unwrap()), &Value::Integer(2));
}

#[tokio::test]
async fn a_rule_that_is_revoked_inside_of_a_transaction_undoes_what_it_allowed() {
    let desk = Desk::new();
    let granted = Granted::new(grant_of("own"));
    let db = desk.granted(&granted);
    let transaction = db.begin(&call()).await.unwrap();
    let delete = "DELETE FROM p_stats__note";
    let deleted = transaction.execute(&call(), delete, Vec::new()).await;
    deleted.unwrap();
    // Something of the database is granted still.
    granted.set(Some(Force::new(grant_of("view"))));
    let denied = text(transaction.commit(&call()).await);
    assert!(denied.contains("write p_stats__note"), "{denied}");
    granted.set(Some(Force::new(grant_of("own"))));
    let count = "SELECT count(*) FROM p_stats__note";
    let rows = db.query(&call(), count, Vec::new()).await;
    assert_eq!(one(&rows.unwrap()), &Value::Integer(2));
}

#[tokio::test]
async fn whoever_has_the_writer_waits_for_none_of_his_plugins_places() {
    let desk = Desk::new();
    let db = desk.db("own");
    let first = db.for_call();
    let transaction = first.begin(&call()).await.unwrap();
    let waiting: Vec<_> = (0..CONNECTIONS_PER_PLUGIN)
        .map(|_| {
            let other = db.for_call();
            let delete = "DELETE FROM p_stats__note";
            tokio::spawn(async move { other.execute(&call(), delete, Vec::new()).await })
        })
        .collect();
    // They have all the places now, and wait for the writer.
    tokio::task::yield_now().await;
    let count = "SELECT count(*) FROM p_stats__note";
    let rows = first.query(&call(), count, Vec::new()).await;
    assert_eq!(one(&rows.unwrap()), &Value::Integer(2));
    transaction.rollback(&call()).await.unwrap();
    for other in waiting {
        other.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn answers_and_parameters_are_bounded() {
    let desk = Desk::new();
    let db = desk.db("own");
    let counted = |rows: usize| {
        format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {rows}) \
             SELECT i FROM n"
        )
    };
    let most = db
        .query(&call(), &counted(MAX_ROWS), Vec::new())
        .await
        .unwrap();
    assert_eq!(most.rows.len(), MAX_ROWS);
    let more = db.query(&call(), &counted(MAX_ROWS + 1), Vec::new()).await;
    assert!(text(more).contains("at most 10000 rows"));
    let half = vec![Value::Blob(vec![0; MAX_BYTES / 2])];
    let once = db.query(&call(), "SELECT ?", half.clone()).await.unwrap();
    assert_eq!(once.rows[0], half);
    let again = "WITH x AS (SELECT ? AS it) SELECT it, it, it FROM x";
    assert!(text(db.query(&call(), again, half.clone()).await).contains("an answer has at most"));
    let both = [half.clone(), half, vec![Value::Blob(vec![0])]].concat();
    let over = db.query(&call(), "SELECT ?, ?, ?", both).await;
    assert!(text(over).contains("the parameters of a statement have at most"));
    let many = format!("SELECT 1 WHERE 1 IN ({}?)", "?,".repeat(MAX_PARAMETERS));
    let fault = text(db.query(&call(), &many, Vec::new()).await);
    assert!(fault.contains("at most 2000 parameters"), "{fault}");
}

#[tokio::test]
async fn statements_of_a_plugin_queue_for_its_places() {
    let desk = Desk::new();
    let db = desk.db("own");
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) \
                   SELECT max(i) FROM n";
    let running: Vec<_> = (0..CONNECTIONS_PER_PLUGIN)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move {
                let later = scope(Duration::from_secs(3));
                db.query(&later, endless, Vec::new()).await
            })
        })
        .collect();
    // They have all the places now, for far longer than the next one waits.
    while desk.database.free_places().0 > READING_CONNECTIONS - CONNECTIONS_PER_PLUGIN {
        tokio::task::yield_now().await;
    }
    let soon = scope(Duration::from_millis(50));
    let waiting = db.query(&soon, "SELECT 1", Vec::new()).await;
    assert!(text(waiting).contains("4 statements of this plugin are running"));
    let other = desk.db("own").query(&call(), "SELECT 1", Vec::new()).await;
    assert_eq!(
        one(&other.unwrap()),
        &Value::Integer(1),
        "another plugin has places of its own"
    );
    for task in running {
        assert_eq!(task.await.unwrap(), Err(Fault::TimedOut));
    }
    db.query(&call(), "SELECT 1", Vec::new()).await.unwrap();
}
