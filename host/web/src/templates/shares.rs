//! How many of the threads that render one package may hold at a time, so that a plugin
//! whose pages never end stops its own pages and nobody else's. A page asks here first, and
//! only then for a thread: whoever waits holds none.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Instant;

use goatkit_package::PluginName;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout_at;

use super::error::{Problem, RenderErrorKind};

/// One package holds at most one thread in this many.
const PART: usize = 4;

/// The shares that packages hold.
pub(super) struct Shares {
    each: usize,
    held: Mutex<HashMap<PluginName, Weak<Semaphore>>>,
}

/// The right to one thread. It is given back when it is dropped.
pub(super) type Share = OwnedSemaphorePermit;

impl Shares {
    /// Shares of `threads` threads.
    pub(super) fn of(threads: usize) -> Self {
        Self {
            each: (threads / PART).max(1),
            held: Mutex::default(),
        }
    }

    /// Waits until `plugin` holds fewer threads than it may, at most until `deadline`.
    pub(super) async fn take(
        &self,
        plugin: &PluginName,
        deadline: Instant,
    ) -> Result<Share, Problem> {
        let share = self.share(plugin).acquire_owned();
        match timeout_at(deadline.into(), share).await {
            Ok(Ok(share)) => Ok(share),
            _ => Err(Problem::new(
                RenderErrorKind::Busy,
                format!(
                    "the plugin `{plugin}` is busy: its other pages did not end in time, and it \
                     may render no more than {} at once",
                    self.each
                ),
            )),
        }
    }

    /// The semaphore of a plugin. It lives as long as somebody holds or awaits a permit, so
    /// there are never more of them than pages.
    fn share(&self, plugin: &PluginName) -> Arc<Semaphore> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = held.get(plugin).and_then(Weak::upgrade) {
            return share;
        }
        held.retain(|_, share| share.strong_count() > 0);
        let share = Arc::new(Semaphore::new(self.each));
        held.insert(plugin.clone(), Arc::downgrade(&share));
        share
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn name(name: &str) -> PluginName {
        PluginName::parse(name).unwrap()
    }

    #[tokio::test]
    async fn a_plugin_gets_its_share_and_no_more() {
        for (threads, each) in [(0, 1), (1, 1), (3, 1), (8, 2), (40, 10)] {
            let (shares, soon) = (Shares::of(threads), Duration::from_millis(20));
            let mut taken = Vec::new();
            for _ in 0..each {
                let deadline = Instant::now() + soon;
                taken.push(shares.take(&name("greedy"), deadline).await.unwrap());
            }
            let deadline = Instant::now() + soon;
            let busy = shares.take(&name("greedy"), deadline).await.unwrap_err();
            assert_eq!(busy.kind, RenderErrorKind::Busy, "{threads}");
            assert!(busy.message.contains("`greedy`"), "{busy}");
            // Others are not concerned, and what is given back can be had again.
            let deadline = Instant::now() + soon;
            let _ = shares.take(&name("other"), deadline).await.unwrap();
            taken.pop();
            let _ = shares.take(&name("greedy"), deadline).await.unwrap();
        }
    }

    #[tokio::test]
    async fn nothing_is_kept_of_plugins_that_render_nothing() {
        let shares = Shares::of(8);
        let deadline = Instant::now() + Duration::from_secs(5);
        let held = shares.take(&name("held"), deadline).await.unwrap();
        for number in 0..100 {
            let plugin = name(&format!("plugin-{number}"));
            let _ = shares.take(&plugin, deadline).await.unwrap();
        }
        let kept = shares.held.lock().unwrap().len();
        assert!(kept <= 2, "{kept}");
        drop(held);
    }
}
