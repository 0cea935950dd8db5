//! What administrators choose: who serves, and who stays in memory.

use std::future::pending;
use std::sync::Arc;

use goatkit_capability::Choice;
use goatkit_runtime::{Access, CallError, CallErrorKind, Job, Output, Registration};
use tokio::sync::mpsc;

use crate::choices::ChoiceError;
use crate::error::FindError;
use crate::happenings::{Away, What};
use crate::manager::Manager;
use crate::snapshot::RouteMatch;
use crate::testing::{
    World, answer, function, item, name, page, registration, route, session, widget,
};

const ASKS: &str = "reach: { hooks: { before_render: ['page:*'] }, widgets: [dashboard] }";

/// One that brings something of every kind.
fn stats(version: &str) -> Registration {
    Registration {
        version: version.to_owned(),
        functions: vec![
            function("count", &[], "json"),
            function("card", &[], "html"),
            function("endless", &[], "json"),
        ],
        hooks: vec!["before_render:page:*".to_owned()],
        menu_items: vec![item("start", "/plugins/stats/start", None)],
        pages: vec![page("/plugins/stats/start", Access::Public)],
        routes: vec![route("GET", "/plugins/stats/data", Access::Public)],
        widgets: vec![widget("card", "dashboard", "card")],
        permissions: vec!["stats.view".to_owned()],
        ..registration("stats")
    }
}

fn world() -> World {
    let world = World::new();
    world.plugin(stats("1.0.0"), ASKS, |_| answer("1"));
    let other = Registration {
        functions: vec![function("count", &[], "json")],
        ..registration("other")
    };
    world.plugin(other, "", |_| answer("2"));
    world
}

async fn call(manager: &Manager, plugin: &str, function: &str) -> Result<String, CallError> {
    let (session, plugin) = (session(manager, None), name(plugin));
    let answer = manager.call_function(&session, &plugin, function, "[]".to_owned());
    match answer.await? {
        Output::Json(text) | Output::Html(text) => Ok(text),
    }
}

/// Whether a moment shows anything of `stats`: all of it, or nothing.
fn shows_stats(manager: &Manager) -> bool {
    let snapshot = manager.snapshot();
    let found = snapshot.route("GET", "/plugins/stats/data");
    let shown = [
        snapshot.plugins.contains_key(&name("stats")),
        !snapshot.pages.is_empty(),
        matches!(found, RouteMatch::Found(..)),
        !snapshot.menu.is_empty(),
        !snapshot.widgets.is_empty(),
        !snapshot.hooks.is_empty(),
        !snapshot.permissions.is_empty(),
    ];
    assert!(shown.iter().all(|it| *it == shown[0]), "{shown:?}");
    shown[0]
}

fn happened(manager: &Manager) -> Vec<What> {
    let (kept, _) = manager.happenings().listen();
    let of_stats = kept.into_iter().filter(|it| it.plugin == name("stats"));
    of_stats.map(|it| it.what).collect()
}

fn refused(error: &CallError) {
    assert_eq!(error.kind(), CallErrorKind::Stopped, "{error}");
    let text = error.to_string();
    assert!(
        text.contains("disabled by an administrator; `gk plugin enable stats`"),
        "{text}"
    );
}

#[tokio::test]
async fn what_is_disabled_brings_nothing_and_says_so_until_it_is_enabled() {
    let world = world();
    let manager = world.host().await;
    assert!(shows_stats(&manager));
    assert_eq!(call(&manager, "stats", "count").await.unwrap(), "1");
    assert!(manager.set_enabled(&name("stats"), false).await.unwrap());
    assert!(!shows_stats(&manager));
    assert!(manager.snapshot().disabled.contains_key(&name("stats")));
    refused(&call(&manager, "stats", "count").await.unwrap_err());
    let found = manager.find_by_template_name("stats").await;
    assert!(matches!(found, Err(FindError::Stopped { .. })));
    assert_eq!(call(&manager, "other", "count").await.unwrap(), "2");
    // Twice is once.
    assert!(!manager.set_enabled(&name("stats"), false).await.unwrap());
    manager.refresh().await;
    assert!(!shows_stats(&manager));

    assert!(manager.set_enabled(&name("stats"), true).await.unwrap());
    assert!(shows_stats(&manager));
    assert_eq!(call(&manager, "stats", "count").await.unwrap(), "1");
    assert!(!manager.set_enabled(&name("stats"), true).await.unwrap());
    let happened = happened(&manager);
    let stopped = What::Unloaded { why: Away::Stopped };
    for what in [What::Disabled, What::Enabled, stopped] {
        let times = happened.iter().filter(|it| **it == what).count();
        assert_eq!(times, 1, "{what:?} in {happened:?}");
    }
}

#[tokio::test]
async fn calls_that_run_are_stopped_when_their_plugin_is_disabled() {
    let world = World::new();
    let (begun, mut began) = mpsc::unbounded_channel();
    world.plugin(stats("1.0.0"), ASKS, move |called| {
        let begun = begun.clone();
        Box::pin(async move {
            // Held until the call is dropped.
            begun.send(called.what).unwrap();
            let _begun = begun;
            pending().await
        })
    });
    let manager = world.host().await;
    let running = tokio::spawn({
        let manager = Arc::clone(&manager);
        async move { call(&manager, "stats", "endless").await }
    });
    assert_eq!(began.recv().await.unwrap(), "endless");
    // A page that is on its way has the plugin's moment of before.
    let before = manager.snapshot();
    manager.set_enabled(&name("stats"), false).await.unwrap();
    refused(&running.await.unwrap().unwrap_err());
    let RouteMatch::Found(route, _) = before.route("GET", "/plugins/stats/data") else {
        panic!("it was there");
    };
    let session = session(&manager, None);
    let request = goatkit_runtime::RouteRequest {
        method: "GET".to_owned(),
        route: "/plugins/stats/data".to_owned(),
        path: "/plugins/stats/data".to_owned(),
        ..Default::default()
    };
    let late = manager.handle(&session, &route, request).await;
    refused(&late.unwrap_err());
    assert!(began.try_recv().is_err(), "it was not called again");
}

#[tokio::test]
async fn a_choice_survives_a_restart_and_a_new_version() {
    let world = world();
    let manager = world.host().await;
    manager.set_enabled(&name("stats"), false).await.unwrap();
    manager.pin(&name("stats"), true).await.unwrap();
    drop(manager);
    let manager = world.host().await;
    assert!(!shows_stats(&manager));
    let expect = Choice {
        enabled: false,
        pinned: true,
    };
    assert_eq!(manager.choice(&name("stats")), expect);
    world.plugin(stats("1.1.0"), ASKS, |_| answer("3"));
    manager.refresh().await;
    manager.register_all().await;
    assert!(!shows_stats(&manager));
    let version = manager.snapshot().disabled[&name("stats")]
        .package()
        .manifest()
        .version
        .to_string();
    assert_eq!(version, "1.1.0");
    manager.set_enabled(&name("stats"), true).await.unwrap();
    assert!(shows_stats(&manager));
    assert_eq!(call(&manager, "stats", "count").await.unwrap(), "3");
}

#[tokio::test]
async fn who_is_pinned_is_loaded_at_the_start_and_the_others_are_not() {
    let world = world();
    let manager = world.host().await;
    assert!(manager.pin(&name("stats"), true).await.unwrap());
    assert!(!manager.pin(&name("stats"), true).await.unwrap());
    drop(manager);
    let manager = world.host().await;
    // What it registered was kept, so nothing else loads it.
    let loaded = |plugin: &str| {
        manager
            .status(&name(plugin))
            .unwrap()
            .loaded_since
            .is_some()
    };
    assert!(!loaded("stats"));
    manager.load_pinned().await;
    assert!(loaded("stats") && !loaded("other"));
    let pinned = |plugin: &str| manager.status(&name(plugin)).unwrap().pinned;
    assert!(pinned("stats") && !pinned("other"));
    assert!(manager.pin(&name("stats"), false).await.unwrap());
    assert!(!pinned("stats"));
    drop(manager);
    let manager = world.host().await;
    assert!(!manager.status(&name("stats")).unwrap().pinned);
}

#[tokio::test]
async fn jobs_of_what_is_disabled_rest() {
    let world = World::new();
    let job = Job {
        name: "nightly".to_owned(),
        cron: "0 3 * * *".to_owned(),
        time_zone: "UTC".to_owned(),
        args: "{}".to_owned(),
        retries: None,
    };
    let stats = Registration {
        jobs: vec![job],
        ..registration("stats")
    };
    let asks = "capabilities: { schedule: { jobs: 1, min_period: 1m } }";
    world.plugin(stats, asks, |_| answer(""));
    let manager = world.open(goatkit_capability::grants::Policy::Everything);
    manager.discover();
    manager.set_enabled(&name("stats"), false).await.unwrap();
    let refused = manager.run_job_now(&name("stats"), "nightly", None).await;
    let text = refused.unwrap_err().to_string();
    assert!(text.contains("`gk plugin enable stats`"), "{text}");
    // They are shown, as far as there are any, and not as of an unknown plugin.
    assert!(manager.jobs(Some(&name("stats"))).await.unwrap().is_empty());
}

#[tokio::test]
async fn nothing_is_chosen_for_what_is_not_there() {
    let manager = world().host().await;
    for done in [
        manager.set_enabled(&name("nobody"), false).await,
        manager.pin(&name("nobody"), true).await,
    ] {
        assert!(matches!(
            done,
            Err(ChoiceError::Find(FindError::Unknown { .. }))
        ));
    }
    assert!(!manager.is_known(&name("nobody")));
}
