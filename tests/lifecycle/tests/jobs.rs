//! Jobs through the whole platform: planned by a guest, run by its export when they are due, on
//! a clock that the test moves.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use goatkit_capability::ManualClock;
use goatkit_capability::schedule::JobStatus;
use goatkit_runtime::CallErrorKind;
use goatkit_test_support::{DataFolder, HostSettings, Package, TestHost, name};
use serde_json::json;
use tokio::task::JoinSet;

const HOUR: Duration = Duration::from_secs(3600);

/// No slow machine needs as long for what a test waits for.
const PATIENCE: Duration = Duration::from_secs(60);

fn package() -> Package {
    Package::of_guest("schedule_ok")
        .line("capabilities: { schedule: { jobs: 10, min_period: 1m } }")
}

/// Half past midnight.
fn clock() -> Arc<ManualClock> {
    let start =
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000 / 86_400 * 86_400 + 1800);
    Arc::new(ManualClock::at(start))
}

fn host(data: &DataFolder, clock: &Arc<ManualClock>) -> TestHost {
    let settings = HostSettings {
        clock: Arc::clone(clock) as Arc<_>,
        ..HostSettings::default()
    };
    let host = TestHost::with(data, &settings);
    let refused = &host.manager.snapshot().refused;
    let reasons: Vec<&String> = refused.iter().map(|it| &it.reason).collect();
    assert!(reasons.is_empty(), "{reasons:?}");
    host
}

/// Runs the jobs of a host until it is dropped.
fn running(host: &TestHost) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    tasks.spawn(host.manager.run_jobs());
    tasks
}

async fn jobs(host: &TestHost) -> Vec<JobStatus> {
    let plugin = name("schedule-ok");
    host.manager.jobs(Some(&plugin)).await.unwrap()
}

/// Waits until a job with these words for its callback stands as asked.
async fn until(host: &TestHost, callback: &str, stands: impl Fn(&JobStatus) -> bool) -> JobStatus {
    let end = Instant::now() + PATIENCE;
    loop {
        let jobs = jobs(host).await;
        if let Some(job) = jobs
            .iter()
            .find(|job| job.callback == callback && stands(job))
        {
            return job.clone();
        }
        assert!(Instant::now() < end, "{callback} never stood so: {jobs:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn plan(host: &TestHost, cron: &str, callback: &str) -> String {
    let answer = host
        .call("schedule-ok", "plan", json!([cron, callback]))
        .await;
    answer.unwrap().as_str().unwrap().to_owned()
}

fn ran(job: &JobStatus) -> bool {
    job.last_result.is_some() && job.running_since.is_none()
}

#[tokio::test]
async fn what_is_planned_is_run_when_it_is_due() {
    let (data, clock) = (DataFolder::with(&[package()]), clock());
    let host = host(&data, &clock);
    let _running = running(&host);
    let id = plan(&host, "0 * * * *", "tick").await;
    let planned = until(&host, "tick", |job| job.id == id).await;
    assert!(planned.last_run.is_none());
    clock.advance(HOUR);
    let job = until(&host, "tick", |job| job.id == id && ran(job)).await;
    assert_eq!(job.last_result.as_deref(), Some("ok"));
    let line = host.lines("schedule-ok").pop().unwrap();
    assert!(
        line.starts_with("tick ") && line.ends_with(" 1 null"),
        "{line}"
    );
    assert_eq!(
        host.call("schedule-ok", "cancel", json!([id]))
            .await
            .unwrap(),
        true
    );
    clock.advance(HOUR);
    until(&host, "nightly", |_| true).await;
    assert_eq!(host.lines("schedule-ok").len(), 1);
}

#[tokio::test]
async fn what_is_registered_is_run_although_nothing_called_the_plugin() {
    let (data, clock) = (DataFolder::with(&[package()]), clock());
    let host = host(&data, &clock);
    host.manager.register_all().await;
    let _running = running(&host);
    until(&host, "nightly", |job| job.due.is_some()).await;
    clock.advance(3 * HOUR);
    let job = until(&host, "nightly", ran).await;
    assert_eq!(job.last_result.as_deref(), Some("ok"));
}

#[tokio::test]
async fn a_run_that_fails_is_tried_again() {
    let (data, clock) = (DataFolder::with(&[package()]), clock());
    let host = host(&data, &clock);
    let _running = running(&host);
    let id = plan(&host, "0 * * * *", "stubborn").await;
    until(&host, "stubborn", |job| job.id == id).await;
    clock.advance(HOUR);
    for attempts in 1..3 {
        let failed = |job: &JobStatus| job.id == id && job.attempts == attempts && ran(job);
        let job = until(&host, "stubborn", failed).await;
        let result = job.last_result.unwrap();
        assert!(result.contains("not yet"), "{result}");
        let again = job.retry_at.unwrap();
        clock.set(again);
    }
    let done = |job: &JobStatus| job.id == id && job.last_result.as_deref() == Some("ok");
    let job = until(&host, "stubborn", done).await;
    assert_eq!(job.attempts, 3);
}

#[tokio::test]
async fn a_run_that_never_ends_is_stopped() {
    // The runs of the other tests are to end by themselves, however slow the machine is.
    let package = package().line("limits: { job: 1s }");
    let (data, clock) = (DataFolder::with(&[package]), clock());
    let host = host(&data, &clock);
    let _running = running(&host);
    let id = plan(&host, "0 * * * *", "endless").await;
    until(&host, "endless", |job| job.id == id).await;
    clock.advance(HOUR);
    let job = until(&host, "endless", |job| job.id == id && ran(job)).await;
    let result = job.last_result.unwrap();
    assert!(result.contains("deadline"), "{result}");
    host.expect_sibling().await;
}

#[tokio::test]
async fn an_administrator_runs_a_job_at_once() {
    let (data, clock) = (DataFolder::with(&[package()]), clock());
    let host = host(&data, &clock);
    let plugin = name("schedule-ok");
    let now = async |job: &str| host.manager.run_job_now(&plugin, job, None).await;
    now("tick").await.unwrap();
    assert_eq!(host.lines("schedule-ok").len(), 1);
    let failed = now("stubborn").await.unwrap_err();
    assert!(failed.to_string().contains("not yet"), "{failed}");
    let unknown = now("tack").await.unwrap_err();
    assert!(
        unknown.to_string().contains("did you mean `tick`?"),
        "{unknown}"
    );
}

#[tokio::test]
async fn two_hosts_start_each_run_once() {
    let (data, clock) = (DataFolder::with(&[package()]), clock());
    let (one, two) = (host(&data, &clock), host(&data, &clock));
    one.manager.register_all().await;
    two.manager.register_all().await;
    let id = plan(&one, "* * * * *", "tick").await;
    let _running = (running(&one), running(&two));
    for minute in 1..=20 {
        let before = until(&one, "tick", |job| job.id == id).await.last_run;
        clock.advance(Duration::from_secs(60));
        let fresh = |job: &JobStatus| job.id == id && job.last_run > before && ran(job);
        until(&one, "tick", fresh).await;
        let lines = [one.lines("schedule-ok"), two.lines("schedule-ok")].concat();
        let ticks: Vec<&String> = lines.iter().filter(|it| it.starts_with("tick")).collect();
        assert_eq!(ticks.len(), minute, "{ticks:?}");
    }
}

#[tokio::test]
async fn a_plan_beyond_the_grant_is_refused() {
    let package = Package::of_guest("schedule_denied")
        .line("capabilities: { schedule: { jobs: 1, min_period: 1h } }");
    let host = TestHost::on(&DataFolder::with(&[package]));
    let error = host
        .call("schedule-denied", "every_minute", json!([]))
        .await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), CallErrorKind::Fault, "{error}");
    // What cannot be run is refused before it is asked how often: it registered no job.
    assert!(
        error.to_string().contains("tick") || error.to_string().contains("min_period"),
        "{error}"
    );
    host.expect_sibling().await;
}
