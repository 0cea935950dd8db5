//! `gk conformance`: what it says of a package that holds, and of one that does not.

#![allow(clippy::unwrap_used)]

mod support;

use goatkit_test_support::Package;
use serde_json::Value;
use support::{arg, has, hello, run};

#[test]
fn a_package_that_holds_is_told_line_by_line() {
    let work = tempfile::tempdir().unwrap();
    let zip = hello(work.path());
    let told = run(&["conformance", arg(&zip)]).answer();
    let lines = [
        "package            it is one: ok\n",
        "component          it loads: ok\n",
        "calculate_something it answers, whatever it is given: ok\n",
    ];
    has(&told, &lines);
    assert!(!told.contains("FAILED"), "{told}");

    let json = run(&["conformance", "--json", arg(&zip)]).answer();
    let json: Value = serde_json::from_str(&json).unwrap();
    let checks = json["checks"].as_array().unwrap();
    assert_eq!(checks.len(), told.lines().count());
    assert_eq!(checks[0]["about"], "package");
    assert!(checks.iter().all(|check| check["problem"].is_null()));
}

#[test]
fn a_package_that_does_not_hold_ends_with_1() {
    let work = tempfile::tempdir().unwrap();
    let zip = Package::of_guest("not_json").write_zip(work.path());
    let ran = run(&["conformance", arg(&zip)]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let unknown = "functions          one that it does not have is unknown: FAILED: ";
    let line = "garble             it answers, whatever it is given: FAILED: given []";
    has(
        &ran.stdout,
        &["component          it loads: ok", unknown, line],
    );
    has(&ran.stderr, &["error: 2 of ", " checks failed", "hint: "]);
}

#[test]
fn a_file_that_is_not_there_is_no_package() {
    let work = tempfile::tempdir().unwrap();
    let ran = run(&["conformance", arg(&work.path().join("missing.zip"))]);
    assert_eq!(ran.code, 1, "{ran:?}");
    has(
        &ran.stdout,
        &["package            it is one: FAILED: ", "missing.zip"],
    );
}
