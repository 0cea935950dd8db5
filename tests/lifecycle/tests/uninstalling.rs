//! Plugins that are taken out of the host: what remains, and how it goes.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use goatkit_manager::{Remains, Uninstall, UninstallError, Uninstalled, What};
use goatkit_runtime::CallErrorKind;
use goatkit_test_support::{DataFolder, HostSettings, Package, TestHost, name};
use serde_json::{Value, json};

use crate::expect::{expect_text, until};
use crate::grants::asking_settings;

const PURGE: Uninstall = Uninstall {
    purge: true,
    careful: false,
};

fn package() -> Package {
    Package::of_guest("keeps")
        .line("capabilities: { db: { own: true }, cache: { bytes: 1MiB }, schedule: { jobs: 5, min_period: 1m } }")
        .line("config: { properties: { goodbye: { type: string }, token: { type: string, writeOnly: true } } }")
}

/// A host on which the plugin has left something everywhere.
async fn used(data: &DataFolder) -> TestHost {
    let host = TestHost::on(data);
    host.manager.register_all().await;
    assert_eq!(call(&host, "keep").await, 1);
    set(&host, "goodbye", "yes").await;
    set(&host, "token", "s3cret").await;
    host.manager.pin(&name("keeps"), true).await.unwrap();
    host
}

async fn set(host: &TestHost, key: &str, value: &str) {
    let plugin = name("keeps");
    let set = host.manager.set_setting(&plugin, key, Some(json!(value)));
    set.await.unwrap();
}

async fn call(host: &TestHost, function: &str) -> Value {
    host.call("keeps", function, json!([])).await.unwrap()
}

async fn uninstall(host: &TestHost, how: Uninstall) -> Result<Uninstalled, UninstallError> {
    host.manager.uninstall(&name("keeps"), how).await
}

async fn remains(host: &TestHost) -> Remains {
    host.manager.remains(&name("keeps")).await.unwrap()
}

/// The files of the data folder that name the plugin, or are kept by its digest.
fn files(data: &DataFolder, digests: &[String]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![data.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let file = path.file_name().unwrap().to_string_lossy().into_owned();
            let is_its = file.contains("keeps") || digests.iter().any(|it| file.contains(it));
            if is_its {
                found.push(path);
            } else if path.is_dir() {
                folders.push(path);
            }
        }
    }
    found.sort();
    found
}

fn digest(host: &TestHost) -> String {
    let snapshot = host.manager.snapshot();
    snapshot.plugins[&name("keeps")]
        .package()
        .digest()
        .to_string()
}

#[tokio::test]
async fn without_a_purge_it_finds_its_data_again() {
    let data = DataFolder::with(&[package()]);
    let host = used(&data).await;
    let file = data.plugins().join("keeps-1.0.0.zip");
    let zip = fs::read(&file).unwrap();
    let before = remains(&host).await;
    let tables: Vec<(&str, u64)> = before
        .tables
        .iter()
        .map(|it| (it.name.as_str(), it.rows))
        .collect();
    assert_eq!(tables, [("p_keeps__notes", 1)]);
    assert_eq!((before.settings, before.secrets), (1, 1));
    assert_eq!((before.copies, before.chosen), (1, true));
    assert!(
        before.log_lines > 0 && before.unknown.is_empty(),
        "{before:?}"
    );

    let done = uninstall(&host, Uninstall::default()).await.unwrap();
    assert_eq!(done.versions.len(), 1);
    assert!(done.problems.is_empty() && !done.purged, "{done:?}");
    assert_eq!(done.remains.tables, before.tables);
    assert!(!file.exists());
    let error = host.call("keeps", "kept", json!([])).await.unwrap_err();
    assert_eq!(error.kind(), CallErrorKind::Unknown, "{error}");
    assert!(
        !host
            .lines("keeps")
            .iter()
            .any(|it| it.starts_with("goodbye"))
    );
    let again = uninstall(&host, Uninstall::default()).await.unwrap_err();
    expect_text(&again.to_string(), &["is not installed", "--purge"]);

    fs::write(&file, zip).unwrap();
    host.manager.refresh().await;
    assert_eq!(call(&host, "kept").await, 1);
    assert_eq!(call(&host, "cached").await, true);
    host.expect_sibling().await;
}

#[tokio::test]
async fn a_purge_leaves_nothing_and_it_starts_anew() {
    let data = DataFolder::with(&[package()]);
    let host = used(&data).await;
    let file = data.plugins().join("keeps-1.0.0.zip");
    let zip = fs::read(&file).unwrap();
    let digests = [digest(&host)];
    assert!(files(&data, &digests).len() > 3);
    let (_, mut happenings) = host.manager.happenings().listen();

    let done = uninstall(&host, PURGE).await.unwrap();
    assert!(done.problems.is_empty(), "{done:?}");
    assert_eq!(done.remains, Remains::default());
    assert_eq!(files(&data, &digests), [] as [PathBuf; 0]);
    assert!(host.manager.remains(&name("keeps")).await.is_err());
    let unknown = uninstall(&host, PURGE).await.unwrap_err();
    assert!(matches!(unknown, UninstallError::Find(_)), "{unknown}");
    let purged = What::Uninstalled { purged: true };
    while happenings.next().await.unwrap().what != purged {}
    host.expect_sibling().await;

    fs::write(&file, zip).unwrap();
    host.manager.refresh().await;
    assert_eq!(call(&host, "cached").await, false);
    assert_eq!(call(&host, "kept").await, 0);
    // Of it nobody knows that it was ever here, and nobody has it stay in memory.
    assert!(
        host.lines("keeps")
            .contains(&"activated after nothing".to_owned())
    );
    let settings = host.manager.settings(&name("keeps")).await.unwrap();
    assert!(settings.iter().all(|it| it.value.is_none()), "{settings:?}");
    assert!(!host.manager.status(&name("keeps")).unwrap().pinned);
}

#[tokio::test]
async fn its_own_remove_runs_first_with_all_that_it_has() {
    let data = DataFolder::with(&[package()]);
    let host = used(&data).await;
    // What it says is gone with it: somebody follows.
    let (_, mut following) = host.log.follow(&name("keeps"), 0);
    let said = tokio::spawn(async move { following.next().await });
    tokio::task::yield_now().await;
    uninstall(&host, PURGE).await.unwrap();
    let said = said.await.unwrap();
    assert_eq!(said[0].message, "goodbye to 1 notes");
}

#[tokio::test]
async fn a_remove_that_fails_is_told_and_stops_it_only_where_that_is_asked() {
    let data = DataFolder::with(&[package()]);
    let host = used(&data).await;
    set(&host, "goodbye", "no").await;
    let careful = Uninstall {
        purge: true,
        careful: true,
    };
    let stays = uninstall(&host, careful).await.unwrap_err();
    expect_text(
        &stays.to_string(),
        &["plugin `keeps` stays", "does not want to go"],
    );
    assert_eq!(call(&host, "kept").await, 1);
    let done = uninstall(&host, PURGE).await.unwrap();
    assert_eq!(done.problems.len(), 1, "{done:?}");
    expect_text(
        &done.problems[0],
        &["its own `remove`", "does not want to go"],
    );
    assert!(done.remains.is_nothing(), "{done:?}");
}

#[tokio::test]
async fn no_job_of_it_is_left() {
    let data = DataFolder::with(&[package()]);
    let host = used(&data).await;
    let running = tokio::spawn(host.manager.run_jobs());
    let jobs = async || host.manager.jobs(None).await.unwrap();
    until("both are planned", async || jobs().await.len() == 2).await;
    uninstall(&host, Uninstall::default()).await.unwrap();
    // What it registered goes with it; what it planned rests until it comes back or is purged.
    let is_due = async || jobs().await.iter().any(|it| it.due.is_some());
    until("nothing is due", async || !is_due().await).await;
    assert_eq!(jobs().await.len(), 1);
    uninstall(&host, PURGE).await.unwrap();
    assert!(jobs().await.is_empty());
    running.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_run_are_stopped() {
    let data = DataFolder::with(&[package().line("limits: { call: 60s }")]);
    let host = Arc::new(used(&data).await);
    let running = tokio::spawn({
        let host = Arc::clone(&host);
        async move { host.call("keeps", "endless", json!([])).await }
    });
    let status = || host.manager.status(&name("keeps")).unwrap();
    until("it runs", async || status().usage.instances > 0).await;
    uninstall(&host, PURGE).await.unwrap();
    let error = running.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), CallErrorKind::Stopped, "{error}");
    expect_text(&error.to_string(), &["it was uninstalled"]);
    host.expect_sibling().await;
}

#[tokio::test]
async fn all_versions_go_also_those_that_wait_or_were_disabled() {
    let data = DataFolder::with(&[
        package(),
        package().version("0.9.0"),
        package().version("1.1.0"),
    ]);
    let host = TestHost::with(&data, &asking_settings());
    let waits = || host.manager.snapshot().waiting.contains_key(&name("keeps"));
    assert!(waits());
    host.manager.grant(&name("keeps"), &[]).await.unwrap();
    host.manager
        .set_enabled(&name("keeps"), false)
        .await
        .unwrap();
    let done = uninstall(&host, PURGE).await.unwrap();
    let mut versions: Vec<String> = done.versions.iter().map(ToString::to_string).collect();
    versions.sort();
    assert_eq!(versions, ["0.9.0", "1.0.0", "1.1.0"]);
    let left: Vec<PathBuf> = fs::read_dir(data.plugins())
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect();
    assert_eq!(left, [data.plugins().join("hello.zip")]);
    assert!(!waits() && done.remains.is_nothing(), "{done:?}");
    // What was decided and chosen is asked anew.
    package().write_zip(&data.plugins());
    host.manager.refresh().await;
    assert!(waits());
}

#[tokio::test]
async fn the_folder_of_whoever_writes_it_stays() {
    let data = DataFolder::with(&[]);
    let folder = package().write_folder(&data.plugins());
    let settings = HostSettings {
        dev: true,
        ..HostSettings::default()
    };
    let host = TestHost::with(&data, &settings);
    assert_eq!(call(&host, "keep").await, 1);
    let refused = uninstall(&host, PURGE).await.unwrap_err();
    expect_text(
        &refused.to_string(),
        &["move it out of plugins/", "`gk plugin disable keeps`"],
    );
    assert!(folder.exists());
    assert_eq!(call(&host, "kept").await, 1);
}
