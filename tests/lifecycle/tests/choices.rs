//! Plugins that an administrator does not let serve, with real code.

use std::sync::Arc;

use goatkit_runtime::CallErrorKind;
use goatkit_test_support::{DataFolder, Package, TestHost, name};
use serde_json::json;

use crate::expect::{expect_error, expect_text, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_computes_is_stopped_when_it_is_disabled() {
    // Its own limit is longer than this test waits.
    let loops = Package::of_guest("loops").line("limits: { call: 60s }");
    let data = DataFolder::with(&[loops]);
    let host = Arc::new(TestHost::on(&data));
    host.manager.register_all().await;
    let running = tokio::spawn({
        let host = Arc::clone(&host);
        async move { host.call("loops", "spin", json!([])).await }
    });
    let plugin = name("loops");
    let runs = async || host.manager.status(&plugin).unwrap().usage.instances > 0;
    until("it runs", runs).await;
    host.manager.set_enabled(&plugin, false).await.unwrap();
    let error = running.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), CallErrorKind::Stopped, "{error}");
    let error = host.call("loops", "spin", json!([])).await.unwrap_err();
    let says = ["disabled by an administrator; `gk plugin enable loops`"];
    expect_error(&error, ("loops", "spin"), CallErrorKind::Stopped, &says);
    host.expect_sibling().await;
}

#[tokio::test]
async fn what_is_disabled_stays_so_in_the_next_host() {
    let data = DataFolder::with(&[Package::of_guest("good")]);
    let host = TestHost::on(&data);
    host.manager
        .set_enabled(&name("good"), false)
        .await
        .unwrap();
    drop(host);
    let host = TestHost::on(&data);
    host.manager.register_all().await;
    let error = host.find("good").await.err().unwrap().to_string();
    expect_text(&error, &["`gk plugin enable good`"]);
    assert!(!host.manager.snapshot().plugins.contains_key(&name("good")));
    // A new version changes nothing about it.
    Package::of_guest("good")
        .version("1.1.0")
        .write_zip(&data.plugins());
    host.manager.refresh().await;
    assert!(!host.manager.snapshot().plugins.contains_key(&name("good")));
    host.expect_sibling().await;
}
