//! Who sees which tickets.

use goatkit_plugin::context::Entry;
use goatkit_plugin::testing::Session;
use goatkit_plugin::{Error, Fault};

use super::{call, json, session, total};

fn entered_by(mut session: Session, kind: &str) -> Session {
    session.actor = None;
    session.entry = Entry {
        kind: kind.to_owned(),
        name: "x".to_owned(),
    };
    session
}

#[test]
fn an_agent_sees_the_queues_of_readable_groups() {
    for (login, queues) in [
        (
            "root@localhost",
            &["Desk", "Net & <b>Work</b>", "Office"][..],
        ),
        // directly, to read
        ("jane", &["Desk"]),
        // by a role, and only what the role permits
        ("rolf", &["Net & <b>Work</b>"]),
        // both, and no ticket counts twice
        ("both", &["Desk", "Office"]),
        // other permissions than reading, and a role that is invalid
        ("weak", &[]),
        // an agent who is invalid
        ("gone", &[]),
        ("nobody", &[]),
        ("unknown", &[]),
        ("JANE", &[]),
        ("jane' OR '1'='1", &[]),
    ] {
        let session = session().signed_in(login, "agent");
        let counts = json(&session, "by_queue", "all");
        let counts = counts["queues"].as_array().unwrap();
        let mut seen: Vec<&str> = counts
            .iter()
            .map(|it| it["name"].as_str().unwrap())
            .collect();
        seen.sort_unstable();
        assert_eq!(seen, queues, "{login}");
        let counted: i64 = counts.iter().map(|it| it["count"].as_i64().unwrap()).sum();
        assert_eq!(total(&session), counted, "{login}");
    }
}

#[test]
fn every_report_is_limited_alike() {
    let rolf = session().signed_in("rolf", "agent");
    assert_eq!(total(&rolf), 3);
    let statuses = json(&rolf, "by_status", "all").to_string();
    assert!(
        !statuses.contains("open") && statuses.contains("pending reminder"),
        "{statuses}"
    );
    let priorities = json(&rolf, "by_priority", "all").to_string();
    assert!(!priorities.contains("4 high"), "{priorities}");
    let queues = json(&rolf, "sla_compliance", "all");
    assert_eq!(queues["queues"].as_array().unwrap().len(), 1);
    let timeline = json(&rolf, "timeline", "all");
    let created: i64 = timeline["timeline"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["created"].as_i64().unwrap())
        .sum();
    assert_eq!(created, 3);
}

#[test]
fn the_system_sees_everything() {
    assert_eq!(total(&session().signed_in("gk", "system")), 12);
    for kind in ["command", "job"] {
        assert_eq!(total(&entered_by(session(), kind)), 12, "{kind}");
    }
    // An agent at a command line stays an agent.
    let mut jane = entered_by(session(), "command");
    jane = jane.signed_in("jane", "agent");
    assert_eq!(total(&jane), 5);
}

#[test]
fn others_are_refused_and_see_no_zeros() {
    let refused = |session: &Session| {
        let calls = [
            ("overview", "[\"all\"]"),
            ("by_status", "[\"all\"]"),
            ("by_queue", "[\"all\"]"),
            ("by_priority", "[\"all\"]"),
            ("timeline", "[\"all\"]"),
            ("sla_compliance", "[\"all\"]"),
            ("chart", "[\"status\", \"all\"]"),
        ];
        let mut says = calls.map(|(function, args)| match call(session, function, args) {
            Err(Error::Failed(failure)) => (failure.code, failure.message),
            other => panic!("{function}: {other:?}"),
        });
        says.sort();
        assert_eq!(says[0], says[6]);
        says[0].clone()
    };
    let not_allowed = |why: &str| {
        let message = format!("statistics are for agents, and {why}");
        ("not-allowed".to_owned(), message)
    };
    let customer = not_allowed("whoever is signed in is no agent");
    for kind in ["customer", "", "Agent", "AGENT", "agents"] {
        assert_eq!(
            refused(&session().signed_in("root@localhost", kind)),
            customer,
            "{kind}"
        );
    }
    let mut at_command_line = entered_by(session(), "command");
    at_command_line = at_command_line.signed_in("eve", "customer");
    assert_eq!(refused(&at_command_line), customer);
    for kind in [
        "page",
        "route",
        "widget",
        "hook",
        "lifecycle",
        "Command",
        "",
    ] {
        let nobody = not_allowed("nobody is signed in");
        assert_eq!(refused(&entered_by(session(), kind)), nobody, "{kind}");
    }
}

#[test]
fn a_refusal_of_the_host_is_passed_on() {
    let mut session = Session::default().signed_in("jane", "agent");
    session.now = super::session().now;
    let refused = call(&session, "overview", "[\"all\"]").unwrap_err();
    let Error::Fault(Fault::Denied(denial)) = &refused else {
        panic!("{refused:?}")
    };
    assert_eq!(denial.capability, "db");
    assert!(refused.to_string().contains("is not granted"), "{refused}");
}
