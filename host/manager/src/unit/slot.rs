//! Where a unit's code is while it is in memory: a place that is filled when somebody calls, once
//! however many do, and may be emptied at any time. Whoever calls holds the code itself, so what
//! was put away lives until its last call has ended.
//!
//! Called by the unit. Who decides that code goes is `life`.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwapOption;
use goatkit_runtime::{LoadError, Plugin};
use tokio::sync::Mutex;

use super::house::Beat;

/// Code in memory.
pub(crate) struct Held {
    pub(crate) plugin: Arc<dyn Plugin>,
    /// When it came there.
    pub(crate) since: SystemTime,
}

/// The place for it.
#[derive(Default)]
pub(crate) struct Slot {
    held: ArcSwapOption<Held>,
    loading: Mutex<()>,
    /// The beat at which it was last asked for; 0 where it never was.
    used: AtomicU64,
}

impl Slot {
    /// What is in memory, for whoever calls it: as of now it is used.
    pub(crate) fn for_a_call(&self, beat: &Beat) -> Option<Arc<dyn Plugin>> {
        let held = self.held.load();
        let plugin = Arc::clone(&held.as_ref()?.plugin);
        self.touch(beat);
        Some(plugin)
    }

    /// What is in memory, for whoever only looks.
    pub(crate) fn held(&self) -> Option<Arc<Held>> {
        self.held.load_full()
    }

    /// When somebody last called it, to within a beat.
    pub(crate) fn last_used(&self) -> Option<SystemTime> {
        let used = self.used.load(Ordering::Relaxed);
        (used > 0).then(|| UNIX_EPOCH + Duration::from_millis(used))
    }

    /// What is in memory, or what `load` brings there. Others who ask meanwhile wait for it.
    pub(crate) async fn or_load<F>(
        &self,
        beat: &Beat,
        load: impl FnOnce() -> F,
    ) -> Result<Arc<dyn Plugin>, LoadError>
    where
        F: Future<Output = Result<Held, LoadError>>,
    {
        if let Some(plugin) = self.for_a_call(beat) {
            return Ok(plugin);
        }
        let _turn = self.loading.lock().await;
        if let Some(plugin) = self.for_a_call(beat) {
            return Ok(plugin);
        }
        let held = load().await?;
        let plugin = Arc::clone(&held.plugin);
        self.touch(beat);
        self.held.store(Some(Arc::new(held)));
        Ok(plugin)
    }

    /// Empties it.
    pub(crate) fn take(&self) -> Option<Arc<Held>> {
        self.held.swap(None)
    }

    fn touch(&self, beat: &Beat) {
        let now = beat.get();
        // Written only when it changes, so that callers on all cores share the line.
        if self.used.load(Ordering::Relaxed) != now {
            self.used.store(now, Ordering::Relaxed);
        }
    }
}
