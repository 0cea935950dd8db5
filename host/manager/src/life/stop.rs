//! How everything ends: first nothing new begins, then what still runs is given up. Whoever goes on
//! for as long as it is let (`jobs`, listeners, farewells) asks here how far that is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::{timeout, timeout_at};

use crate::happenings::Away;
use crate::manager::Manager;
use crate::unit::House;

/// Of the time for stopping, what is kept for writing down what was given up.
const WRITING: Duration = Duration::from_secs(2);

/// How far the end is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Stage {
    /// It is not in sight.
    #[default]
    Serving,
    /// What runs may end, and nothing new begins.
    Stopping,
    /// What runs is given up.
    Stopped,
}

/// Whether something goes on that has to be waited for, until this is dropped.
pub(crate) struct GoingOn(watch::Sender<usize>);

impl GoingOn {
    pub(crate) fn begin(house: &House) -> Self {
        house.going_on.send_modify(|count| *count += 1);
        Self(house.going_on.clone())
    }
}

impl Drop for GoingOn {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

/// Ends when the host begins to stop.
pub(crate) fn stopping(house: &House) -> impl Future<Output = ()> + Send + use<> {
    let mut stage = house.stage.subscribe();
    async move {
        // A host that is gone has stopped.
        let _ = stage.wait_for(|stage| *stage >= Stage::Stopping).await;
    }
}

impl Manager {
    /// Ends when the host begins to stop: what else would go on for ever ends then.
    pub fn stopping(&self) -> impl Future<Output = ()> + Send + use<> {
        stopping(&self.house)
    }

    /// From now on nothing new begins by itself: no job, and nobody listens on. Requests are
    /// answered as before.
    pub fn begin_to_stop(&self) {
        self.come_to(Stage::Stopping);
    }

    /// Stops everything within `time`: no session enters a plugin any more, jobs that run may end
    /// and are then given up, so that another host takes them at once, and plugins go out of
    /// memory. Nothing may be called afterwards.
    pub async fn shut_down(self: &Arc<Self>, time: Duration) {
        let end = Instant::now() + time;
        self.begin_to_stop();
        self.house.gate.close();
        let mut going_on = self.house.going_on.subscribe();
        let ended = going_on.wait_for(|count| *count == 0);
        if timeout(time.saturating_sub(WRITING), ended).await.is_err() {
            self.come_to(Stage::Stopped);
            let ended = going_on.wait_for(|count| *count == 0);
            if timeout_at(end.into(), ended).await.is_err() {
                tracing::warn!("jobs still run {time:?} after the stop; nobody waits for them");
            }
        }
        self.come_to(Stage::Stopped);
        for unit in self.snapshot().plugins.values() {
            unit.unload(Away::Stopped);
        }
    }

    /// Never back.
    fn come_to(&self, stage: Stage) {
        self.house.stage.send_if_modified(|now| {
            let further = *now < stage;
            *now = stage.max(*now);
            further
        });
    }
}
