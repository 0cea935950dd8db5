//! Each due time is started once, by whichever host comes first.

use std::collections::BTreeMap;

use super::*;

#[tokio::test]
async fn a_job_runs_when_it_is_due() {
    let mut world = World::with(vec![job("report", "*/5 * * * *", 0)]);
    let manager = world.host("a").await;
    let mut scheduler = Driven::of(&manager);
    scheduler.turn().await;
    assert_eq!(only(&manager).await.due, Some(start() + 5 * MINUTE));
    world.clock.advance(5 * MINUTE - Duration::from_secs(1));
    scheduler.turn().await;
    assert!(world.try_next().is_none());

    world.clock.advance(Duration::from_secs(1));
    scheduler.turn().await;
    let going = world.next().await;
    assert_eq!((going.due(), going.run.attempt), (5, 1));
    assert_eq!(
        (going.run.name.as_str(), going.run.args.as_str()),
        ("report", "{}")
    );
    let facts = going.session.facts();
    assert!(facts.actor.is_none() && facts.tenant.is_none());
    assert_eq!(
        (facts.entry.kind.as_str(), facts.entry.name.as_str()),
        ("job", "report")
    );
    assert_eq!(facts.locale, "en");
    let status = only(&manager).await;
    assert_eq!(status.running_since, Some(start() + 5 * MINUTE));
    assert_eq!(status.last_result, None);

    going.ok();
    scheduler.end().await;
    let status = only(&manager).await;
    assert_eq!(
        (status.running_since, status.last_result.as_deref()),
        (None, Some("ok"))
    );
    assert_eq!(status.due, Some(start() + 10 * MINUTE));
    scheduler.turn().await;
    assert!(world.try_next().is_none());
}

/// The whole loop, twice on one file, with runs that end while others start.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hosts_on_one_file_start_each_due_time_once() {
    const JOBS: usize = 6;
    const MINUTES: u64 = 30;
    let mut world = World::new();
    let jobs = |at: usize| vec![job(&format!("j{at}"), "* * * * *", 0)];
    for at in 0..JOBS {
        world.plugin(&format!("p{at}"), jobs(at));
    }
    let hosts = [world.host("a").await, world.host("b").await];
    let tasks = hosts.each_ref().map(|host| tokio::spawn(host.run_jobs()));
    let mut seen: BTreeMap<(PluginName, u64), usize> = BTreeMap::new();
    let mut by_host: BTreeMap<&str, usize> = BTreeMap::new();
    // The rows are there when the first is due.
    wait_for(&hosts[0], |all| all.len() == JOBS).await;
    for minute in 1..=MINUTES {
        world.clock.advance(MINUTE);
        for _ in 0..JOBS {
            let going = world.next().await;
            assert_eq!((going.due(), going.run.attempt), (minute, 1));
            *seen.entry((going.plugin.clone(), minute)).or_default() += 1;
            *by_host.entry(going.host).or_default() += 1;
            going.ok();
        }
        let ended = |all: &[JobStatus]| all.iter().all(|it| it.last_result.is_some());
        wait_for(&hosts[0], ended).await;
    }
    assert_eq!(seen.len(), JOBS * MINUTES as usize);
    assert!(seen.values().all(|count| *count == 1), "{seen:?}");
    assert!(world.try_next().is_none());
    for task in tasks {
        assert!(!task.is_finished());
        task.abort();
    }
}

/// Looks again as soon as the loop of the host has done something.
async fn wait_for(manager: &Arc<Manager>, holds: impl Fn(&[JobStatus]) -> bool) {
    let looked = async {
        while !holds(&manager.jobs(None).await.unwrap()) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, looked).await.unwrap();
}

#[tokio::test]
async fn what_was_missed_is_caught_up_once() {
    let mut world = World::with(vec![job("report", "0 * * * *", 0)]);
    let manager = world.host("a").await;
    Driven::of(&manager).turn().await;
    // Nobody runs anything for ten days.
    world.clock.advance(Duration::from_secs(10 * 86_400));
    let mut scheduler = Driven::of(&manager);
    scheduler.turn().await;
    let going = world.next().await;
    assert_eq!((going.due(), going.run.attempt), (10 * 24 * 60 - 30, 1));
    going.ok();
    scheduler.end().await;
    assert!(world.try_next().is_none());
}

#[tokio::test]
async fn a_run_that_overlaps_its_next_due_has_no_second_beside_it() {
    let mut world = World::with(vec![job("report", "* * * * *", 0)]);
    let manager = world.host("a").await;
    let mut scheduler = Driven::of(&manager);
    scheduler.turn().await;
    world.clock.advance(MINUTE);
    scheduler.turn().await;
    let first = world.next().await;
    for _ in 0..20 {
        world.clock.advance(MINUTE / 4);
        scheduler.turn().await;
    }
    assert!(world.try_next().is_none());
    first.ok();
    scheduler.end().await;
    let second = world.next().await;
    assert_eq!((second.due(), second.run.attempt), (6, 1));
}

#[tokio::test]
async fn a_clock_that_goes_back_starts_nothing_again() {
    let mut world = World::with(vec![job("report", "* * * * *", 0)]);
    let manager = world.host("a").await;
    let mut scheduler = Driven::of(&manager);
    scheduler.turn().await;
    world.clock.advance(10 * MINUTE);
    scheduler.turn().await;
    world.next().await.ok();
    scheduler.end().await;
    world.clock.set(start());
    for _ in 0..10 {
        scheduler.turn().await;
        world.clock.advance(MINUTE);
        // Another host, or this one after a restart, knows as much.
        Driven::of(&manager).turn().await;
    }
    assert!(world.try_next().is_none());
    world.clock.advance(MINUTE);
    scheduler.turn().await;
    assert_eq!(world.next().await.due(), 11);
}

#[tokio::test]
async fn runs_are_bounded_for_each_plugin_and_the_host() {
    let mut world = World::new();
    for plugin in ["a", "b", "c", "d", "e", "f"] {
        let jobs = (0..4).map(|at| job(&format!("j{at}"), "* * * * *", 0));
        world.plugin(plugin, jobs.collect());
    }
    let manager = world.host("a").await;
    let mut scheduler = Driven::of(&manager);
    scheduler.turn().await;
    world.clock.advance(MINUTE);
    scheduler.turn().await;
    let mut going = Vec::new();
    for _ in 0..8 {
        going.push(world.next().await);
    }
    scheduler.turn().await;
    assert!(world.try_next().is_none());
    let of = |plugin: &PluginName| going.iter().filter(|it| it.plugin == *plugin).count();
    assert!(going.iter().all(|it| of(&it.plugin) <= 2));
    // Each end makes place for one more, until all have run.
    let mut done = 0;
    while let Some(next) = going.pop() {
        next.ok();
        done += 1;
        scheduler.end().await;
        if done <= 16 {
            going.push(world.next().await);
        }
    }
    assert_eq!(done, 24);
    assert!(world.try_next().is_none());
}
