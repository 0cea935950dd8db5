//! Runaways beside plugins that behave.

use std::sync::Arc;

use goatkit_runtime::CallErrorKind;
use goatkit_test_support::{DataFolder, Package, TestHost};
use serde_json::json;

use crate::expect::expect_error;

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_of_runaways_keeps_nobody_from_being_served() {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let loops = Package::of_guest("loops").line("limits: { call: 3s, instances: 64 }");
    let host = Arc::new(TestHost::on(&DataFolder::with(&[loops])));
    host.find("loops").await.unwrap();
    host.expect_sibling().await;
    let runaways: Vec<_> = (0..4 * cores)
        .map(|_| {
            let host = Arc::clone(&host);
            tokio::spawn(async move { host.call("loops", "spin", json!([])).await })
        })
        .collect();
    let mut served = 0;
    while !runaways.iter().all(tokio::task::JoinHandle::is_finished) {
        host.expect_sibling().await;
        served += 1;
        tokio::task::yield_now().await;
    }
    assert!(served > 0, "none was served meanwhile");
    for runaway in runaways {
        let error = runaway.await.unwrap().unwrap_err();
        let says = ["stopped at its deadline"];
        expect_error(&error, ("loops", "spin"), CallErrorKind::TimedOut, &says);
    }
    host.expect_sibling().await;
}

#[tokio::test]
async fn a_runaway_on_the_only_thread_leaves_it() {
    let loops = Package::of_guest("loops").line("limits: { call: 3s }");
    let host = TestHost::on(&DataFolder::with(&[loops]));
    // Both are ready: what is compiled meanwhile may take longer than it spins.
    host.ready("loops").await;
    host.expect_sibling().await;
    let mut spin = Box::pin(host.call("loops", "spin", json!([])));
    tokio::select! {
        biased;
        _ = &mut spin => panic!("it spins for seconds"),
        () = host.expect_sibling() => {}
    }
    let error = spin.await.unwrap_err();
    let kind = CallErrorKind::TimedOut;
    expect_error(
        &error,
        ("loops", "spin"),
        kind,
        &["stopped at its deadline"],
    );
}
