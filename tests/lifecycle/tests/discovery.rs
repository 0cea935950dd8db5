//! What lies in `plugins/`, and what of it is served.

use std::fs;
use std::os::unix::fs::symlink;

use goatkit_test_support::{DataFolder, HostSettings, Package, TestHost, guest};
use serde_json::json;

use crate::expect::expect_text;

/// The plugins that are served, by name and version.
fn served(host: &TestHost) -> Vec<String> {
    let snapshot = host.manager.snapshot();
    let units = snapshot.plugins.values();
    units
        .map(|unit| {
            let manifest = unit.package().manifest();
            format!("{} {}", manifest.name, manifest.version)
        })
        .collect()
}

/// The menu.
fn labels(host: &TestHost) -> Vec<String> {
    let snapshot = host.manager.snapshot();
    snapshot
        .menu
        .iter()
        .map(|entry| entry.item.label.clone())
        .collect()
}

/// Why `file` is not served.
fn refusal(host: &TestHost, file: &str) -> String {
    let snapshot = host.manager.snapshot();
    let found = snapshot.refused.iter().find(|it| it.path.ends_with(file));
    found
        .unwrap_or_else(|| panic!("{file} is not refused"))
        .reason
        .clone()
}

fn one() -> Package {
    Package::new("versions", guest("versions_one"))
}

#[tokio::test]
async fn the_higher_version_serves() {
    let two = Package::new("versions", guest("versions_two")).version("1.1.0");
    let host = TestHost::on(&DataFolder::with(&[two, one()]));
    assert_eq!(served(&host), ["my-plugin 1.0.0", "versions 1.1.0"]);
    assert!(host.manager.snapshot().refused.is_empty());
    let answer = host.call("versions", "version", json!([])).await;
    assert_eq!(answer.unwrap(), "1.1.0");
}

#[tokio::test]
async fn two_files_of_one_version_are_both_refused_by_name() {
    let data = DataFolder::with(&[one()]);
    fs::copy(
        data.plugins().join("versions-1.0.0.zip"),
        data.plugins().join("copy.zip"),
    )
    .unwrap();
    let host = TestHost::on(&data);
    assert_eq!(served(&host), ["my-plugin 1.0.0"]);
    for file in ["versions-1.0.0.zip", "copy.zip"] {
        let says = ["versions-1.0.0.zip", "copy.zip", "remove all but one"];
        expect_text(&refusal(&host, file), &says);
    }
    host.expect_sibling().await;

    fs::remove_file(data.plugins().join("copy.zip")).unwrap();
    host.manager.discover();
    assert_eq!(served(&host), ["my-plugin 1.0.0", "versions 1.0.0"]);
}

#[tokio::test]
async fn what_is_broken_is_named_while_the_rest_serves() {
    let data = DataFolder::with(&[
        Package::new("wishes", vec![]).line("capabilities: { chache: { bytes: 1MiB } }"),
        Package::new("later", vec![]).line("requires_host: \"^9.0\""),
    ]);
    fs::write(data.plugins().join("broken.zip"), "no zip at all").unwrap();
    symlink("/nonexistent", data.plugins().join("dangling.zip")).unwrap();
    let host = TestHost::on(&data);
    assert_eq!(served(&host), ["my-plugin 1.0.0"]);
    expect_text(&refusal(&host, "broken.zip"), &["broken.zip", "zip"]);
    let says = [
        "manifest.yaml",
        "`capabilities.chache`",
        "no capability `chache`",
    ];
    expect_text(&refusal(&host, "wishes-1.0.0.zip"), &says);
    expect_text(&refusal(&host, "later-1.0.0.zip"), &["^9.0", "0.1.0"]);
    host.expect_sibling().await;
}

#[tokio::test]
async fn what_is_hidden_or_something_else_is_passed_over() {
    let data = DataFolder::with(&[]);
    one().write_zip_as(&data.plugins().join(".versions-1.0.0.zip"));
    fs::write(data.plugins().join("README.md"), "put plugins here").unwrap();
    fs::create_dir(data.plugins().join("empty")).unwrap();
    let host = TestHost::on(&data);
    assert_eq!(served(&host), ["my-plugin 1.0.0"]);
    assert!(host.manager.snapshot().refused.is_empty());
}

#[tokio::test]
async fn folders_are_served_in_dev_mode_only() {
    let data = DataFolder::with(&[]);
    one().write_folder(&data.plugins());
    let host = TestHost::on(&data);
    assert_eq!(served(&host), ["my-plugin 1.0.0"]);
    let says = ["dev mode only", "`gk plugin build`"];
    expect_text(&refusal(&host, "versions"), &says);
    host.expect_sibling().await;

    let dev = HostSettings {
        dev: true,
        ..HostSettings::default()
    };
    let host = TestHost::with(&data, &dev);
    assert_eq!(served(&host), ["my-plugin 1.0.0", "versions 1.0.0"]);
    let answer = host.call("versions", "version", json!([])).await;
    assert_eq!(answer.unwrap(), "1.0.0");
}

#[tokio::test]
async fn what_was_removed_is_gone_and_what_stayed_is_untouched() {
    let pages = Package::of_guest("brings_pages").file("templates/start.html", "start");
    let data = DataFolder::with(&[pages]);
    let host = TestHost::on(&data);
    host.manager.register_all().await;
    host.expect_sibling().await;
    assert_eq!(labels(&host), ["Pages", "My Feature"]);

    fs::remove_file(data.plugins().join("brings-pages-1.0.0.zip")).unwrap();
    host.manager.refresh().await;
    assert_eq!(served(&host), ["my-plugin 1.0.0"]);
    assert_eq!(labels(&host), ["My Feature"]);
    let pages = &host.manager.snapshot().pages;
    assert!(!pages.contains_key("/plugins/brings-pages/start"));
    assert_eq!(host.state("my-plugin"), goatkit_manager::State::Loaded);
    let error = host.find("brings-pages").await.err().unwrap();
    expect_text(&error.to_string(), &["there is no plugin `brings-pages`"]);
}

#[tokio::test]
async fn one_package_may_be_taken_in_from_elsewhere() {
    let data = DataFolder::with(&[]);
    let elsewhere = data.path().join("elsewhere.zip");
    one().write_zip_as(&elsewhere);
    let host = TestHost::on(&data);
    let name = host.manager.add(&elsewhere).await.unwrap();
    assert_eq!(name.as_str(), "versions");
    assert_eq!(served(&host), ["my-plugin 1.0.0", "versions 1.0.0"]);
    let answer = host.call("versions", "version", json!([])).await;
    assert_eq!(answer.unwrap(), "1.0.0");
}
