//! Prints what the db room costs: the permission check of a statement that was seen before, of
//! one that was not, and a one-row query through the room beside the same on a bare
//! connection. Asserts nothing: figures belong to machines.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use goatkit_capability::audit::{AuditLog, Auditor};
use goatkit_capability::db::{
    Db, DbGrant, Force, Granted, SQLITE, SqliteDatabase, SqliteOptions, Value, check,
};
use goatkit_capability::{CallFacts, Entry, EntryKind, Scope, SessionFacts, Within};
use goatkit_package::PluginName;
use tokio::runtime::Handle;

const SQL: &str = "SELECT t.id, t.title, u.login FROM ticket AS t JOIN users AS u \
                   ON u.id = t.user_id WHERE t.id = ? AND t.queue_id IN (1, 2, 3)";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let plugin = PluginName::parse("stats")?;
    let asked = serde_json::json!({ "read": ["ticket", "users(id, login)"] });
    let grant = DbGrant::parse(&plugin, &asked).map_err(|problems| problems.join("; "))?;

    let force = Force::new(grant.clone());
    force.checked(&SQLITE, SQL)?;
    print("permission check, statement seen before", 1_000_000, || {
        force.checked(&SQLITE, SQL).is_ok()
    });
    print("permission check, statement new", 2_000, || {
        check(&SQLITE, SQL).is_ok_and(|it| it.accesses.iter().all(|it| grant.permits(it).is_ok()))
    });

    let folder = tempfile::tempdir()?;
    let path = folder.path().join("desk.db");
    let bare = rusqlite::Connection::open(&path)?;
    bare.pragma_update(None, "journal_mode", "wal")?;
    bare.execute_batch(
        "CREATE TABLE ticket (id INTEGER PRIMARY KEY, title TEXT, queue_id INTEGER, user_id INTEGER);
         CREATE TABLE users (id INTEGER PRIMARY KEY, login TEXT, pw TEXT);
         INSERT INTO users VALUES (1, 'agent', 'x');
         INSERT INTO ticket VALUES (7, 'A ticket', 1, 1);",
    )?;
    let mut statement = bare.prepare(SQL)?;
    print("one-row query, bare connection", 50_000, || {
        statement
            .query_row([7], |row| row.get::<_, String>(1))
            .is_ok()
    });

    let database = SqliteDatabase::new(SqliteOptions::existing(&path), Handle::current());
    let db = Db::new(
        Auditor::new(plugin, AuditLog::none()),
        Granted::new(grant),
        Arc::new(database),
    );
    let scope = scope();
    let times = 50_000;
    let start = Instant::now();
    for _ in 0..times {
        db.query(&scope, SQL, vec![Value::Integer(7)]).await?;
    }
    say("one-row query, through the room", times, start.elapsed());
    Ok(())
}

fn print(what: &str, times: u32, mut work: impl FnMut() -> bool) {
    let start = Instant::now();
    let done = (0..times).filter(|_| std::hint::black_box(work())).count();
    say(what, times, start.elapsed());
    if done != times as usize {
        println!("  and {} times it failed", times as usize - done);
    }
}

fn say(what: &str, times: u32, took: Duration) {
    println!(
        "{what:42} {:>9.3} µs",
        took.as_secs_f64() * 1e6 / f64::from(times)
    );
}

fn scope() -> Scope {
    let deadline = Instant::now() + Duration::from_secs(600);
    let session = SessionFacts {
        actor: None,
        tenant: None,
        locale: "en".to_owned(),
        request_id: "figures".to_owned(),
        deadline,
        entry: Entry {
            kind: EntryKind::Command,
            name: "figures".to_owned(),
        },
    };
    Scope::Call(CallFacts {
        session: Arc::new(session),
        caller: None,
        within: Within::default(),
        deadline,
    })
}
