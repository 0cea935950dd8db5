//! The real database of the mock host: SQL runs in it as on the host, with the host's values
//! and codes.
#![allow(missing_docs, clippy::unwrap_used)]

use goatkit_plugin::db::{self, Done, Value, params};
use goatkit_plugin::testing::{Session, Sqlite};
use goatkit_plugin::{Error, Fault};

const SCHEMA: &str = "
    CREATE TABLE queue (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL);
    CREATE TABLE ticket (id INTEGER PRIMARY KEY, title TEXT, locked BOOLEAN, hours REAL,
        data BLOB, queue_id INTEGER REFERENCES queue(id) DEFERRABLE INITIALLY DEFERRED);
    CREATE TABLE history (id INTEGER PRIMARY KEY, ticket_id INTEGER);
    CREATE TRIGGER created AFTER INSERT ON ticket BEGIN
        INSERT INTO history (id, ticket_id) VALUES (100 + new.id, new.id); END;
    CREATE TRIGGER changed AFTER UPDATE ON ticket BEGIN
        INSERT INTO history (ticket_id) VALUES (new.id); END;
    INSERT INTO queue VALUES (1, 'Raw'), (2, 'Junk');
";

fn session() -> Session {
    Session::default().grant("db").database(Sqlite::new(SCHEMA))
}

fn count(table: &str) -> i64 {
    let rows = db::query(&format!("SELECT count(*) FROM {table}"), []).unwrap();
    rows.first().unwrap().at(0).unwrap()
}

#[test]
fn values_go_in_and_come_out() {
    session().run(|| {
        let values = params![Some("größer"), true, 0.5, vec![0_u8, 255], None::<i64>];
        db::execute(
            "INSERT INTO ticket (title, locked, hours, data, queue_id) VALUES (?, ?, ?, ?, ?)",
            &values,
        )
        .unwrap();
        let sql = "SELECT title, locked, hours, data, queue_id FROM ticket";
        let rows = db::query(sql, params![]).unwrap();
        assert_eq!(rows.first().unwrap().values(), values);
        let types: Vec<&str> = rows.columns.iter().map(|it| &*it.type_name).collect();
        assert_eq!(types, ["text", "boolean", "real", "blob", "integer"]);

        let computed = db::query("SELECT ? AS a, ? AS b", params![true, i64::MAX]).unwrap();
        assert_eq!(
            computed.first().unwrap().values(),
            [Value::Integer(1), Value::Integer(i64::MAX)]
        );
        assert_eq!(computed.columns[0].type_name, "");
        assert_eq!(computed.to::<(bool, i64)>(), Ok(vec![(true, i64::MAX)]));
    });
}

#[test]
fn a_statement_tells_what_it_did() {
    let cases = [
        ("INSERT INTO queue (name) VALUES ('a'), ('b')", 2, Some(4)),
        // The triggers number rows as well.
        ("INSERT INTO ticket (id) VALUES (7)", 1, Some(7)),
        ("UPDATE ticket SET title = 'x'", 1, None),
        (
            "INSERT INTO queue (id, name) VALUES (1, 'c') ON CONFLICT DO NOTHING",
            0,
            None,
        ),
        (
            "INSERT INTO queue (id, name) VALUES (1, 'c') ON CONFLICT (id) DO UPDATE SET name = 'd'",
            1,
            None,
        ),
        ("DELETE FROM queue WHERE id > 2", 2, None),
        ("DELETE FROM queue WHERE id > 2", 0, None),
        ("CREATE TABLE p_x__note (id INTEGER)", 0, None),
        (
            "WITH n(i) AS (SELECT 5) INSERT INTO p_x__note SELECT i FROM n",
            1,
            Some(1),
        ),
        ("DROP TABLE p_x__note", 0, None),
    ];
    session().run(|| {
        for (sql, affected, last_insert_id) in cases {
            let expect = Done {
                affected,
                last_insert_id,
            };
            assert_eq!(db::execute(sql, []), Ok(expect), "{sql}");
        }
    });
}

/// What is wrong with a statement in two words: a code, or the kind of the fault.
fn word(fault: &Fault) -> &str {
    match fault {
        Fault::Failed(failure) => &failure.code,
        Fault::Invalid(_) => "invalid",
        other => panic!("{other}"),
    }
}

#[test]
fn faults_are_the_hosts() {
    let conflict = "INSERT INTO queue VALUES (1, 'x')";
    let cases: [(&str, &[Value], &str); 8] = [
        (conflict, &[], "conflict"),
        ("INSERT INTO queue (name) VALUES ('Raw')", &[], "conflict"),
        ("INSERT INTO queue (id) VALUES (9)", &[], "constraint"),
        (
            "INSERT INTO ticket (queue_id) VALUES (9)",
            &[],
            "constraint",
        ),
        ("INSERT INTO nothing VALUES (1)", &[], "sql"),
        ("DELETE FROM queue; DELETE FROM ticket", &[], "invalid"),
        ("DELETE FROM queue WHERE id = ?", &[], "invalid"),
        (
            "INSERT INTO ticket (hours) VALUES (?)",
            &params![f64::NAN],
            "invalid",
        ),
    ];
    session().run(|| {
        for (sql, params, expect) in cases {
            let fault = db::execute(sql, params).unwrap_err();
            assert_eq!(word(&fault), expect, "{sql}: {fault}");
        }
        assert_eq!(count("queue"), 2);
        assert_eq!(
            db::execute(conflict, []).unwrap_err().to_string(),
            "conflict: UNIQUE constraint failed: queue.id"
        );
    });
}

#[test]
fn query_reads_and_execute_writes() {
    session().run(|| {
        let written = db::query("DELETE FROM queue", []).unwrap_err();
        assert!(written.to_string().contains("goes to execute"), "{written}");
        let read = db::execute("SELECT id FROM queue", []).unwrap_err();
        assert!(read.to_string().contains("goes to query"), "{read}");
        assert_eq!(count("queue"), 2);
        assert_eq!(
            db::query("SELECT \"typo\" FROM queue", []).map_err(|it| word(&it).to_owned()),
            Err("sql".to_owned())
        );
    });
}

#[test]
fn transactions_keep_or_undo() {
    fn add(end: impl FnOnce(db::Transaction) -> Result<(), Fault>) -> Result<i64, Error> {
        let transaction = db::begin()?;
        transaction.execute("INSERT INTO queue (name) VALUES (?)", params!["new"])?;
        let rows = transaction.query("SELECT count(*) FROM queue", [])?;
        assert_eq!(rows.to::<(i64,)>()?, [(3,)]);
        end(transaction)?;
        Ok(count("queue"))
    }
    let session = session();
    session.clone().run(|| {
        assert_eq!(add(db::Transaction::rollback), Ok(2));
        assert_eq!(
            add(|it| {
                drop(it);
                Ok(())
            }),
            Ok(2)
        );
        assert_eq!(add(db::Transaction::commit), Ok(3));
    });
    session.clone().run(|| {
        let left = db::begin().unwrap();
        left.execute("DELETE FROM queue", []).unwrap();
        std::mem::forget(left);
    });
    session.run(|| assert_eq!(count("queue"), 3, "clones share the database"));
}

#[test]
fn what_cannot_be_committed_is_undone() {
    session().run(|| {
        let transaction = db::begin().unwrap();
        let sql = "INSERT INTO ticket (queue_id) VALUES (9)";
        transaction.execute(sql, []).unwrap();
        assert_eq!(word(&transaction.commit().unwrap_err()), "constraint");
        assert_eq!(count("ticket"), 0);
        assert!(db::begin().unwrap().commit().is_ok());
    });
}

#[test]
#[should_panic(expected = "the script of the database fails: near \"TABEL\": syntax error")]
fn a_wrong_script_is_told() {
    let _ = Sqlite::new("CREATE TABEL x");
}
