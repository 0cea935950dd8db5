//! What `prove` says of packages that hold, and of those that do not.

use std::fs;

use goatkit_conformance::{Args, Case, Expect, Report, TABLE, Who, prove, run};
use goatkit_package::Store;
use goatkit_test_support::Package;

use crate::Wasm;

/// The report on a package, as a person reads it.
async fn proved(package: &Package) -> String {
    let wasm = Wasm::start();
    let zip = package.write_zip(wasm.folder.path());
    prove(&zip, &wasm.runtime).await.unwrap().to_string()
}

/// Says that of a package exactly these lines have failed, and that each says so much.
async fn fails(package: Package, expect: &[&[&str]]) {
    let report = proved(&package).await;
    let failed: Vec<&str> = report
        .lines()
        .filter(|line| line.contains(": FAILED: "))
        .collect();
    assert_eq!(failed.len(), expect.len(), "\n{report}");
    for (line, parts) in failed.iter().zip(expect) {
        for part in *parts {
            assert!(line.contains(part), "no `{part}` in: {line}");
        }
    }
}

fn of_guest(name: &str) -> Package {
    // Longer than a guest that behaves takes on a busy machine.
    Package::of_guest(name).line("limits: { call: 5s }")
}

#[tokio::test]
async fn packages_that_hold() {
    for name in ["good", "calls_context_in_register"] {
        fails(of_guest(name), &[]).await;
    }
    let report = proved(&of_guest("good")).await;
    for line in [
        "package            it is one: ok",
        "manifest           what it asks is understood: ok",
        "component          it loads: ok",
        "gk-register        it answers the same again: ok",
        "functions          one that it does not have is unknown: ok",
        "add                it answers, whatever it is given: ok",
    ] {
        assert!(report.lines().any(|it| it == line), "{line}\n{report}");
    }
    assert!(!report.contains("db   "), "the table is not for it");
}

#[tokio::test]
async fn functions_that_do_not_answer_in_the_contracts_words() {
    let what = "it answers, whatever it is given: FAILED: given []: function";
    let unknown = "functions          one that it does not have is unknown: FAILED";
    fails(
        // It registers within that, and is stopped twice.
        Package::of_guest("loops").line("limits: { call: 1s }"),
        &[
            &[unknown],
            &["spin", what, "it was stopped at its deadline"],
        ],
    )
    .await;
    fails(
        of_guest("panics"),
        &[&[
            "panic ",
            what,
            "it broke off",
            "it logged: ",
            "as it was told",
        ]],
    )
    .await;
    fails(
        of_guest("not_json"),
        &[
            &[unknown, "not JSON"],
            &["garble", what, "its answer is not JSON"],
        ],
    )
    .await;
    fails(
        of_guest("eats_memory"),
        &[
            &[unknown],
            &["FAILED: given []", "more than its memory limit"],
        ],
    )
    .await;
}

#[tokio::test]
async fn packages_that_do_not_load_or_register() {
    fails(
        of_guest("db_ok"),
        &[&[
            "component          what it imports is there",
            "goatkit:plugin/db",
            "capabilities",
        ]],
    )
    .await;
    fails(
        Package::new("text", b"no wasm".to_vec()),
        &[&["component          it loads", "is no WebAssembly"]],
    )
    .await;
    fails(
        Package::new("text", b"no wasm".to_vec()).line("capabilities: { db: 5, dp: {} }"),
        &[
            &[
                "manifest           what it asks is understood",
                "did you mean `db`?",
            ],
            &["component          it loads"],
        ],
    )
    .await;
    fails(
        of_guest("loops_in_register"),
        &[&[
            "gk-register        it answers within its limits",
            "deadline",
        ]],
    )
    .await;
    fails(
        of_guest("panics_in_register"),
        &[&[
            "gk-register        it answers within its limits",
            "broke off",
        ]],
    )
    .await;
    fails(
        of_guest("registers_too_much"),
        &[&["gk-register        the answer fits", "allowed"]],
    )
    .await;
    fails(
        of_guest("wrong_name"),
        &[&[
            "gk-register        the answer fits",
            "its manifest.yaml says `wrong-name`",
        ]],
    )
    .await;
}

#[tokio::test]
async fn a_file_that_is_no_package() {
    let wasm = Wasm::start();
    let file = wasm.folder.path().join("file.zip");
    fs::write(&file, "no zip").unwrap();
    let report = prove(&file, &wasm.runtime).await.unwrap().to_string();
    assert!(
        report.starts_with("package            it is one: FAILED: "),
        "{report}"
    );
    assert_eq!(report.lines().count(), 1);
}

#[tokio::test]
async fn the_package_conformance_is_held_against_the_table() {
    let wasm = Wasm::start();
    let zip = wasm.conformance("conformance");
    let report = prove(&zip, &wasm.runtime).await.unwrap();
    assert_eq!(report.failures(), 0, "\n{report}");
    let rows = TABLE.iter().copied().flatten().count();
    assert!(report.checks.len() > rows, "\n{report}");
}

async fn tried(case: Case) -> Report {
    let wasm = Wasm::start();
    let store = Store::open(wasm.folder.path()).unwrap();
    let package = store.admit(&wasm.conformance("conformance")).unwrap();
    run(&package, &wasm.runtime, [&case]).await.unwrap()
}

#[tokio::test]
async fn a_row_that_does_not_hold_says_what_was_expected_and_what_came() {
    let case = Case {
        name: "the locale is French",
        who: Who::Agent,
        grants: "{}",
        function: "context_locale",
        args: Args::Text("[]"),
        expect: Expect::Answer(r#""fr""#),
        then: None,
    };
    let line = |case| async move { tried(case).await.to_string() };
    assert_eq!(
        line(case).await,
        "context            the locale is French: FAILED: context_locale: expected the answer \"fr\", \
         got {\"ok\":\"de-AT\"}\n"
    );
    let fault = Case {
        expect: Expect::Fault(r#"{ "kind": "denied" }"#),
        ..case
    };
    assert!(line(fault).await.contains("expected the fault"));
    let unknown = Case {
        function: "context_moon",
        ..case
    };
    assert!(line(unknown).await.contains("got function `context_moon`"));
    let granted = Case {
        grants: r#"{ "moon": true }"#,
        ..case
    };
    assert!(line(granted).await.contains("the row's grants: "));
}
