//! Holders that die, sleep, or cannot reach the table.

use super::*;

const LEASE: Duration = Duration::from_secs(60);
const GRACE: Duration = Duration::from_secs(15);

/// A host, and a run of its job `report` for the first minute.
async fn running(world: &mut World, retries: u32) -> (Arc<Manager>, Driven, Going) {
    world.plugin("stats", vec![job("report", "0 * * * *", retries)]);
    let manager = world.host("a").await;
    let mut scheduler = Driven::of(&manager);
    scheduler.turn().await;
    world.clock.advance(30 * MINUTE);
    scheduler.turn().await;
    let going = world.next().await;
    assert_eq!((going.due(), going.run.attempt), (30, 1));
    (manager, scheduler, going)
}

#[tokio::test]
async fn a_run_of_a_host_that_died_is_started_again_by_another() {
    let mut world = World::new();
    let (_, scheduler, first) = running(&mut world, 0).await;
    let other = world.host("b").await;
    let mut second = Driven::of(&other);
    // The first host is gone between two instructions: nothing is told to anybody.
    drop(scheduler);
    let id = first.run.id.clone();
    first.stopped().await;

    world.clock.advance(LEASE - Duration::from_secs(1));
    second.turn().await;
    assert!(world.try_next().is_none(), "the lease still holds");
    world.clock.advance(Duration::from_secs(1));
    second.turn().await;
    assert!(
        world.try_next().is_none(),
        "its holder may be about to renew it"
    );
    world.clock.advance(GRACE);
    second.turn().await;
    let again = world.next().await;
    assert_eq!((again.host, again.due(), again.run.attempt), ("b", 30, 2));
    assert_eq!(again.run.id, id);
    again.ok();
    second.end().await;
    let status = only(&other).await;
    assert_eq!(
        (status.last_result.as_deref(), status.attempts),
        (Some("ok"), 2)
    );
    second.turn().await;
    assert!(world.try_next().is_none(), "once more, and no more");
}

/// The loop wakes for it by itself.
#[tokio::test]
async fn a_run_of_a_host_that_died_is_looked_for() {
    let mut world = World::new();
    let (_, scheduler, first) = running(&mut world, 0).await;
    let other = world.host("b").await;
    // A lease goes by in a moment here: nothing is made ready meanwhile.
    let stats = other.unit(&name("stats")).unwrap();
    stats.plugin().await.unwrap();
    let second = tokio::spawn(other.run_jobs());
    drop(scheduler);
    first.stopped().await;
    let mut waited = Duration::ZERO;
    let again = loop {
        if let Ok(Some(again)) =
            tokio::time::timeout(Duration::from_millis(20), world.started.recv()).await
        {
            break again;
        }
        world.clock.advance(Duration::from_secs(1));
        waited += Duration::from_secs(1);
        assert!(waited < 10 * MINUTE);
    };
    assert_eq!((again.host, again.run.attempt), ("b", 2));
    second.abort();
}

#[tokio::test]
async fn a_run_that_goes_on_keeps_its_lease() {
    let mut world = World::new();
    let (manager, mut scheduler, first) = running(&mut world, 0).await;
    let mut second = Driven::of(&world.host("b").await);
    for _ in 0..60 {
        world.clock.advance(MINUTE / 4);
        scheduler.turn().await;
        second.turn().await;
    }
    assert!(world.try_next().is_none());
    first.ok();
    scheduler.end().await;
    assert_eq!(only(&manager).await.last_result.as_deref(), Some("ok"));
}

#[tokio::test]
async fn a_host_that_slept_keeps_its_run() {
    let mut world = World::new();
    let (_, mut scheduler, first) = running(&mut world, 0).await;
    let mut second = Driven::of(&world.host("b").await);
    // Both wake after an hour, the other first.
    world.clock.advance(59 * MINUTE);
    second.turn().await;
    scheduler.turn().await;
    world.clock.advance(GRACE);
    second.turn().await;
    assert!(world.try_next().is_none());
    first.ok();
    scheduler.end().await;
}

#[tokio::test]
async fn a_run_whose_lease_cannot_be_renewed_stops_before_another_starts() {
    let mut world = World::new();
    let (manager, mut scheduler, first) = running(&mut world, 0).await;
    let mut second = Driven::of(&world.host("b").await);
    // The first host's loop hangs: nobody takes its turns, but its runs watch the clock.
    world.clock.advance(LEASE - Duration::from_secs(5));
    second.turn().await;
    tokio::task::yield_now().await;
    assert!(!first.end.is_closed());
    // In two steps: the last chance begins when the first is seen.
    settle().await;
    world.clock.advance(Duration::from_secs(5));
    first.stopped().await;
    second.turn().await;
    assert!(world.try_next().is_none(), "others still wait");
    world.clock.advance(GRACE);
    second.turn().await;
    let again = world.next().await;
    assert_eq!((again.due(), again.run.attempt), (30, 2));
    // What the first says when it comes back counts for nothing.
    scheduler.end().await;
    assert!(only(&manager).await.running_since.is_some());
    again.ok();
    second.end().await;
    assert_eq!(only(&manager).await.attempts, 2);
}

#[tokio::test]
async fn a_run_that_was_given_up_is_taken_up_again_at_once() {
    let mut world = World::new();
    let (_, mut scheduler, first) = running(&mut world, 0).await;
    world.clock.advance(LEASE - Duration::from_secs(5));
    settle().await;
    world.clock.advance(Duration::from_secs(5));
    first.stopped().await;
    scheduler.end().await;
    let again = world.next().await;
    assert_eq!((again.due(), again.run.attempt), (30, 2));
}

#[tokio::test]
async fn a_run_that_another_host_took_is_stopped() {
    let mut world = World::new();
    let (_, mut scheduler, first) = running(&mut world, 0).await;
    let mut second = Driven::of(&world.host("b").await);
    // A clock that runs wild: the other host sees the lease end, and waits long enough.
    let now = world.clock.now();
    world.clock.set(now + LEASE);
    second.turn().await;
    world.clock.set(now + LEASE + GRACE);
    second.turn().await;
    world.clock.set(now + Duration::from_secs(20));
    scheduler.turn().await;
    first.stopped().await;
    assert_eq!(world.next().await.run.attempt, 2);
}

/// Lets the runs of a host see the clock.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}
