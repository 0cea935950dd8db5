//! What happens to plugins, as one stream: each thing is told once, kept for a while, and heard
//! by whoever listens. Nobody who tells ever waits for a listener.
//!
//! Told by whatever in this crate loads, replaces, stops or puts away a plugin. Not here: calls,
//! which are counted (`counted`), and what plugins tell each other (`events`). How often each
//! thing happens is counted in `happenings/figures`, and nowhere else.

mod figures;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use goatkit_capability::{Clock, timestamp};
use goatkit_package::PluginName;
use semver::Version;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::{self, error::RecvError};

/// Happenings that are kept for those who come later, and that a listener may be behind: some
/// minutes of a host whose plugins come and go all the time.
const KEPT: usize = 1024;

/// Something that happened to a plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happening {
    /// One more for each; begins anew with the host.
    pub number: u64,
    /// When, as RFC 3339.
    pub at: String,
    /// To which plugin.
    pub plugin: PluginName,
    /// To which version of it.
    pub version: Option<Version>,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What can happen. `happened` is the word for it in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "happened", rename_all = "snake_case")]
pub enum What {
    /// It came into memory.
    Loaded {
        /// How long that took.
        milliseconds: u64,
    },
    /// It does not load.
    Broken {
        /// Why.
        reason: String,
    },
    /// It took the place of another version.
    Replaced {
        /// The version that served before.
        from: Version,
    },
    /// It was to take the place of another version, which serves on.
    NotReplaced {
        /// Why.
        reason: String,
    },
    /// It was replaced, and what it was told after its last call failed.
    NotDeactivated {
        /// Why.
        reason: String,
    },
    /// It went out of memory; its next call brings it back.
    Unloaded {
        /// Why.
        why: Away,
    },
    /// It failed again and again, and is left alone for a while.
    BackedOff {
        /// How long.
        milliseconds: u64,
        /// How it failed last.
        reason: String,
    },
    /// It is left alone until somebody lets it try again.
    Quarantined {
        /// How it failed last.
        reason: String,
    },
    /// It may try again.
    Released,
    /// An administrator lets it serve.
    Enabled,
    /// An administrator does not let it serve.
    Disabled,
    /// It stays in memory.
    Pinned,
    /// It no longer does.
    Unpinned,
    /// It was put into the host.
    Installed,
    /// It was taken out of the host.
    Uninstalled {
        /// Whether its data went as well.
        purged: bool,
    },
}

/// Why a plugin went out of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Away {
    /// Somebody asked for it.
    ByHand,
    /// Nobody has called it for a while.
    Idle,
    /// Others need the memory.
    Memory,
    /// It is in trouble, or no longer serves.
    Stopped,
}

/// Tells and keeps what happens.
pub struct Happenings {
    clock: Arc<dyn Clock>,
    kept: Mutex<Kept>,
    told: broadcast::Sender<Happening>,
}

#[derive(Default)]
struct Kept {
    next: u64,
    last: VecDeque<Happening>,
}

impl Happenings {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            kept: Mutex::default(),
            told: broadcast::Sender::new(KEPT),
        }
    }

    pub(crate) fn tell(&self, plugin: &PluginName, version: Option<&Version>, what: What) {
        figures::count(plugin, &what);
        let mut kept = self.kept();
        let happening = Happening {
            number: kept.next,
            at: timestamp::text(self.clock.now()),
            plugin: plugin.clone(),
            version: version.cloned(),
            what,
        };
        kept.next += 1;
        if kept.last.len() == KEPT {
            kept.last.pop_front();
        }
        kept.last.push_back(happening.clone());
        // Within the lock, so that all hear the same order. Nobody may listen.
        let _ = self.told.send(happening);
    }

    /// What was kept, oldest first, and all that is told from now on: nothing is missed between.
    pub fn listen(&self) -> (Vec<Happening>, Listening) {
        let kept = self.kept();
        let last = kept.last.iter().cloned().collect();
        (last, Listening(self.told.subscribe()))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hears what happens.
pub struct Listening(broadcast::Receiver<Happening>);

impl Listening {
    /// The next happening; nothing when the host is gone. Who is too slow misses the oldest,
    /// which the numbers show.
    pub async fn next(&mut self) -> Option<Happening> {
        loop {
            match self.0.recv().await {
                Ok(happening) => return Some(happening),
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

/// A span of time in the words of happenings.
pub(crate) fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::UNIX_EPOCH;

    use goatkit_capability::ManualClock;
    use serde_json::json;

    use super::*;

    fn happenings() -> (Happenings, PluginName) {
        let clock = Arc::new(ManualClock::at(UNIX_EPOCH));
        (Happenings::new(clock), PluginName::parse("stats").unwrap())
    }

    #[tokio::test]
    async fn what_is_told_is_heard_in_order_also_by_those_who_come_later() {
        let (happenings, plugin) = happenings();
        let version = Version::new(1, 0, 0);
        happenings.tell(&plugin, Some(&version), What::Loaded { milliseconds: 7 });
        let (last, mut listening) = happenings.listen();
        happenings.tell(&plugin, None, What::Unloaded { why: Away::Idle });
        assert_eq!(
            serde_json::to_value(&last).unwrap(),
            json!([{
                "number": 0,
                "at": "1970-01-01T00:00:00.000Z",
                "plugin": "stats",
                "version": "1.0.0",
                "happened": "loaded",
                "milliseconds": 7,
            }])
        );
        let next = listening.next().await.unwrap();
        assert_eq!(
            (next.number, next.what),
            (1, What::Unloaded { why: Away::Idle })
        );
        drop(happenings);
        assert_eq!(listening.next().await, None);
    }

    #[tokio::test]
    async fn who_is_slow_misses_the_oldest_and_nobody_waits() {
        let (happenings, plugin) = happenings();
        let (_, mut listening) = happenings.listen();
        let more = KEPT as u64 + 10;
        for _ in 0..more {
            happenings.tell(&plugin, None, What::Released);
        }
        assert_eq!(listening.next().await.unwrap().number, 10);
        let (last, _) = happenings.listen();
        assert_eq!((last.len(), last[0].number), (KEPT, 10));
    }
}
