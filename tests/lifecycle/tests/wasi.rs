//! Modules that bring WASI with them, as most compilers' do: through the adapter of the
//! first preview, which makes a component of them.

use goatkit_runtime::CallErrorKind;
use goatkit_test_support::{DataFolder, Package, TestHost, name};
use serde_json::json;

use crate::expect::expect_call;

fn wasi() -> Package {
    Package::of_guest("wasi")
}

#[tokio::test]
async fn what_is_printed_is_logged_line_by_line() {
    let host = TestHost::on(&DataFolder::with(&[wasi()]));
    let print = async |text| host.call("wasi", "print", json!([text])).await.unwrap();
    assert_eq!(print("one\ntwo\n").await, 0);
    assert_eq!(print("without an end").await, 0);
    assert_eq!(host.lines("wasi"), ["one", "two", "without an end"]);
}

#[tokio::test]
async fn what_is_printed_is_bounded() {
    let host = TestHost::on(&DataFolder::with(&[wasi()]));
    let endless = "a".repeat(100_000);
    host.call("wasi", "print", json!([endless])).await.unwrap();
    let lines = host.log.of(&name("wasi"));
    assert!(lines.len() > 1, "a line without an end is cut");
    let length: usize = lines.iter().map(|line| line.message.len()).sum();
    assert_eq!(length, endless.len());
    host.expect_sibling().await;
}

#[tokio::test]
async fn there_is_nothing_to_see_around_it() {
    let host = TestHost::on(&DataFolder::with(&[wasi()]));
    let seen = host.call("wasi", "look_around", json!([])).await.unwrap();
    assert_eq!(
        seen,
        json!({ "variables": 0, "arguments": 0, "folder": false })
    );
}

#[tokio::test]
async fn random_numbers_are_random() {
    let host = TestHost::on(&DataFolder::with(&[wasi()]));
    let random = async || host.call("wasi", "random", json!([])).await.unwrap();
    assert_ne!(random().await, random().await);
}

#[tokio::test]
async fn sleep_ends_by_itself_or_at_the_deadline() {
    let package = wasi().line("limits: { call: 3s }");
    let says = ["stopped at its deadline"];
    let hour = json!([3_600_000]);
    let host = expect_call(package, ("sleep", hour), CallErrorKind::TimedOut, &says).await;
    host.call("wasi", "sleep", json!([1])).await.unwrap();
}

#[tokio::test]
async fn exit_reads_as_what_it_is() {
    for (code, told) in [(0, "exit with code 0"), (3, "exit with code 1")] {
        // The first preview's adapter knows success and failure, and no other code.
        let exit = ("exit", json!([code]));
        expect_call(wasi(), exit, CallErrorKind::Trapped, &[told]).await;
    }
}
