//! Which call gets which instance, who waits for one, and what is left of a call.

use std::time::Duration;

use goatkit_runtime::CallErrorKind;
use goatkit_test_support::{DataFolder, HostSettings, Package, TestHost};
use serde_json::json;

use crate::expect::expect_error;

/// Far less than any patience, and enough for a session that is to end.
const SHORT: Duration = Duration::from_millis(300);

fn good(lines: &str) -> Package {
    Package::of_guest("good").line(lines)
}

/// The counts that two calls of one session and one of another give.
async fn counts(isolation: &str) -> [u64; 3] {
    let host = TestHost::on(&DataFolder::with(&[good(&format!(
        "isolation: {isolation}"
    ))]));
    let count = async |session| {
        let count = host.call_in(session, "good", "count", json!([])).await;
        count.unwrap().as_u64().unwrap()
    };
    let (first, second) = (host.session(), host.session());
    let counts = [
        count(&first).await,
        count(&first).await,
        count(&second).await,
    ];
    host.expect_sibling().await;
    counts
}

#[tokio::test]
async fn an_instance_lives_as_long_as_its_isolation_says() {
    assert_eq!(counts("request").await, [1, 2, 1]);
    assert_eq!(counts("shared").await, [1, 2, 3]);
    assert_eq!(counts("call").await, [1, 1, 1]);
}

#[tokio::test]
async fn after_a_trap_the_same_session_gets_a_fresh_instance() {
    for isolation in ["request", "shared"] {
        let panics = Package::of_guest("panics").line(&format!("isolation: {isolation}"));
        let host = TestHost::on(&DataFolder::with(&[panics]));
        let session = host.session();
        let call = async |function| host.call_in(&session, "panics", function, json!([])).await;
        assert_eq!(call("count").await.unwrap(), 1);
        assert_eq!(call("count").await.unwrap(), 2);
        assert!(call("panic").await.is_err());
        assert_eq!(call("count").await.unwrap(), 1, "{isolation}");
    }
}

#[tokio::test]
async fn a_session_waits_for_its_first_instance_until_its_deadline() {
    let host = TestHost::on(&DataFolder::with(&[good(
        "limits: { instances: 1, call: 30s }",
    )]));
    let holds = host.session();
    host.call_in(&holds, "good", "count", json!([]))
        .await
        .unwrap();

    let waits = host.session_for(SHORT);
    let error = host
        .call_in(&waits, "good", "count", json!([]))
        .await
        .unwrap_err();
    let says = [
        "all of its 1 instances are busy",
        "raise `limits.instances`",
    ];
    expect_error(&error, ("good", "count"), CallErrorKind::Busy, &says);
    host.expect_sibling().await;

    let waits = host.session();
    let call = host.call_in(&waits, "good", "count", json!([]));
    let (answer, ()) = tokio::join!(call, async { drop(holds) });
    assert_eq!(
        answer.unwrap(),
        1,
        "it comes free with the session that held it"
    );
}

#[tokio::test]
async fn a_session_that_holds_something_never_waits() {
    let packages = [
        good("limits: { instances: 1, call: 30s }"),
        Package::of_guest("panics").line("limits: { instances: 1, call: 30s }"),
    ];
    let host = TestHost::on(&DataFolder::with(&packages));
    let call = async |session, plugin| host.call_in(session, plugin, "count", json!([])).await;
    let (first, second) = (host.session(), host.session());
    call(&first, "good").await.unwrap();
    call(&second, "panics").await.unwrap();
    // Each wants what the other holds: would they wait, both would do so for ever.
    assert_eq!(call(&first, "panics").await.unwrap(), 1);
    assert_eq!(call(&second, "good").await.unwrap(), 1);
}

#[tokio::test]
async fn the_host_bounds_its_sessions() {
    let settings = HostSettings {
        sessions: 1,
        ..HostSettings::default()
    };
    let host = TestHost::with(
        &DataFolder::with(&[good("limits: { call: 30s }")]),
        &settings,
    );
    let inside = host.session();
    host.call_in(&inside, "good", "count", json!([]))
        .await
        .unwrap();
    let outside = host.session_for(SHORT);
    let error = host
        .call_in(&outside, "good", "count", json!([]))
        .await
        .unwrap_err();
    let says = ["it has reached its bound on sessions"];
    expect_error(&error, ("good", "count"), CallErrorKind::Busy, &says);
    drop(inside);
    host.expect_sibling().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_nobody_waits_for_any_more_gives_everything_back() {
    // One instance, which takes nearly all of the host's memory: the second call gets
    // both only when nothing is left of the first.
    let hungry = Package::of_guest("eats_memory_quietly")
        .line("limits: { instances: 1, memory: 32MiB, call: 30s }");
    let settings = HostSettings {
        sessions: 1,
        memory_budget: 40 << 20,
        ..HostSettings::default()
    };
    let host = TestHost::with(&DataFolder::with(&[hungry]), &settings);
    let plugin = "eats-memory-quietly";
    let whole = host.call(plugin, "eat", json!([])).await.unwrap();
    {
        let session = host.session();
        let held = host.call_in(&session, plugin, "hold", json!([]));
        let dropped = tokio::time::timeout(SHORT, held).await;
        assert!(dropped.is_err(), "it spins");
    }
    assert_eq!(host.call(plugin, "eat", json!([])).await.unwrap(), whole);
    host.expect_sibling().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_was_stopped_gives_everything_back() {
    let loops = Package::of_guest("loops").line("limits: { instances: 1, call: 1s }");
    let host = TestHost::on(&DataFolder::with(&[loops]));
    for _ in 0..2 {
        let error = host.call("loops", "spin", json!([])).await.unwrap_err();
        let says = ["stopped at its deadline"];
        expect_error(&error, ("loops", "spin"), CallErrorKind::TimedOut, &says);
    }
    host.expect_sibling().await;
}
