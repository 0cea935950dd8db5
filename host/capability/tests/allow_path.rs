//! What is permitted costs no memory: each capability's check is asked many times over, with
//! every allocation counted.
#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use goatkit_capability::audit::{AuditLog, Auditor, Uses};
use goatkit_capability::db::{DbGrant, Force, SQLITE};
use goatkit_capability::grants::{Powers, Rule};
use goatkit_capability::{
    CallFacts, Entry, EntryKind, Fault, Scope, SessionFacts, Within, app, events, plugins,
};
use goatkit_package::PluginName;

const TIMES: u64 = 1_000;

const SQL: &str = "SELECT t.id, u.login FROM ticket AS t JOIN users AS u ON u.id = t.user_id \
                   WHERE t.id = ?";

/// Asks often, and sees to it that it was allowed and cost nothing.
#[track_caller]
fn check(what: &str, permitted: impl Fn() -> Result<(), Fault>) {
    permitted().unwrap();
    let counted = allocation_counter::measure(|| {
        for _ in 0..TIMES {
            permitted().unwrap();
        }
    });
    assert_eq!(counted.count_total, 0, "{what}: {counted:?}");
}

fn plugin() -> PluginName {
    PluginName::parse("my-stats").unwrap()
}

fn scope() -> Scope {
    let deadline = Instant::now() + Duration::from_secs(60);
    Scope::Call(CallFacts {
        session: Arc::new(SessionFacts {
            actor: None,
            tenant: None,
            locale: "en".to_owned(),
            request_id: "test".to_owned(),
            deadline,
            entry: Entry {
                kind: EntryKind::Page,
                name: "/".to_owned(),
            },
        }),
        caller: None,
        within: Within::default(),
        deadline,
    })
}

#[test]
fn a_statement_that_was_seen_before() {
    let asked = serde_json::json!({ "read": ["ticket", "users(id, login)"] });
    let grant = DbGrant::parse(&plugin(), &asked).unwrap();
    let uses = Arc::new(AtomicU64::new(0));
    let counters = HashMap::from([("read ticket".to_owned(), Arc::clone(&uses))]);
    let force = Force::new(grant).counted(counters);
    check("db", || force.checked(&SQLITE, SQL).map(drop));
    assert_eq!(uses.load(Ordering::Relaxed), TIMES + 1);
}

#[test]
fn a_function_of_the_application() {
    let granted = app::Granted::none();
    let uses = Arc::new(AtomicU64::new(0));
    granted.set(vec![("ticket.*".to_owned(), Arc::clone(&uses))]);
    check("app", || granted.permits("ticket.create"));
    assert_eq!(uses.load(Ordering::Relaxed), TIMES + 1);
}

#[test]
fn a_function_of_another_plugin() {
    let granted = plugins::Granted::none();
    let uses = Arc::new(AtomicU64::new(0));
    granted.set(vec![("kb.*".to_owned(), Arc::clone(&uses))]);
    check("plugins", || granted.permits("kb", "search"));
    assert_eq!(uses.load(Ordering::Relaxed), TIMES + 1);
}

#[test]
fn a_channel_of_the_plugins_own() {
    let granted = events::Granted::none();
    let uses = Arc::new(AtomicU64::new(0));
    granted.set(vec![("ticket.*".to_owned(), Arc::clone(&uses))]);
    check("events", || granted.permits("ticket.new"));
    assert_eq!(uses.load(Ordering::Relaxed), TIMES + 1);
}

#[test]
fn a_capability_of_the_embedders() {
    let powers = Powers::none(Auditor::new(plugin(), AuditLog::none()), Uses::default());
    powers.set([Rule::new("ticketing", "use")].into());
    let scope = scope();
    check("a switch", || powers.permits(&scope, "ticketing"));
}

#[test]
fn what_passes_the_auditor() {
    let auditor = Auditor::new(plugin(), AuditLog::none());
    let scope = scope();
    check("the auditor", || auditor.heard(&scope, Ok(())));
}
