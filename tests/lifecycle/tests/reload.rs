//! Packages that come, change and go while plugins serve.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use goatkit_manager::Watch;
use goatkit_test_support::{DataFolder, Package, TestHost, guest, name};
use serde_json::json;

use crate::expect::expect_text;

/// Version 1.0.0; packages with other notes have other digests.
fn one(notes: &str) -> Package {
    Package::new("versions", guest("versions_one")).file("README.md", notes)
}

fn two() -> Package {
    Package::new("versions", guest("versions_two")).version("1.1.0")
}

async fn version(host: &TestHost) -> String {
    let version = host.call("versions", "version", json!([])).await.unwrap();
    version.as_str().unwrap().to_owned()
}

/// Why the package of this file is not served.
fn refusal(host: &TestHost, file: &str) -> String {
    let snapshot = host.manager.snapshot();
    let mut refused = snapshot.refused.iter();
    let refused = refused.find(|refused| refused.path.ends_with(file));
    refused.expect("it is refused").reason.clone()
}

#[tokio::test]
async fn a_new_version_is_activated_before_it_serves() {
    let data = DataFolder::with(&[one("")]);
    let host = TestHost::on(&data);
    assert_eq!(version(&host).await, "1.0.0");

    two().write_zip(&data.plugins());
    host.manager.refresh().await;
    let lines = host.lines("versions");
    assert_eq!(
        lines[2..],
        ["registering 1.1.0", "activating 1.1.0 after 1.0.0"],
        "before anybody called it"
    );
    assert_eq!(version(&host).await, "1.1.0");
    host.expect_sibling().await;
}

#[tokio::test]
async fn a_broken_version_leaves_the_old_one_serving_and_says_why() {
    let data = DataFolder::with(&[one("")]);
    let host = TestHost::on(&data);
    assert_eq!(version(&host).await, "1.0.0");

    for (component, says) in [
        (b"no wasm".to_vec(), "no WebAssembly"),
        (guest("wrong_version"), "it registers"),
    ] {
        let broken = Package::new("versions", component).version("1.2.0");
        let path = broken.write_zip(&data.plugins());
        host.manager.refresh().await;
        let reason = refusal(&host, "versions-1.2.0.zip");
        expect_text(&reason, &[says, "version 1.0.0 goes on serving"]);
        assert_eq!(version(&host).await, "1.0.0");
        fs::remove_file(path).unwrap();
    }
}

#[tokio::test]
async fn a_file_that_is_half_written_hurts_nobody() {
    let data = DataFolder::with(&[]);
    let path = one("").write_zip(&data.plugins());
    let host = TestHost::on(&data);
    assert_eq!(version(&host).await, "1.0.0");

    one("other").write_zip_as(&path);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    host.manager.refresh().await;
    assert!(!refusal(&host, "versions-1.0.0.zip").is_empty());
    assert_eq!(version(&host).await, "1.0.0");

    fs::write(&path, whole).unwrap();
    host.manager.refresh().await;
    assert!(host.manager.snapshot().refused.is_empty());
    assert_eq!(version(&host).await, "1.0.0");
}

#[tokio::test]
async fn no_call_fails_while_versions_come_and_go() {
    let data = DataFolder::with(&[]);
    let path = one("").write_zip(&data.plugins());
    let host = TestHost::on(&data);
    assert_eq!(version(&host).await, "1.0.0");

    let reloaded = AtomicBool::new(false);
    let calls = async {
        let mut calls = 0;
        while !reloaded.load(Ordering::Acquire) {
            assert_eq!(version(&host).await, "1.0.0");
            calls += 1;
            tokio::task::yield_now().await;
        }
        calls
    };
    let reloads = async {
        for reload in 0..20 {
            let aside = data.path().join("aside.zip");
            one(&reload.to_string()).write_zip_as(&aside);
            fs::rename(aside, &path).unwrap();
            let before = host.manager.snapshot().plugins[&name("versions")]
                .package()
                .digest();
            host.manager.refresh().await;
            let after = host.manager.snapshot().plugins[&name("versions")]
                .package()
                .digest();
            assert_ne!(before, after, "reload {reload}");
        }
        reloaded.store(true, Ordering::Release);
    };
    let (calls, ()) = tokio::join!(calls, reloads);
    assert!(calls >= 20, "{calls} calls beside 20 reloads");
}

#[tokio::test]
async fn the_folder_is_watched() {
    let data = DataFolder::with(&[]);
    let host = TestHost::on(&data);
    let _watch = Watch::start(&host.manager).unwrap();
    one("").write_zip(&data.plugins());
    let found = async {
        while !host
            .manager
            .snapshot()
            .plugins
            .contains_key(&name("versions"))
        {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let patience = std::time::Duration::from_secs(60);
    tokio::time::timeout(patience, found)
        .await
        .expect("it was seen");
    assert_eq!(version(&host).await, "1.0.0");
}
