//! A host that stops in good order leaves no run behind that others wait for.

use super::*;

/// A host whose scheduler runs, and a run of its job `report`.
async fn running(world: &mut World) -> (Arc<Manager>, Going) {
    world.plugin("stats", vec![job("report", "0 * * * *", 0)]);
    let manager = world.host("a").await;
    Driven::of(&manager).turn().await;
    tokio::spawn(manager.run_jobs());
    world.clock.advance(30 * MINUTE);
    let going = world.next().await;
    (manager, going)
}

#[tokio::test]
async fn what_runs_is_given_up_and_another_host_takes_it_at_once() {
    let mut world = World::new();
    let (manager, first) = running(&mut world).await;
    let other = world.host("b").await;
    manager.shut_down(Duration::from_secs(2)).await;
    first.stopped().await;
    let mut second = Driven::of(&other);
    // No clock was moved: no lease has run out.
    second.turn().await;
    let again = world.next().await;
    assert_eq!((again.host, again.run.attempt), ("b", 2));
    again.ok();
    second.end().await;
    assert_eq!(only(&other).await.last_result.as_deref(), Some("ok"));
}

#[tokio::test]
async fn what_ends_in_time_is_told_and_nothing_begins() {
    let mut world = World::new();
    let (manager, going) = running(&mut world).await;
    manager.begin_to_stop();
    world.clock.advance(60 * MINUTE);
    let stopping = tokio::spawn({
        let manager = Arc::clone(&manager);
        async move { manager.shut_down(PATIENCE).await }
    });
    going.ok();
    let stopped = tokio::time::timeout(PATIENCE, stopping).await;
    stopped.unwrap().unwrap();
    assert_eq!(only(&manager).await.last_result.as_deref(), Some("ok"));
    assert!(
        world.try_next().is_none(),
        "the next hour is another host's"
    );
}
