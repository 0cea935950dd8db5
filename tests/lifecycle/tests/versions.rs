//! Two versions of one plugin, and what is done once for each.

use goatkit_manager::State;
use goatkit_runtime::CallErrorKind;
use goatkit_test_support::{DataFolder, Package, TestHost, guest};
use serde_json::json;

use crate::expect::{expect_call, expect_error};

fn one() -> Package {
    Package::new("versions", guest("versions_one"))
}

fn two() -> Package {
    Package::new("versions", guest("versions_two")).version("1.1.0")
}

async fn version(host: &TestHost) -> String {
    let version = host.call("versions", "version", json!([])).await.unwrap();
    version.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_version_is_activated_once_for_ever() {
    let data = DataFolder::with(&[one()]);
    let host = TestHost::on(&data);
    assert_eq!(version(&host).await, "1.0.0");
    assert_eq!(
        host.lines("versions"),
        ["registering 1.0.0", "activating 1.0.0 after nothing"]
    );

    let host = TestHost::on(&data);
    assert_eq!(version(&host).await, "1.0.0");
    assert!(
        host.lines("versions").is_empty(),
        "neither again after a restart"
    );
}

#[tokio::test]
async fn the_next_version_is_told_which_came_before() {
    let data = DataFolder::with(&[one()]);
    let host = TestHost::on(&data);
    assert_eq!(version(&host).await, "1.0.0");

    two().write_zip(&data.plugins());
    host.manager.discover();
    assert_eq!(host.state("versions"), State::Discovered);
    assert_eq!(version(&host).await, "1.1.0");
    let lines = host.lines("versions");
    assert_eq!(
        lines[2..],
        ["registering 1.1.0", "activating 1.1.0 after 1.0.0"]
    );
}

#[tokio::test]
async fn registering_does_not_activate() {
    let host = TestHost::on(&DataFolder::with(&[one()]));
    host.manager.register_all().await;
    assert_eq!(host.lines("versions"), ["registering 1.0.0"]);
}

#[tokio::test]
async fn a_plugin_that_cannot_be_activated_is_not_called() {
    let fails = Package::of_guest("lifecycle_fails");
    let says = ["cannot be activated", "its table is missing (no-table)"];
    let ping = || ("ping", json!([]));
    let host = expect_call(fails, ping(), CallErrorKind::Broken, &says).await;
    assert_eq!(host.state("lifecycle-fails"), State::Broken);

    let loops = Package::of_guest("loops_in_activate").line("limits: { call: 1s }");
    let says = ["cannot be activated", "stopped at its deadline"];
    expect_call(loops, ping(), CallErrorKind::Broken, &says).await;
}

#[tokio::test]
async fn a_session_that_ends_during_activation_does_not_break_the_plugin() {
    let loops = Package::of_guest("loops_in_activate").line("limits: { call: 30s }");
    let host = TestHost::on(&DataFolder::with(&[loops]));
    host.find("loops-in-activate").await.unwrap();
    let session = host.session_for(std::time::Duration::from_millis(300));
    let answer = host
        .call_in(&session, "loops-in-activate", "ping", json!([]))
        .await;
    let says = ["still being made ready"];
    expect_error(
        &answer.unwrap_err(),
        ("loops-in-activate", "ping"),
        CallErrorKind::Busy,
        &says,
    );
    assert_eq!(
        host.state("loops-in-activate"),
        State::Loaded,
        "the next may have the time"
    );
}
