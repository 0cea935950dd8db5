//! Jobs come and go with the plugins that serve, and what a registration may hold.

use goatkit_capability::schedule::Origin;
use goatkit_package::Store;
use goatkit_runtime::Exports;

use super::*;
use crate::check_registration;

#[tokio::test]
async fn jobs_follow_the_version_that_serves() {
    let mut world = World::with(vec![job("report", "0 * * * *", 0)]);
    let manager = world.host("a").await;
    let mut scheduler = Driven::of(&manager);
    scheduler.turn().await;
    let before = only(&manager).await;
    assert_eq!(before.origin, Origin::Registered);

    let jobs = vec![job("report", "30 * * * *", 0), job("sweep", "", 0)];
    world.plugin_that_asks("stats", "1.1.0", "schedule: {}", jobs);
    manager.refresh().await;
    scheduler.turn().await;
    let all = manager.jobs(Some(&name("stats"))).await.unwrap();
    let seen: Vec<_> = all
        .iter()
        .map(|it| (it.callback.as_str(), it.due))
        .collect();
    assert_eq!(
        seen,
        [("report", Some(start() + 60 * MINUTE)), ("sweep", None)]
    );
    assert_eq!(all[0].id, before.id, "the same job");

    fs::remove_dir_all(world.folder("stats")).unwrap();
    manager.refresh().await;
    scheduler.turn().await;
    assert!(manager.jobs(None).await.unwrap().is_empty());
    world.clock.advance(600 * MINUTE);
    scheduler.turn().await;
    assert!(world.try_next().is_none());
}

#[tokio::test]
async fn a_plugin_that_goes_while_its_job_runs_takes_it_along_in_the_end() {
    let mut world = World::with(vec![job("report", "* * * * *", 5)]);
    let manager = world.host("a").await;
    let mut scheduler = Driven::of(&manager);
    scheduler.turn().await;
    world.clock.advance(MINUTE);
    scheduler.turn().await;
    let going = world.next().await;
    fs::remove_dir_all(world.folder("stats")).unwrap();
    manager.refresh().await;
    scheduler.turn().await;
    assert!(!going.end.is_closed(), "a run that has begun goes on");
    going.fail();
    scheduler.end().await;
    world.clock.advance(60 * MINUTE);
    scheduler.turn().await;
    assert!(manager.jobs(None).await.unwrap().is_empty());
    assert!(world.try_next().is_none());
}

/// The loop notices by itself that plugins changed.
#[tokio::test]
async fn a_plugin_that_comes_has_its_jobs_run() {
    let mut world = World::new();
    let manager = world.host("a").await;
    let task = tokio::spawn(manager.run_jobs());
    world.plugin("stats", vec![job("report", "* * * * *", 0)]);
    manager.refresh().await;
    manager.register_all().await;
    let there = async {
        while manager.jobs(None).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, there).await.unwrap();
    world.clock.advance(MINUTE);
    world.next().await.ok();
    task.abort();
}

fn check(capabilities: &str, exports: bool, jobs: Vec<Job>) -> Result<Registration, String> {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("stats");
    fs::create_dir_all(&folder).unwrap();
    let manifest = format!(
        "name: stats\nversion: \"1.0.0\"\nruntime: wasm\ncapabilities: {{ {capabilities} }}\n"
    );
    fs::write(folder.join("manifest.yaml"), manifest).unwrap();
    fs::write(folder.join("plugin.wasm"), b"\0asm").unwrap();
    let package = Store::open(data.path()).unwrap().admit(&folder).unwrap();
    let registration = Registration {
        name: "stats".to_owned(),
        version: "1.0.0".to_owned(),
        runtime: "wasm".to_owned(),
        functions: Vec::new(),
        hooks: Vec::new(),
        menu_items: Vec::new(),
        pages: Vec::new(),
        routes: Vec::new(),
        widgets: Vec::new(),
        jobs,
        permissions: Vec::new(),
        event_authorizer: None,
        mount: None,
        extra: Vec::new(),
    };
    let exports = Exports {
        jobs: exports,
        ..Exports::default()
    };
    check_registration(registration, &package, exports).map_err(|problems| problems.join("\n"))
}

#[test]
fn jobs_that_hold_are_registered() {
    let mut vienna = job("weekly-report", "0 7 * * 1", 10);
    vienna.time_zone = "Europe/Vienna".to_owned();
    for (capabilities, jobs) in [
        ("", vec![]),
        // What is never due by itself needs nothing granted, nor a zone.
        (
            "",
            vec![Job {
                time_zone: String::new(),
                ..job("sweep", "", 0)
            }],
        ),
        ("schedule: {}", vec![vienna]),
        (
            "schedule: { jobs: 1 }",
            vec![job("a", "* * * * *", 0), job("b", "", 0)],
        ),
        (
            "schedule: { min_period: 1h }",
            vec![job("a_1", "0 * * * *", 0)],
        ),
    ] {
        check(capabilities, true, jobs).unwrap();
    }
}

#[test]
fn jobs_that_do_not_hold_are_refused_by_name() {
    let one = |cron: &str| vec![job("report", cron, 0)];
    let named = |name: &str| vec![job(name, "0 7 * * *", 0)];
    let with = |args: &str| {
        vec![Job {
            args: args.to_owned(),
            ..job("report", "", 0)
        }]
    };
    let zone = vec![Job {
        time_zone: "Europe/Viena".to_owned(),
        ..job("report", "0 7 * * *", 0)
    }];
    let asks = "schedule: { jobs: 2, min_period: 5m }";
    for (capabilities, jobs, expect) in [
        (
            "",
            one("0 7 * * *"),
            "add `schedule: { jobs: 1, min_period: 1m }`",
        ),
        (
            asks,
            one("* * * * *"),
            "job `report` is due after 60 s already, and its manifest.yaml asks for 300 s",
        ),
        (asks, one("61 7 * * *"), "job `report`: `61` is no minute"),
        (asks, one("0 0 30 2 *"), "is never due"),
        (asks, one("@daily"), "has 1 field"),
        (asks, zone, "did you mean `Europe/Vienna`?"),
        (
            asks,
            [named("a"), named("b"), named("c")].concat(),
            "registers 3 jobs that are due at given times, and its manifest.yaml asks for 2",
        ),
        (
            asks,
            [named("a"), named("a")].concat(),
            "it registers job `a` twice",
        ),
        (
            asks,
            named("Report"),
            "job `Report` has a name that is none",
        ),
        (asks, named("a b"), "has a name that is none"),
        (asks, named(""), "has a name that is none"),
        (asks, named(&"a".repeat(65)), "has a name that is none"),
        (
            "",
            with("{"),
            "job `report`: invalid: the job's arguments are no JSON",
        ),
        (
            "",
            with(&" ".repeat(65_537)),
            "too large: the job's arguments have 65537 bytes",
        ),
        (
            "",
            vec![job("report", "", 11)],
            "job `report`: `retries` is a whole number from 0 to 10",
        ),
    ] {
        let told = check(capabilities, true, jobs).unwrap_err();
        assert!(told.contains(expect), "{told}");
    }
    let told = check("", false, vec![job("report", "", 0)]).unwrap_err();
    assert!(
        told.contains("does not export `goatkit:plugin/jobs`"),
        "{told}"
    );
}
