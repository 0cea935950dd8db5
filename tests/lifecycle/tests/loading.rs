//! When a plugin is loaded: as late as possible, once, and after a restart not at all
//! where what it registered is enough.

use std::sync::Arc;

use goatkit_manager::State;
use goatkit_test_support::{DataFolder, HostSettings, Package, TestHost};
use serde_json::json;

fn one() -> Package {
    Package::new("versions", goatkit_test_support::guest("versions_one"))
}

#[tokio::test]
async fn looking_for_plugins_runs_nothing_of_them() {
    let packages = [
        Package::of_guest("loops_in_start"),
        Package::of_guest("loops_in_register"),
    ];
    let data = DataFolder::with(&packages);
    let host = TestHost::on(&data);
    for plugin in ["loops-in-start", "loops-in-register", "my-plugin"] {
        assert_eq!(host.state(plugin), State::Discovered);
    }
    assert!(data.compiled().is_empty(), "not even a compiler has run");
    host.expect_sibling().await;
    assert_eq!(host.state("my-plugin"), State::Loaded);
    assert_eq!(host.state("loops-in-start"), State::Discovered);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_first_calls_load_register_and_activate_once() {
    let data = DataFolder::with(&[one()]);
    let host = Arc::new(TestHost::on(&data));
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let host = Arc::clone(&host);
            tokio::spawn(async move { host.call("versions", "version", json!([])).await })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap(), "1.0.0");
    }
    let lines = host.lines("versions");
    assert_eq!(
        lines,
        ["registering 1.0.0", "activating 1.0.0 after nothing"]
    );
    assert_eq!(data.compiled().len(), 1);
}

#[tokio::test]
async fn a_first_call_that_is_given_up_does_not_spoil_the_next() {
    let data = DataFolder::with(&[one()]);
    let host = TestHost::on(&data);
    tokio::select! {
        biased;
        _ = host.call("versions", "version", json!([])) => panic!("compiling takes longer"),
        () = tokio::task::yield_now() => {}
    }
    let answer = host.call("versions", "version", json!([])).await;
    assert_eq!(answer.unwrap(), "1.0.0");
}

#[tokio::test]
async fn what_was_registered_stands_after_a_restart_without_loading() {
    let pages = Package::of_guest("brings_pages").file("templates/start.html", "start");
    let data = DataFolder::with(&[one(), pages]);
    TestHost::on(&data).manager.register_all().await;

    let host = TestHost::on(&data);
    host.manager.register_all().await;
    for plugin in ["versions", "brings-pages", "my-plugin"] {
        assert_eq!(host.state(plugin), State::Registered);
    }
    let snapshot = host.manager.snapshot();
    assert!(snapshot.pages.contains_key("/plugins/brings-pages/start"));
    assert!(snapshot.pages.contains_key("/admin/my-feature"));
    assert_eq!(snapshot.menu.len(), 2);
    assert!(host.lines("versions").is_empty(), "gk-register has not run");
    let answer = host.call("versions", "version", json!([])).await;
    assert_eq!(answer.unwrap(), "1.0.0");
    assert_eq!(host.state("versions"), State::Loaded);
}

#[tokio::test]
async fn a_registration_whose_file_is_damaged_is_asked_for_anew() {
    let data = DataFolder::with(&[one()]);
    TestHost::on(&data).manager.register_all().await;
    for file in std::fs::read_dir(data.path().join("registrations")).unwrap() {
        std::fs::write(file.unwrap().path(), "{").unwrap();
    }
    let host = TestHost::on(&data);
    host.manager.register_all().await;
    assert_eq!(host.state("versions"), State::Loaded);
    assert_eq!(host.lines("versions"), ["registering 1.0.0"]);
}

#[tokio::test]
async fn what_lies_in_the_host_is_tried_again() {
    let data = DataFolder::with(&[one()]);
    let host = TestHost::on(&data);
    let cache = data.cache();
    let aside = data.path().join("aside");
    std::fs::rename(&cache, &aside).unwrap();
    let error = host.find("versions").await.err().unwrap().to_string();
    assert!(error.contains("cannot keep its compiled code"), "{error}");
    assert_eq!(host.state("versions"), State::Discovered, "not its fault");
    std::fs::rename(&aside, &cache).unwrap();
    host.find("versions").await.unwrap();
}

#[tokio::test]
async fn a_plugin_that_finds_no_memory_to_register_in_is_tried_again() {
    let hungry = Package::of_guest("eats_memory_quietly").line("limits: { memory: 32MiB }");
    let settings = HostSettings {
        memory_budget: 32 << 20,
        ..HostSettings::default()
    };
    let host = TestHost::with(&DataFolder::with(&[hungry, one()]), &settings);
    let session = host.session();
    let eaten = host.call_in(&session, "eats-memory-quietly", "eat", json!([]));
    eaten.await.unwrap();
    let error = host.find("versions").await.err().unwrap().to_string();
    assert!(error.contains("the host's memory budget"), "{error}");
    assert_ne!(host.state("versions"), State::Broken);
    drop(session);
    host.find("versions").await.unwrap();
}
