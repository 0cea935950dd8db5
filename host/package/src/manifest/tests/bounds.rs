//! The most that a manifest may ask for, and hold.

use super::super::{Manifest, limits};
use super::check;

#[test]
fn every_limit_has_a_maximum() {
    let too_much = |limit: &str, expect: &str| {
        check(
            &format!("limits: {{ {limit} }}"),
            &format!("manifest.yaml: limits.{expect}"),
        );
    };
    let fine = |limit: String| fine(format!("limits: {{ {limit} }}"));
    fine(format!("memory: {}", limits::MAX_MEMORY));
    fine(format!("memory: {}", limits::MIN_MEMORY));
    fine(format!("call: {}s", limits::MAX_CALL.as_secs()));
    fine(format!("route: {}s", limits::MAX_ROUTE.as_secs()));
    fine(format!("job: {}s", limits::MAX_JOB.as_secs()));
    fine(format!("instances: {}", limits::MAX_INSTANCES));
    too_much(
        "memory: 1025MiB",
        "memory: more than this host allows, 1024MiB",
    );
    too_much("memory: 1KiB", "memory: less than the least, 1MiB");
    too_much("call: 61s", "call: more than this host allows, 60s");
    too_much("call: 0s", "call: must be longer than nothing");
    too_much("route: 6m", "route: more than this host allows, 300s");
    too_much("job: 25h", "job: more than this host allows, 86400s");
    too_much(
        "instances: 257",
        "instances: more than this host allows, 256",
    );
    too_much("instances: 0", "instances: must be at least 1");
}

#[test]
fn texts_and_lists_are_bounded() {
    let long = "x".repeat(limits::MAX_DESCRIPTION + 1);
    check(
        &format!("description: {long}"),
        "manifest.yaml: description: longer than 1000 characters",
    );
    let list = "w, ".repeat(limits::MAX_LIST + 1);
    check(
        &format!("reach: {{ widgets: [{list}] }}"),
        "manifest.yaml: reach.widgets: more than 256 entries",
    );
    let item = "w".repeat(limits::MAX_ITEM + 1);
    check(
        &format!("reach: {{ widgets: [{item}] }}"),
        "manifest.yaml: reach.widgets: an entry is longer than 256 characters",
    );
    let settings = |keys: Vec<String>| {
        let keys: Vec<_> = keys.iter().map(|key| format!("{key}: {{}}")).collect();
        format!("config: {{ properties: {{ {} }} }}", keys.join(", "))
    };
    let many = |count: usize| (0..count).map(|at| format!("k{at}")).collect();
    fine(settings(many(limits::MAX_SETTINGS)));
    check(
        &settings(many(limits::MAX_SETTINGS + 1)),
        "manifest.yaml: config.properties: more than 100 settings",
    );
    fine(settings(vec!["k".repeat(limits::MAX_SETTING_KEY)]));
    let key = "k".repeat(limits::MAX_SETTING_KEY + 1);
    check(
        &settings(vec![key.clone()]),
        &format!(
            "manifest.yaml: config.properties.{key}: a setting's key consists of a-z, 0-9 and `_`, begins with a letter and has at most 64 characters"
        ),
    );
    let filler = "# filler\n".repeat(40_000);
    check(&filler, "manifest.yaml: larger than 256 KiB");
}

#[track_caller]
fn fine(lines: String) {
    let yaml = format!("name: a\nversion: 1.0.0\nruntime: wasm\n{lines}");
    Manifest::parse(yaml.as_bytes()).unwrap();
}
