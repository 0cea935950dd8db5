//! What administrators see, and run at once.

use super::*;
use crate::jobs::JobError;

#[tokio::test]
async fn jobs_are_listed_for_one_plugin_or_all() {
    let world = World::with(vec![job("report", "0 * * * *", 0), job("sweep", "", 0)]);
    world.plugin("desk", vec![job("close", "0 7 * * *", 1)]);
    world.plugin("idle", Vec::new());
    let manager = world.host("a").await;
    Driven::of(&manager).turn().await;
    let names = async |plugin: Option<&str>| -> Vec<String> {
        let plugin = plugin.map(name);
        let all = manager.jobs(plugin.as_ref()).await.unwrap().into_iter();
        all.map(|it| format!("{} {}", it.plugin, it.callback))
            .collect()
    };
    assert_eq!(
        names(None).await,
        ["desk close", "stats report", "stats sweep"]
    );
    assert_eq!(names(Some("stats")).await, ["stats report", "stats sweep"]);
    assert!(names(Some("idle")).await.is_empty());
    let told = manager
        .jobs(Some(&name("nobody")))
        .await
        .unwrap_err()
        .to_string();
    assert!(told.contains("there is no plugin `nobody`"), "{told}");

    // What is told crosses to the command line and back.
    let all = manager.jobs(None).await.unwrap();
    let text = serde_json::to_string(&all).unwrap();
    assert!(
        text.contains("\"due\":\"2026-03-02T07:00:00.000Z\""),
        "{text}"
    );
    assert_eq!(serde_json::from_str::<Vec<JobStatus>>(&text).unwrap(), all);
}

#[tokio::test]
async fn a_job_is_run_at_once_beside_its_timetable() {
    let mut world = World::with(vec![job("report", "0 * * * *", 5), job("sweep", "", 0)]);
    let manager = world.host("a").await;
    let mut scheduler = Driven::of(&manager);
    scheduler.turn().await;
    let id = manager.jobs(None).await.unwrap()[0].id.clone();
    world.clock.advance(MINUTE);
    for (job, args, expect) in [
        ("report", None, "{}"),
        (id.as_str(), Some("[1]"), "[1]"),
        ("sweep", Some("null"), "null"),
    ] {
        let (stats, host, job) = (name("stats"), Arc::clone(&manager), job.to_owned());
        let args = args.map(str::to_owned);
        let now = tokio::spawn(async move { host.run_job_now(&stats, &job, args).await });
        let going = world.next().await;
        assert_eq!((going.due(), going.run.attempt), (1, 1));
        assert_eq!(going.run.args, expect);
        going.ok();
        now.await.unwrap().unwrap();
    }
    let [report, sweep] = manager.jobs(None).await.unwrap().try_into().unwrap();
    assert_eq!(report.last_result.as_deref(), Some("ok"));
    assert_eq!(report.last_run, Some(start() + MINUTE));
    assert_eq!(
        report.due,
        Some(start() + 30 * MINUTE),
        "its timetable goes on"
    );
    assert_eq!(sweep.last_result.as_deref(), Some("ok"));

    // One that fails is told, and not tried again.
    let (stats, host) = (name("stats"), Arc::clone(&manager));
    let now = tokio::spawn(async move { host.run_job_now(&stats, "report", None).await });
    world.next().await.fail();
    let told = now.await.unwrap().unwrap_err();
    assert!(matches!(told, JobError::Call(_)), "{told}");
    let [report, _] = manager.jobs(None).await.unwrap().try_into().unwrap();
    assert_eq!(report.last_result.as_deref(), Some("job: it broke off: no"));
    assert_eq!(report.retry_at, None);
    scheduler.turn().await;
    assert!(world.try_next().is_none());
}

#[tokio::test]
async fn a_run_that_nobody_waits_for_is_stopped() {
    let mut world = World::with(vec![job("report", "", 0)]);
    let manager = world.host("a").await;
    let (stats, host) = (name("stats"), Arc::clone(&manager));
    let now = tokio::spawn(async move { host.run_job_now(&stats, "report", None).await });
    let going = world.next().await;
    now.abort();
    going.stopped().await;
}

#[tokio::test]
async fn what_there_is_not_is_refused_with_the_nearest() {
    let world = World::with(vec![job("report", "0 * * * *", 0), job("sweep", "", 0)]);
    world.plugin("idle", Vec::new());
    let manager = world.host("a").await;
    let run = async |plugin: &str, job: &str, args: Option<&str>| {
        let args = args.map(str::to_owned);
        let refused = manager.run_job_now(&name(plugin), job, args).await;
        refused.unwrap_err().to_string()
    };
    for (told, expect) in [
        (
            run("stats", "reprot", None).await,
            "has no job `reprot`: did you mean `report`?",
        ),
        (run("stats", "x", None).await, "it has report, sweep"),
        (run("idle", "x", None).await, "it registers none"),
        (
            run("nobody", "x", None).await,
            "there is no plugin `nobody`",
        ),
        (run("stats", "report", Some("{")).await, "are no JSON"),
    ] {
        assert!(told.contains(expect), "{told}");
    }
}
