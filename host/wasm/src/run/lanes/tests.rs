use std::time::Duration;

use super::*;

/// Enough to begin, on the busiest machine.
const SHORT: Duration = Duration::from_millis(300);

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(30)
}

#[tokio::test]
async fn a_call_that_ends_at_once_ends_here() {
    let (lanes, watch) = (Lanes::start().unwrap(), Arc::default());
    let here = std::thread::current().id();
    let call = Box::pin(async { std::thread::current().id() });
    assert_eq!(
        lanes.drive(&Pace::default(), &watch, soon(), call).await,
        Ok(here)
    );
}

#[tokio::test]
async fn a_call_that_ticks_ends_in_the_slow_lane() {
    let (lanes, watch) = (Lanes::start().unwrap(), Arc::<Watch>::default());
    let call = Box::pin({
        let watch = Arc::clone(&watch);
        async move {
            assert!(watch.tick());
            tokio::task::yield_now().await;
            std::thread::current().name().map(str::to_owned)
        }
    });
    assert_eq!(
        lanes.drive(&Pace::default(), &watch, soon(), call).await,
        Ok(Some("gk-slow".to_owned()))
    );
}

/// Where a call of a plugin of this pace is polled first. It computes for a tick, and then
/// until its deadline if it is a `runaway`.
async fn begins(lanes: &Lanes, pace: &Pace, runaway: bool) -> Option<String> {
    let watch = Arc::<Watch>::default();
    let (told, heard) = tokio::sync::oneshot::channel();
    let call = Box::pin({
        let watch = Arc::clone(&watch);
        async move {
            let here = std::thread::current().name().map(str::to_owned);
            told.send(here).unwrap();
            assert!(watch.tick());
            tokio::task::yield_now().await;
            while runaway && watch.tick() {
                std::thread::yield_now();
            }
        }
    });
    let deadline = match runaway {
        true => Instant::now() + SHORT,
        false => soon(),
    };
    let ended = lanes.drive(pace, &watch, deadline, call).await;
    assert_eq!(ended.is_err(), runaway);
    heard.await.unwrap()
}

#[tokio::test]
async fn a_runaway_is_followed_into_the_slow_lane_until_one_ends_by_itself() {
    let (lanes, pace) = (Lanes::start().unwrap(), Pace::default());
    let here = std::thread::current().name().map(str::to_owned);
    let slow = Some("gk-slow".to_owned());
    for (runaway, expect) in [
        (false, &here),
        (true, &here),
        (true, &slow),
        (false, &slow),
        (false, &here),
    ] {
        assert_eq!(begins(&lanes, &pace, runaway).await, *expect, "{runaway}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_is_stopped_at_its_deadline() {
    let (lanes, watch) = (Lanes::start().unwrap(), Arc::default());
    let deadline = tokio::time::Instant::now().into_std() + Duration::from_secs(2);
    let call = Box::pin(std::future::pending::<()>());
    assert_eq!(
        lanes.drive(&Pace::default(), &watch, deadline, call).await,
        Err(Stopped::Deadline)
    );
}

#[tokio::test]
async fn a_call_that_is_stopped_in_the_slow_lane_is_told_at_its_next_tick() {
    let (lanes, watch) = (Lanes::start().unwrap(), Arc::<Watch>::default());
    let (told, heard) = tokio::sync::oneshot::channel();
    let call = Box::pin({
        let watch = Arc::clone(&watch);
        async move {
            watch.tick();
            tokio::task::yield_now().await;
            while watch.tick() {
                std::thread::yield_now();
            }
            told.send(()).unwrap();
        }
    });
    let deadline = Instant::now() + SHORT;
    assert_eq!(
        lanes.drive(&Pace::default(), &watch, deadline, call).await,
        Err(Stopped::Deadline)
    );
    heard.await.unwrap();
}

#[tokio::test]
async fn a_call_within_a_call_moves_as_well_and_is_stopped_with_it() {
    let lanes = Arc::new(Lanes::start().unwrap());
    let (outer, inner) = (Arc::<Watch>::default(), Arc::<Watch>::default());
    let (told, heard) = tokio::sync::oneshot::channel();
    let (within, watch, watched) = (Arc::clone(&lanes), Arc::clone(&outer), Arc::clone(&inner));
    let call = Box::pin(async move {
        assert!(watch.tick());
        tokio::task::yield_now().await;
        let deeper = Box::pin(async move {
            assert!(watched.tick());
            tokio::task::yield_now().await;
            while watched.tick() {
                std::thread::yield_now();
            }
            told.send(()).unwrap();
        });
        within.drive(&Pace::default(), &inner, soon(), deeper).await
    });
    let deadline = Instant::now() + SHORT;
    assert_eq!(
        lanes.drive(&Pace::default(), &outer, deadline, call).await,
        Err(Stopped::Deadline)
    );
    heard.await.unwrap();
}
