//! Runs that fail, do not end, or are not even tried.

use metrics_exporter_prometheus::PrometheusBuilder;

use super::*;

#[tokio::test]
async fn a_run_that_fails_is_tried_again_by_its_timetable() {
    let mut world = World::with(vec![job("report", "0 * * * *", 2)]);
    let manager = world.host("a").await;
    let mut scheduler = Driven::of(&manager);
    scheduler.turn().await;
    world.clock.advance(30 * MINUTE);
    for (attempt, wait) in [(1, 30), (2, 60)] {
        scheduler.turn().await;
        let going = world.next().await;
        assert_eq!((going.due(), going.run.attempt), (30, attempt));
        going.fail();
        scheduler.end().await;
        let status = only(&manager).await;
        assert_eq!(status.last_result.as_deref(), Some("job: it broke off: no"));
        assert_eq!(
            status.retry_at,
            Some(world.clock.now() + Duration::from_secs(wait))
        );
        world.clock.advance(Duration::from_secs(wait - 1));
        scheduler.turn().await;
        assert!(world.try_next().is_none());
        world.clock.advance(Duration::from_secs(1));
    }
    scheduler.turn().await;
    let last = world.next().await;
    assert_eq!(last.run.attempt, 3);
    last.fail();
    scheduler.end().await;
    let status = only(&manager).await;
    assert_eq!((status.retry_at, status.attempts), (None, 3));
    assert_eq!(status.due, Some(start() + 90 * MINUTE));
}

#[tokio::test]
async fn a_job_that_never_ends_is_stopped_at_its_limit() {
    let mut world = World::with(vec![job("report", "* * * * *", 0)]);
    let manager = world.limited("a", Some(Duration::from_millis(50))).await;
    let mut scheduler = Driven::of(&manager);
    scheduler.turn().await;
    world.clock.advance(MINUTE);
    scheduler.turn().await;
    let going = world.next().await;
    let left = going
        .session
        .facts()
        .deadline
        .saturating_duration_since(std::time::Instant::now());
    assert!(left <= Duration::from_millis(50));
    scheduler.end().await;
    going.stopped().await;
    let result = only(&manager).await.last_result.unwrap();
    assert!(
        result.contains("job `report`: it was stopped at its deadline"),
        "{result}"
    );
}

#[tokio::test]
async fn a_run_whose_plugin_breaks_off_in_the_host_is_told() {
    let world = World::with(vec![job("report", "* * * * *", 0)]);
    let manager = world.host("a").await;
    let mut scheduler = Driven::of(&manager);
    scheduler.turn().await;
    // Nobody takes starts any more: the fake panics.
    drop(world.started);
    world.clock.advance(MINUTE);
    scheduler.turn().await;
    scheduler.end().await;
    let result = only(&manager).await.last_result.unwrap();
    assert_eq!(result, "it broke off in the host");
}

#[tokio::test]
async fn runs_are_counted_by_what_became_of_them() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let figures = recorder.handle();
    // Everything here runs on this thread.
    let _counting = metrics::set_default_local_recorder(&recorder);
    let mut world = World::with(vec![job("report", "0 * * * *", 2)]);
    let manager = world.host("a").await;
    let mut scheduler = Driven::of(&manager);
    scheduler.turn().await;
    world.clock.advance(30 * MINUTE);
    scheduler.turn().await;
    world.next().await.fail();
    scheduler.end().await;
    world.clock.advance(MINUTE);
    scheduler.turn().await;
    world.next().await.ok();
    scheduler.end().await;
    let figures = figures.render();
    for outcome in ["failed", "done"] {
        let line = format!("goatkit_job_runs_total{{plugin=\"stats\",outcome=\"{outcome}\"}} 1");
        assert!(figures.contains(&line), "{line}: {figures}");
    }
}

#[tokio::test]
async fn a_job_whose_grant_is_gone_is_not_run_and_says_so() {
    let mut world = World::with(vec![job("one", "0 * * * *", 3), job("two", "0 * * * *", 3)]);
    let manager = world.host("a").await;
    let mut scheduler = Driven::of(&manager);
    scheduler.turn().await;
    let results = async || -> Vec<String> {
        let all = manager.jobs(None).await.unwrap().into_iter();
        all.map(|it| it.last_result.unwrap_or_default()).collect()
    };
    let unit = manager.unit(&name("stats")).unwrap();
    let grant = |rules: &[&str]| {
        let rule = |it: &&str| ((*it).to_owned(), Arc::default());
        unit.schedule_grant().set(rules.iter().map(rule).collect());
    };
    let mut hour = async |world: &mut World, starts: usize| {
        world.clock.advance(60 * MINUTE);
        scheduler.turn().await;
        for _ in 0..starts {
            world.next().await.ok();
        }
        scheduler.all_ended().await;
        assert!(world.try_next().is_none());
    };
    grant(&[]);
    hour(&mut world, 0).await;
    let told = results().await;
    assert!(
        told.iter()
            .all(|it| it.contains("not granted: schedule: have jobs")),
        "{told:?}"
    );

    grant(&["jobs 1", "min_period 60s"]);
    hour(&mut world, 1).await;
    let told = results().await;
    assert_eq!(told[0], "ok");
    assert!(told[1].contains("one of more than 1 jobs"), "{told:?}");

    grant(&["jobs 2", "min_period 7200s"]);
    hour(&mut world, 0).await;
    let told = results().await;
    assert!(
        told.iter()
            .all(|it| it.contains("a job that is due every hour")),
        "{told:?}"
    );

    grant(&["jobs 2", "min_period 3600s"]);
    hour(&mut world, 2).await;
    assert_eq!(results().await, ["ok", "ok"]);
}

#[tokio::test]
async fn a_plugin_that_does_not_load_or_lost_the_callback_is_not_tried_again() {
    let mut world = World::with(vec![job("report", "0 * * * *", 5)]);
    let manager = world.host("a").await;
    let mut scheduler = Driven::of(&manager);
    scheduler.turn().await;
    // After a restart it does not load any more: what it registered is known, its code is gone.
    world.registered.lock().unwrap().clear();
    let manager = world.host("b").await;
    let mut scheduler = Driven::of(&manager);
    world.clock.advance(30 * MINUTE);
    scheduler.turn().await;
    scheduler.end().await;
    let status = only(&manager).await;
    let result = status.last_result.unwrap();
    assert!(
        result.contains("the plugin does not load: no code"),
        "{result}"
    );
    assert_eq!(
        (status.retry_at, status.due),
        (None, Some(start() + 90 * MINUTE))
    );
    assert!(world.try_next().is_none());
}

#[tokio::test]
async fn a_version_that_waits_for_consent_runs_nothing() {
    let mut world = World::with(vec![job("report", "0 * * * *", 5)]);
    let manager = world.host("a").await;
    Driven::of(&manager).turn().await;
    let manager = world.open("b", None, Policy::Nothing);
    manager.discover();
    manager.register_all().await;
    let mut scheduler = Driven::of(&manager);
    world.clock.advance(30 * MINUTE);
    scheduler.turn().await;
    scheduler.end().await;
    let result = only(&manager).await.last_result.unwrap();
    assert!(
        result.contains("waits until an administrator consents"),
        "{result}"
    );
    assert!(world.try_next().is_none());
}
