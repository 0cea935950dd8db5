//! Real plugins that go out of memory and come back, are left alone, and are told that they were
//! replaced.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use goatkit_capability::ManualClock;
use goatkit_manager::{MemorySettings, State};
use goatkit_runtime::CallErrorKind;
use goatkit_test_support::{DataFolder, HostSettings, Package, TestHost, guest, name};
use serde_json::json;

use crate::expect::expect_error;

/// Longer than any machine takes for what these tests wait for.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn what_goes_out_of_memory_gives_its_memory_back_and_returns() {
    let shared = Package::of_guest("good").line("isolation: shared");
    let host = TestHost::on(&DataFolder::with(&[shared]));
    let good = name("good");
    host.call("good", "count", json!([])).await.unwrap();
    let status = host.manager.status(&good).unwrap();
    assert_eq!(status.usage.instances, 1, "it waits for the next call");
    assert!(status.usage.memory > 0);
    let held = host.manager.snapshot().plugins[&good].clone();

    assert!(host.manager.unload(&good).await.unwrap());
    assert_eq!(host.state("good"), State::Registered);
    let status = host.manager.status(&good).unwrap();
    assert_eq!((status.usage.instances, status.usage.memory), (0, 0));
    drop(held);
    let count = host.call("good", "count", json!([])).await.unwrap();
    assert_eq!(count, 1, "a fresh instance");
    assert_eq!(host.state("good"), State::Loaded);
    host.expect_sibling().await;
}

#[tokio::test]
async fn what_nobody_calls_goes_and_is_activated_once() {
    let clock = Arc::new(ManualClock::at(UNIX_EPOCH + Duration::from_secs(1_000_000)));
    let settings = HostSettings {
        clock: Arc::clone(&clock) as _,
        ..HostSettings::default()
    };
    let versions = Package::new("versions", guest("versions_one"));
    let host = TestHost::with(&DataFolder::with(&[versions]), &settings);
    host.call("versions", "version", json!([])).await.unwrap();
    let keeper = tokio::spawn(host.manager.run_keeper());
    clock.advance(MemorySettings::default().idle * 2);
    let gone = async {
        while host.state("versions") == State::Loaded {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.unwrap();
    host.call("versions", "version", json!([])).await.unwrap();
    let lines = host.lines("versions");
    assert_eq!(
        lines,
        ["registering 1.0.0", "activating 1.0.0 after nothing"]
    );
    keeper.abort();
}

#[tokio::test]
async fn a_guest_that_breaks_off_again_and_again_is_left_alone() {
    let clock = Arc::new(ManualClock::at(UNIX_EPOCH + Duration::from_secs(1_000_000)));
    let settings = HostSettings {
        clock: Arc::clone(&clock) as _,
        ..HostSettings::default()
    };
    let data = DataFolder::with(&[Package::of_guest("panics")]);
    let host = TestHost::with(&data, &settings);
    for _ in 0..5 {
        let error = host.call("panics", "panic", json!([])).await.unwrap_err();
        assert_eq!(error.kind(), CallErrorKind::Trapped, "{error}");
    }
    let error = host.call("panics", "count", json!([])).await.unwrap_err();
    let says = ["left alone until", "it panicked"];
    expect_error(&error, ("panics", "count"), CallErrorKind::Resting, &says);
    host.expect_sibling().await;
    clock.advance(Duration::from_secs(1));
    assert_eq!(host.call("panics", "count", json!([])).await.unwrap(), 1);
}

#[tokio::test]
async fn a_version_is_told_after_its_last_call() {
    let data = DataFolder::with(&[Package::new("versions", guest("versions_one"))]);
    let host = TestHost::on(&data);
    host.call("versions", "version", json!([])).await.unwrap();
    let page = host.find("versions").await.unwrap();
    let two = Package::new("versions", guest("versions_two")).version("1.1.0");
    two.write_zip(&data.plugins());
    host.manager.refresh().await;
    assert_eq!(host.manager.living(), 3, "the sibling, and both versions");
    let session = host.session();
    page.call(&session, "version", "[]".to_owned())
        .await
        .unwrap();
    let told = || {
        host.lines("versions")
            .contains(&"deactivating 1.0.0".to_owned())
    };
    assert!(!told(), "a page still shows it");
    drop((page, session));
    let gone = async {
        while !told() || host.manager.living() > 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.unwrap();
    assert_eq!(
        host.call("versions", "version", json!([])).await.unwrap(),
        "1.1.0"
    );
}
