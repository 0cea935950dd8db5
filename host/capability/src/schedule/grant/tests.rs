#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::*;
use crate::grants::{Items, Rule, Rules};
use crate::{Capability, Power};

fn read(value: Value) -> Result<Vec<String>, Vec<String>> {
    GRANT.rules("schedule", &PluginName::parse("stats").unwrap(), &value)
}

#[test]
fn grants_are_read_and_are_normal() {
    for (value, expect) in [
        (json!({}), ["jobs 5", "min_period 60s"]),
        (json!({ "jobs": 1 }), ["jobs 1", "min_period 60s"]),
        (
            json!({ "min_period": "1h" }),
            ["jobs 5", "min_period 3600s"],
        ),
        (
            json!({ "jobs": 100, "min_period": "90s" }),
            ["jobs 100", "min_period 90s"],
        ),
        (
            json!({ "min_period": "60000ms" }),
            ["jobs 5", "min_period 60s"],
        ),
    ] {
        assert_eq!(read(value.clone()).unwrap(), expect);
        let asked = Asked::read(&value).unwrap();
        let words = [
            format!("jobs {}", asked.jobs),
            format!("min_period {}s", asked.min_period.as_secs()),
        ];
        assert_eq!(words, expect);
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    for (value, expect) in [
        (json!(true), "is written as a map"),
        (json!(null), "is written as a map"),
        (json!(["jobs"]), "is written as a map"),
        (json!({ "job": 1 }), "has no `job`; did you mean `jobs`?"),
        (json!({ "every": 1 }), "it has `jobs` and `min_period`"),
        (json!({ "jobs": 0 }), "from 1 to 100"),
        (json!({ "jobs": 101 }), "from 1 to 100"),
        (json!({ "jobs": -1 }), "from 1 to 100"),
        (json!({ "jobs": "5" }), "from 1 to 100"),
        (json!({ "min_period": 60 }), "expected a duration"),
        (json!({ "min_period": "60" }), "expected a duration"),
        (json!({ "min_period": "59s" }), "from 1m"),
        (json!({ "min_period": "60500ms" }), "whole seconds"),
        (json!({ "min_period": "367d" }), "to 366d"),
    ] {
        let told = read(value.clone()).unwrap_err().join("; ");
        assert!(told.contains(expect), "{value}: {told}");
        assert_eq!(
            Asked::read(&value).is_some(),
            expect.contains("`"),
            "{value}"
        );
    }
}

#[test]
fn fewer_jobs_and_longer_periods_are_covered() {
    for (outer, inner, expect) in [
        ("jobs 5", "jobs 5", true),
        ("jobs 5", "jobs 4", true),
        ("jobs 5", "jobs 6", false),
        ("jobs 10", "jobs 9", true),
        ("min_period 60s", "min_period 60s", true),
        ("min_period 60s", "min_period 300s", true),
        ("min_period 300s", "min_period 60s", false),
        ("jobs 5", "min_period 5s", false),
        ("min_period 1s", "jobs 1", false),
        ("anything", "anything", false),
    ] {
        assert_eq!(GRANT.covers(outer, inner), expect, "{outer} {inner}");
    }
}

#[test]
fn of_request_and_grant_the_narrower_is_in_force() {
    let schedule = Capability {
        name: "schedule",
        interface: "x:y/schedule",
        power: Power::Asked(GRANT),
    };
    let items = Items::new(vec![schedule], Default::default());
    let rules = |value| -> Rules {
        let texts = read(value).unwrap().into_iter();
        texts.map(|text| Rule::new("schedule", text)).collect()
    };
    let check = |asked: Value, granted: Value, expect: Value| {
        let both = items.both(&rules(asked.clone()), &rules(granted.clone()));
        assert_eq!(both, rules(expect), "{asked} {granted}");
    };
    let plan = |jobs, period: &str| json!({ "jobs": jobs, "min_period": period });
    check(plan(5, "1m"), plan(3, "5m"), plan(3, "5m"));
    check(plan(3, "5m"), plan(5, "1m"), plan(3, "5m"));
    check(plan(5, "5m"), plan(3, "1m"), plan(3, "5m"));
    check(plan(5, "1m"), plan(5, "1m"), plan(5, "1m"));
}

#[test]
fn consent_is_in_words() {
    assert_eq!(
        GRANT.consent(&["jobs 5", "min_period 60s"]),
        [
            "run by itself at given times, with 5 jobs",
            "have each of its jobs run as often as every minute",
        ]
    );
    assert_eq!(
        GRANT.consent(&["min_period 5400s"]),
        ["have each of its jobs run as often as every 90 minutes"]
    );
    assert_eq!(
        GRANT.consent(&["jobs 1"]),
        ["run by itself at given times, with one job"]
    );
    assert!(GRANT.consent(&[]).is_empty());
}

#[test]
fn both_rules_are_needed_and_counted() {
    let granted = Granted::none();
    let uses: [Counter; 3] = Default::default();
    let counts = || uses.each_ref().map(|it| it.load(Ordering::Relaxed));
    let set = |rules: &[(&str, usize)]| {
        let rule = |(text, at): &(&str, usize)| ((*text).to_owned(), Arc::clone(&uses[*at]));
        granted.set(rules.iter().map(rule).collect());
    };
    let minute = Duration::from_secs(60);
    let told = |result: Result<u64, Fault>| result.unwrap_err().to_string();

    let nothing = told(granted.permits(minute));
    assert!(
        nothing.contains("add `schedule: { jobs: 5, min_period: 1m }`"),
        "{nothing}"
    );
    for half in [("jobs 5", 0), ("min_period 60s", 1)] {
        set(&[half]);
        assert_eq!(told(granted.permits(minute)), nothing);
        assert!(granted.permits_any().is_err());
    }
    assert_eq!(counts(), [0, 0, 0]);

    set(&[("jobs 5", 0), ("min_period 120s", 1), ("jobs 3", 2)]);
    assert_eq!(granted.permits(2 * minute), Ok(5));
    assert_eq!(counts(), [1, 1, 0]);
    assert_eq!(granted.permits_any(), Ok(()));
    let often = told(granted.permits(minute));
    assert!(
        often.contains("schedule: a job that is due every minute (every 2 minutes"),
        "{often}"
    );
    assert!(often.contains("write `min_period: 60s`"), "{often}");
    assert_eq!(counts(), [1, 1, 0]);

    set(&[("jobs 5", 0), ("min_period 120s", 1), ("min_period 60s", 2)]);
    assert_eq!(granted.permits(minute), Ok(5));
    assert_eq!(counts(), [2, 1, 1]);
    granted.set(Vec::new());
    assert!(granted.permits(minute).is_err());
}
