//! Figures are kept for a minute, and nobody gets those of queues that he does not see.

use std::cell::RefCell;
use std::rc::Rc;

use goatkit_plugin::db::{Done, Rows, Value};
use goatkit_plugin::testing::{Database, Session, Sqlite};
use goatkit_plugin::{Error, Fault, Output};

use super::{DESK, call, request, total};

/// A help desk that notes how often its tickets are counted, and that a test can change.
#[derive(Clone)]
struct Desk {
    tables: Rc<RefCell<Sqlite>>,
    counted: Rc<RefCell<usize>>,
}

impl Desk {
    fn new() -> Self {
        let script = format!("{}{DESK}", request::schema(&request::tables()));
        Self {
            tables: Rc::new(RefCell::new(Sqlite::new(&script))),
            counted: Rc::default(),
        }
    }

    /// How often since it was last asked.
    fn counted(&self) -> usize {
        self.counted.take()
    }

    fn change(&self, sql: &str) {
        self.tables.borrow_mut().execute(sql, &[]).unwrap();
    }

    fn session(&self) -> Session {
        let mut session = Session::default()
            .grant("db")
            .grant("cache")
            .database(self.clone());
        session.now = super::session().now;
        session
    }
}

impl Database for Desk {
    fn query(&mut self, sql: &str, params: &[Value]) -> Result<Rows, Fault> {
        *self.counted.borrow_mut() += usize::from(sql.contains("FROM ticket "));
        self.tables.borrow_mut().query(sql, params)
    }

    fn execute(&mut self, sql: &str, _: &[Value]) -> Result<Done, Fault> {
        panic!("statistics write nothing: {sql}")
    }

    fn begin(&mut self) -> Result<(), Fault> {
        panic!("statistics write nothing")
    }

    fn commit(&mut self) -> Result<(), Fault> {
        panic!("statistics write nothing")
    }

    fn rollback(&mut self) -> Result<(), Fault> {
        panic!("statistics write nothing")
    }
}

fn after(session: &Session, seconds: i64) -> Session {
    let mut later = session.clone();
    later.now.seconds += seconds;
    later
}

#[test]
fn what_was_counted_is_not_counted_again_for_a_minute() {
    let calls = [
        ("overview", "[\"7d\"]"),
        ("overview", "[\"30d\"]"),
        ("by_status", "[\"7d\"]"),
        ("by_queue", "[\"7d\"]"),
        ("by_priority", "[\"7d\"]"),
        ("sla_compliance", "[\"7d\"]"),
        ("chart", "[\"status\", \"7d\"]"),
        ("chart", "[\"queue\", \"7d\"]"),
        ("timeline", "[\"7d\"]"),
    ];
    let desk = Desk::new();
    let session = desk.session().signed_in("root@localhost", "agent");
    for (function, args) in calls {
        let ask = |seconds| call(&after(&session, seconds), function, args).unwrap();
        let first = ask(0);
        let statements = desk.counted();
        assert!(statements > 0, "{function}{args} is no other's answer");
        desk.change("UPDATE ticket SET queue_id = 1, ticket_state_id = 3");
        assert_eq!(
            (ask(0), desk.counted()),
            (first.clone(), 0),
            "{function}{args}"
        );
        assert_eq!((ask(59), desk.counted()), (first, 0), "{function}{args}");
        ask(60);
        assert_eq!(desk.counted(), statements, "{function}{args}");
    }
}

#[test]
fn nobody_gets_what_another_sees() {
    let desk = Desk::new();
    let session = desk.session();
    let seen = |login: &str, kind: &str| {
        let total = total(&session.clone().signed_in(login, kind));
        (total, desk.counted())
    };
    assert_eq!(seen("root@localhost", "agent"), (11, 1));
    assert_eq!(seen("jane", "agent"), (5, 1));
    assert_eq!(seen("rolf", "agent"), (3, 1));
    assert_eq!(seen("nobody", "agent"), (0, 1));
    assert_eq!(seen("gk", "system"), (12, 1));
    // Each of them again, and someone who sees what another does.
    assert_eq!(seen("rolf", "agent"), (3, 0));
    assert_eq!(seen("jane", "agent"), (5, 0));
    assert_eq!(seen("root@localhost", "agent"), (11, 0));
    assert_eq!(seen("weak", "agent"), (0, 0));
    for (login, kind) in [("jane", "customer"), ("root@localhost", "customer")] {
        let refused = call(
            &session.clone().signed_in(login, kind),
            "overview",
            "[\"all\"]",
        );
        assert!(refused.is_err(), "{login}");
    }

    let mut elsewhere = session.clone().signed_in("jane", "agent");
    elsewhere.tenant = Some("other".to_owned());
    assert_eq!(
        (total(&elsewhere), desk.counted()),
        (5, 1),
        "another organisation"
    );
}

#[test]
fn what_is_taken_from_someone_is_not_shown_once_more() {
    let desk = Desk::new();
    let jane = desk.session().signed_in("jane", "agent");
    assert_eq!(total(&jane), 5);
    desk.change("DELETE FROM group_user WHERE user_id = 2");
    assert_eq!(total(&jane), 0);

    let revoked = jane.revoke("db");
    let refused = call(&revoked, "overview", "[\"all\"]");
    assert!(matches!(refused, Err(Error::Fault(Fault::Denied(it))) if it.capability == "db"));
}

#[test]
fn a_chart_is_kept_in_its_language() {
    let desk = Desk::new();
    let session = desk
        .session()
        .signed_in("jane", "agent")
        .translation("en", "chart.status", "By state")
        .translation("de", "chart.status", "Nach Status");
    let chart = |locale: &str| match call(
        &session.clone().locale(locale),
        "chart",
        "[\"status\", \"7d\"]",
    ) {
        Ok(Output::Html(svg)) => svg,
        other => panic!("{other:?}"),
    };
    assert!(chart("en").contains("By state"));
    assert!(chart("de").contains("Nach Status"));
    assert!(chart("en").contains("By state"));
}

#[test]
fn without_a_cache_everything_is_counted() {
    let desk = Desk::new();
    let mut session = Session::default().grant("db").database(desk.clone());
    session.now = super::session().now;
    let session = session.signed_in("jane", "agent");
    for _ in 0..2 {
        assert_eq!((total(&session), desk.counted()), (5, 1));
    }
}
