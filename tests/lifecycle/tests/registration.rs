//! What `gk-register` answers, or does instead of answering.

use goatkit_manager::State;
use goatkit_runtime::LoadErrorKind;
use goatkit_test_support::{DataFolder, Package, TestHost};

use crate::expect::{expect_broken, expect_text};

/// A guest whose registration does not hold.
async fn refused(guest: &str, says: &[&str]) {
    let host = expect_broken(Package::of_guest(guest), LoadErrorKind::Registration, says).await;
    assert_eq!(host.state(&guest.replace('_', "-")), State::Broken);
}

#[tokio::test]
async fn the_name_and_the_version_are_the_manifests() {
    refused(
        "wrong_name",
        &[
            "registers the name `someone-else`",
            "its manifest.yaml says `wrong-name`",
        ],
    )
    .await;
    refused(
        "wrong_version",
        &[
            "registers version `9.9.9`",
            "its manifest.yaml says `1.0.0`",
        ],
    )
    .await;
}

#[tokio::test]
async fn what_is_registered_must_be_exported() {
    let says = [
        "registers functions",
        "does not export `goatkit:plugin/functions`",
    ];
    refused("wrong_export", &says).await;
}

#[tokio::test]
async fn what_this_host_does_not_know_is_refused_by_name() {
    let says = [
        "the plugin asks for `theme`",
        "this host (0.1.0) does not know",
        "newer host",
    ];
    refused("unknown_extra", &says).await;
}

#[tokio::test]
async fn everything_that_does_not_hold_is_told_at_once() {
    let package = Package::of_guest("bad_registration").file("templates/there.html", "there");
    let says = [
        "function `Upper` has a name that templates cannot write",
        "argument `input` has type `uuid`, which is none of string",
        "argument `input` is there twice",
        "function `twice` returns `void`",
        "it registers function `twice` twice",
        "the label of menu item `javascript:alert(1)` has control characters",
        "menu item `javascript:alert(1)` has no path of this application",
        "menu item `//example.com/` has no path of this application",
        "shows `nowhere.html`, and the package has no templates/nowhere.html",
        "page `/tickets` is outside of its reach: add `/tickets` under `reach.routes`",
        "page `/plugins/bad-registration/../x` has no path of this application",
        "it registers routes, and its component does not export `goatkit:plugin/routes`",
        "permission `admin.all` is not its own: it must begin with `bad_registration.`",
        "permission `bad_registration` is not like `my_plugin.view`",
    ];
    let host = expect_broken(package, LoadErrorKind::Registration, &says).await;
    let error = host
        .find("bad-registration")
        .await
        .err()
        .unwrap()
        .to_string();
    assert!(
        !error.contains("integer?"),
        "an answer may be null: {error}"
    );
}

#[tokio::test]
async fn a_registration_without_bounds_is_bounded() {
    refused(
        "huge_registration",
        &["gk-register", "larger than the host takes in one call"],
    )
    .await;
    let says = ["it registers 10000 functions, and 500 are allowed"];
    refused("registers_too_much", &says).await;
}

#[tokio::test]
async fn gk_register_that_does_not_answer_breaks_its_plugin_alone() {
    let loops = Package::of_guest("loops_in_register").line("limits: { call: 1s }");
    let says = ["it does not register", "stopped at its deadline"];
    expect_broken(loops, LoadErrorKind::Registration, &says).await;

    let panics = Package::of_guest("panics_in_register");
    let says = ["it does not register", "panicked"];
    let host = expect_broken(panics, LoadErrorKind::Registration, &says).await;
    let lines = host.lines("panics-in-register");
    assert!(
        lines[0].ends_with("before it registered anything"),
        "{lines:?}"
    );

    refused(
        "refuses_to_register",
        &["the licence has run out (no-licence)"],
    )
    .await;
}

#[tokio::test]
async fn a_pure_function_of_the_package_gets_nothing_but_its_log() {
    let asks = Package::of_guest("calls_context_in_register");
    let host = TestHost::on(&DataFolder::with(&[asks]));
    let active = host.find("calls-context-in-register").await.unwrap();
    let items = &active.registration.menu_items;
    assert_eq!(items.len(), 12, "every import was asked");
    for item in items {
        let says = [
            "unavailable: ",
            "gk-register is a pure function of the package",
        ];
        expect_text(&item.label, &says);
    }
    assert_eq!(
        host.lines("calls-context-in-register"),
        ["asking while registering"]
    );
}

#[tokio::test]
async fn what_was_registered_is_shown_and_what_is_broken_is_not() {
    let pages = Package::of_guest("brings_pages").file("templates/start.html", "start");
    let data = DataFolder::with(&[pages, Package::of_guest("wrong_name")]);
    let host = TestHost::on(&data);
    assert!(
        host.manager.snapshot().pages.is_empty(),
        "nothing has run yet"
    );
    host.manager.register_all().await;
    let snapshot = host.manager.snapshot();
    let paths: Vec<&str> = snapshot.pages.keys().map(String::as_str).collect();
    assert_eq!(paths, ["/admin/my-feature", "/plugins/brings-pages/start"]);
    let labels: Vec<&str> = snapshot
        .menu
        .iter()
        .map(|it| it.item.label.as_str())
        .collect();
    assert_eq!(labels, ["Pages", "My Feature"]);
}

#[tokio::test]
async fn a_page_that_two_plugins_want_goes_to_the_first_and_is_told() {
    let second = Package::of_guest("wants_a_taken_page")
        .line("reach: { routes: [/admin/my-feature] }")
        .file("templates/mine.html", "mine");
    let host = TestHost::on(&DataFolder::with(&[second]));
    host.manager.register_all().await;
    let snapshot = host.manager.snapshot();
    let owner = &snapshot.pages["/admin/my-feature"].plugin.registration.name;
    assert_eq!(owner, "my-plugin");
    let [conflict] = snapshot.conflicts.as_slice() else {
        panic!("{:?}", snapshot.conflicts)
    };
    let says = ["`my-plugin`", "`wants-a-taken-page`", "/admin/my-feature"];
    expect_text(conflict, &says);
}
