//! Where the platform reads the time, and waits for one, so that tests can advance it instead
//! of waiting.

use std::future::Future;
use std::pin::Pin;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use tokio::sync::Notify;

/// What waits for a time.
pub type Waiting<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Tells the time of day.
pub trait Clock: Send + Sync + 'static {
    /// The wall clock's time.
    fn now(&self) -> SystemTime;

    /// Waits until the clock shows `at` or later: also when it was set, or the machine slept.
    fn wait_until(&self, at: SystemTime) -> Waiting<'_>;
}

/// How long the machine's clock is not looked at while somebody waits for it. Timers do not
/// count the time in which the machine slept, and do not notice that the clock was set.
const STEP: Duration = Duration::from_secs(5);

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods)] // the one place that reads the machine's clock
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn wait_until(&self, at: SystemTime) -> Waiting<'_> {
        Box::pin(async move {
            // Nothing left is an error: the time has come.
            while let Ok(left) = at.duration_since(self.now()) {
                if left.is_zero() {
                    break;
                }
                tokio::time::sleep(left.min(STEP)).await;
            }
        })
    }
}

/// A clock that stands still until a test moves it.
#[derive(Debug)]
pub struct ManualClock {
    time: Mutex<SystemTime>,
    moved: Notify,
}

impl ManualClock {
    /// A clock that stands at `start`.
    pub fn at(start: SystemTime) -> Self {
        Self {
            time: Mutex::new(start),
            moved: Notify::new(),
        }
    }

    /// Moves the clock forwards.
    pub fn advance(&self, by: Duration) {
        *self.time() += by;
        self.moved.notify_waiters();
    }

    /// Sets the clock, also backwards.
    pub fn set(&self, to: SystemTime) {
        *self.time() = to;
        self.moved.notify_waiters();
    }

    fn time(&self) -> std::sync::MutexGuard<'_, SystemTime> {
        self.time
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> SystemTime {
        *self.time()
    }

    fn wait_until(&self, at: SystemTime) -> Waiting<'_> {
        Box::pin(async move {
            loop {
                // Made before the look, so that a move after it is not missed.
                let moved = self.moved.notified();
                if self.now() >= at {
                    return;
                }
                moved.await;
            }
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;
    use std::task::{Context, Poll, Waker};
    use std::time::UNIX_EPOCH;

    use super::*;

    fn is_ready(waiting: &mut Waiting<'_>) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        waiting.as_mut().poll(&mut context) == Poll::Ready(())
    }

    #[test]
    fn a_clock_that_is_moved_wakes_who_waits_for_it() {
        let clock = ManualClock::at(UNIX_EPOCH);
        let minute = Duration::from_secs(60);
        let mut waiting = clock.wait_until(UNIX_EPOCH + minute);
        assert!(!is_ready(&mut waiting));
        clock.advance(minute - Duration::from_nanos(1));
        assert!(!is_ready(&mut waiting));
        clock.set(UNIX_EPOCH);
        clock.advance(minute);
        assert!(is_ready(&mut waiting));
        assert!(
            is_ready(&mut clock.wait_until(UNIX_EPOCH)),
            "a time that has passed"
        );
    }

    #[tokio::test]
    async fn another_thread_is_woken() {
        let clock = Arc::new(ManualClock::at(UNIX_EPOCH));
        let at = UNIX_EPOCH + Duration::from_secs(1);
        let waiting = Arc::clone(&clock);
        let task = tokio::spawn(async move { waiting.wait_until(at).await });
        let moving = Arc::clone(&clock);
        std::thread::spawn(move || moving.advance(Duration::from_secs(2)));
        task.await.unwrap();
    }

    #[tokio::test]
    async fn the_machines_clock_comes_to_its_time() {
        let at = SystemClock.now() + Duration::from_millis(5);
        SystemClock.wait_until(at).await;
        assert!(SystemClock.now() >= at);
        SystemClock.wait_until(UNIX_EPOCH).await;
    }
}
