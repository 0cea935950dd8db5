//! Tables of what is asked, what of it is in force, and what is denied with which remedy.

use std::collections::BTreeMap;

use goatkit_package::{LimitsRequest, Reach};
use serde_json::json;

use super::*;
use crate::grants::{Items, Rules, Sections};
use crate::table::{Capability, Power};

fn plugin() -> PluginName {
    PluginName::parse("stats").unwrap()
}

fn read(value: Value) -> Result<Vec<String>, Vec<String>> {
    GRANT.rules("mail", &plugin(), &value)
}

#[test]
fn grants_are_read_and_are_normal() {
    for (value, expect) in [
        (
            json!({ "from": "stats@Example.com", "to": ["*@example.com"], "per_hour": 5 }),
            vec!["from stats@example.com", "to *@example.com", "per_hour 5"],
        ),
        (
            json!({ "from": ["b@x.example", "a@x.example"], "to": "*" }),
            vec![
                "from a@x.example",
                "from b@x.example",
                "to *",
                "per_hour 20",
            ],
        ),
        (
            json!({ "from": ["*@x.example", "a@x.example"],
                    "to": ["ann@y.example", "*@Y.example", "bob@z.example", "*@y.example"] }),
            vec![
                "from *@x.example",
                "to *@y.example",
                "to bob@z.example",
                "per_hour 20",
            ],
        ),
        (
            json!({ "from": "a@x.example", "to": ["a@y.example", "*", "*@y.example"] }),
            vec!["from a@x.example", "to *", "per_hour 20"],
        ),
        (
            json!({ "from": "a@bücher.example", "to": ["*@bücher.example"], "per_hour": 10_000 }),
            vec![
                "from a@xn--bcher-kva.example",
                "to *@xn--bcher-kva.example",
                "per_hour 10000",
            ],
        ),
    ] {
        assert_eq!(read(value).unwrap(), expect);
    }
}

#[test]
fn what_is_no_grant_is_told() {
    let with = |key: &str, value: Value| {
        let mut grant = json!({ "from": "a@x.example", "to": ["*"] });
        grant[key] = value;
        grant
    };
    for (value, expect) in [
        (json!([]), "`mail` is written as {"),
        (json!(true), "`mail` is written as {"),
        (json!({}), "`mail.from` is missing"),
        (json!({ "from": "a@x.example" }), "`mail.to` is missing"),
        (json!({ "to": "a@x.example" }), "`mail.from` is missing"),
        (with("from", json!([])), "`mail.from` is missing"),
        (with("to", json!([])), "`mail.to` is missing"),
        (
            with("from", json!("*")),
            "does not write in everybody's name",
        ),
        (
            with("from", json!(["a@x.example", "*"])),
            "everybody's name",
        ),
        (with("from", json!(1)), "written as a text"),
        (with("to", json!({ "a": 1 })), "written as a text"),
        (with("to", json!([["a@x.example"]])), "written as a text"),
        (
            with("to", json!("everyone")),
            "\"everyone\" is neither an address",
        ),
        (with("to", json!("*@*.example")), "neither an address"),
        (with("to", json!("a*@x.example")), "neither an address"),
        (with("to", json!("Ann <a@x.example>")), "neither an address"),
        (with("to", json!("a@x.example\n")), "neither an address"),
        (
            with("per_hour", json!(0)),
            "`mail.per_hour` is a number from 1 to 10000",
        ),
        (with("per_hour", json!(-1)), "is a number from 1 to 10000"),
        (with("per_hour", json!(1.5)), "is a number from 1 to 10000"),
        (with("per_hour", json!("20")), "is a number from 1 to 10000"),
        (
            with("per_hour", json!(10_001)),
            "is a number from 1 to 10000",
        ),
        (
            with("per_hour", json!(4_294_967_297u64)),
            "is a number from 1 to 10000",
        ),
        (with("too", json!("*")), "no `too`; did you mean `to`?"),
    ] {
        let told = read(value.clone()).unwrap_err().join("; ");
        assert!(told.contains(expect), "{value}: {told}");
    }
    let long = read(with("to", json!("x".repeat(100_000)))).unwrap_err();
    assert!(long.join("").len() < 1_000);
}

#[test]
fn rules_cover_less_of_the_same_kind() {
    for (outer, inner, expect) in [
        ("per_hour 20", "per_hour 20", true),
        ("per_hour 20", "per_hour 10", true),
        ("per_hour 20", "per_hour 50", false),
        ("per_hour 9", "per_hour 10", false),
        ("from *@x.example", "from a@x.example", true),
        ("from a@x.example", "from *@x.example", false),
        ("to *", "to *@x.example", true),
        ("to *", "from a@x.example", false),
        ("from a@x.example", "to a@x.example", false),
        ("to a@x.example", "per_hour 1", false),
        ("nothing", "nothing", false),
        ("to", "to", false),
    ] {
        assert_eq!(GRANT.covers(outer, inner), expect, "{outer} / {inner}");
    }
}

/// What is in force where both were written down.
fn in_force(request: Value, grant: Value) -> Vec<String> {
    let capability = Capability {
        name: "mail",
        interface: "x:y/mail",
        power: Power::Asked(GRANT),
    };
    let items = Items::new(vec![capability], LimitsRequest::default());
    let rules = |value: Value| -> Rules {
        let written = BTreeMap::from([("mail".to_owned(), value)]);
        let sections = Sections {
            capabilities: &written,
            reach: &Reach::default(),
            limits: &LimitsRequest::default(),
        };
        items.rules(&plugin(), sections).unwrap()
    };
    let both = items.both(&rules(request), &rules(grant));
    both.into_iter().map(|rule| rule.text).collect()
}

#[test]
fn the_request_within_the_grant_is_in_force() {
    for (request, grant, expect) in [
        (
            json!({ "from": "a@x.example", "to": "*", "per_hour": 50 }),
            json!({ "from": "*@x.example", "to": ["ann@y.example", "*@z.example"] }),
            vec![
                "from a@x.example",
                "per_hour 20",
                "to *@z.example",
                "to ann@y.example",
            ],
        ),
        (
            json!({ "from": "a@x.example", "to": "*@y.example" }),
            json!({ "from": "b@x.example", "to": "*", "per_hour": 100 }),
            vec!["per_hour 20", "to *@y.example"],
        ),
        (
            json!({ "from": "a@x.example", "to": "*@y.example", "per_hour": 3 }),
            json!({ "from": "a@x.example", "to": "*@z.example", "per_hour": 100 }),
            vec!["from a@x.example", "per_hour 3"],
        ),
    ] {
        assert_eq!(in_force(request, grant), expect);
    }
}

#[test]
fn consent_is_asked_in_plain_words() {
    let rules = read(json!({
        "from": ["a@x.example", "*@y.example"], "to": ["*@z.example", "b@x.example"],
    }));
    let rules = rules.unwrap();
    let texts: Vec<&str> = rules.iter().map(String::as_str).collect();
    assert_eq!(
        GRANT.consent(&texts),
        [
            "write mail in the name of everybody at y.example",
            "write mail in the name of a@x.example",
            "write mail to everybody at z.example",
            "write mail to b@x.example",
            "send 20 messages an hour",
        ]
    );
    assert_eq!(GRANT.consent(&["to *"]), ["write mail to everybody"]);
    assert_eq!(GRANT.consent(&["per_hour 1"]), ["send one message an hour"]);
    assert!(GRANT.consent(&[]).is_empty());
}

fn granted(rules: &[&str]) -> (Granted, Vec<Counter>) {
    let granted = Granted::none();
    let counters: Vec<Counter> = rules.iter().map(|_| Counter::default()).collect();
    let texts = rules.iter().map(|it| (*it).to_owned());
    granted.set(texts.zip(counters.iter().cloned()).collect());
    (granted, counters)
}

fn addresses(texts: &[&str]) -> Vec<Address> {
    let all = texts.iter().map(|it| Address::parse(it).unwrap());
    all.collect()
}

const RULES: [&str; 5] = [
    "from a@x.example",
    "from *@x.example",
    "to *@y.example",
    "to ann@z.example",
    "per_hour 7",
];

#[test]
fn what_is_granted_is_permitted_and_counted_and_nothing_else_is() {
    let (force, counters) = granted(&RULES);
    for (sender, to, expect) in [
        (
            "a@x.example",
            vec!["b@y.example", "ann@z.example", "c@y.example"],
            None,
        ),
        ("b@x.example", vec!["b@Y.EXAMPLE"], None),
        (
            "a@y.example",
            vec!["b@y.example"],
            Some("send from a@y.example"),
        ),
        (
            "a@m.x.example",
            vec!["b@y.example"],
            Some("send from a@m.x.example"),
        ),
        (
            "a@x.example",
            vec!["b@y.example", "bob@z.example"],
            Some("send to bob@z.example"),
        ),
        (
            "a@x.example",
            vec!["Ann@z.example"],
            Some("send to Ann@z.example"),
        ),
        (
            "a@x.example",
            vec!["ann+b@z.example"],
            Some("send to ann+b@z.example"),
        ),
        (
            "a@x.example",
            vec!["a@x.example"],
            Some("send to a@x.example"),
        ),
    ] {
        let sender = Address::parse(sender).unwrap();
        let to = addresses(&to);
        match (force.permits(&sender, to.iter()), expect) {
            (Ok(most), None) => assert_eq!(most, 7),
            (Err(Fault::Denied(denial)), Some(asked)) => assert_eq!(denial.asked, asked),
            (answer, expect) => panic!("{sender} {to:?}: {answer:?} {expect:?}"),
        }
    }
    let counted: Vec<u64> = counters
        .iter()
        .map(|it| it.load(Ordering::Relaxed))
        .collect();
    // What was denied for one recipient is no use of the others' rules.
    assert_eq!(counted, [1, 1, 3, 1, 2]);
}

#[test]
fn a_denial_names_its_remedy() {
    let sender = Address::parse("a@x.example").unwrap();
    let to = addresses(&["b@y.example"]);
    for (rules, expect) in [
        (
            vec!["to *", "per_hour 1"],
            "not granted: mail: send from a@x.example (add `a@x.example` under \
             `capabilities.mail.from` in manifest.yaml and grant it)",
        ),
        (
            vec!["from a@x.example", "per_hour 1"],
            "not granted: mail: send to b@y.example (add `b@y.example` under \
             `capabilities.mail.to` in manifest.yaml and grant it)",
        ),
        (
            vec!["from a@x.example", "to *", "who knows", "per_hour many"],
            "not granted: mail: send mail (write `per_hour: 20` under `capabilities.mail` in \
             manifest.yaml and grant it)",
        ),
    ] {
        let (force, _) = granted(&rules);
        let refused = force.permits(&sender, to.iter()).unwrap_err();
        assert_eq!(refused.to_string(), expect);
    }
}

#[test]
fn the_larger_of_two_numbers_is_in_force() {
    for rules in [["per_hour 3", "per_hour 20"], ["per_hour 20", "per_hour 3"]] {
        let [one, other] = rules;
        let (force, _) = granted(&["from a@x.example", "to *", one, other]);
        let sender = Address::parse("a@x.example").unwrap();
        assert_eq!(force.permits(&sender, [].iter()).unwrap(), 20);
    }
}

#[test]
fn the_default_sender_is_a_full_address() {
    let (force, _) = granted(&RULES);
    assert_eq!(force.default_sender().unwrap().as_str(), "a@x.example");
    let (force, _) = granted(&["from *@x.example", "to *"]);
    let refused = force.default_sender().unwrap_err();
    assert!(
        matches!(refused, Fault::Invalid(ref told) if told.contains("`sender`")),
        "{refused}"
    );
    let refused = Granted::none().default_sender().unwrap_err();
    assert!(matches!(refused, Fault::Denied(_)), "{refused}");
}

#[test]
fn a_grant_is_looked_at_without_an_allocation() {
    let (force, _) = granted(&RULES);
    let sender = Address::parse("b@x.example").unwrap();
    let to = addresses(&["b@y.example", "ann@z.example"]);
    let allocations = allocation_counter::measure(|| {
        for _ in 0..100 {
            force.permits(&sender, to.iter()).unwrap();
        }
    });
    assert_eq!(allocations.count_total, 0);
}
