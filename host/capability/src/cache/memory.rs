//! Values in this process: one cache per plugin.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};

use arc_swap::ArcSwapOption;
use goatkit_package::PluginName;
use moka::Expiry;
use moka::notification::RemovalCause;
use moka::policy::EvictionPolicy;

use super::backend::{Answer, CacheStore, Place, cost};
use crate::{Clock, SystemClock};

/// Rounds in which the cache makes no room, or a reader finds that its value is just being
/// replaced: others are at work on the same values, and nobody goes after them for ever.
const MAX_IDLE_ROUNDS: usize = 8;

/// Values in this process, gone when it ends.
pub struct MemoryCache {
    clock: Arc<dyn Clock>,
    shelves: RwLock<HashMap<PluginName, Arc<Shelf>>>,
}

impl MemoryCache {
    /// An empty cache, whose values expire by `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            shelves: RwLock::default(),
        }
    }

    /// How many bytes the values have that a plugin holds, and what they cost.
    #[cfg(test)]
    pub(super) fn held(&self, plugin: &PluginName) -> (u64, u64) {
        let shelves = self.shelves.read().unwrap_or_else(PoisonError::into_inner);
        let Some(shelf) = shelves.get(plugin) else {
            return (0, 0);
        };
        let _placing = shelf.placing.lock();
        // What was deleted is gone, and no longer weighed from now on.
        shelf.values.run_pending_tasks();
        let sizes = shelf.values.iter().map(|(_, kept)| kept.bytes as u64);
        (sizes.sum(), shelf.values.weighted_size())
    }

    /// The plugin's values. A budget is fixed when its shelf is made: when it changes, the
    /// plugin begins with an empty one.
    fn shelf(&self, plugin: &PluginName, budget: u64) -> Arc<Shelf> {
        let fits = |shelf: &&Arc<Shelf>| shelf.budget == budget;
        let shelves = self.shelves.read();
        let shelves = shelves.unwrap_or_else(PoisonError::into_inner);
        if let Some(shelf) = shelves.get(plugin).filter(fits) {
            return Arc::clone(shelf);
        }
        drop(shelves);
        let shelves = self.shelves.write();
        let mut shelves = shelves.unwrap_or_else(PoisonError::into_inner);
        // Another call may have made it meanwhile.
        if let Some(shelf) = shelves.get(plugin).filter(fits) {
            return Arc::clone(shelf);
        }
        let shelf = Arc::new(Shelf::new(budget));
        shelves.insert(plugin.clone(), Arc::clone(&shelf));
        shelf
    }
}

impl Default for MemoryCache {
    fn default() -> Self {
        Self::new(Arc::new(SystemClock))
    }
}

impl CacheStore for MemoryCache {
    fn get<'a>(&'a self, place: Place<'a>) -> Answer<'a, Option<Vec<u8>>> {
        let shelf = self.shelf(place.plugin, place.budget);
        Answer::Ready(Ok(shelf.find(place.key, self.clock.now())))
    }

    fn set<'a>(&'a self, place: Place<'a>, value: Vec<u8>, life: Duration) -> Answer<'a, ()> {
        let now = self.clock.now();
        let kept = Kept {
            bytes: value.len(),
            value: ArcSwapOption::from_pointee(value.into_boxed_slice()),
            life,
            ends: now.checked_add(life).unwrap_or(now),
        };
        self.shelf(place.plugin, place.budget).keep(place.key, kept);
        Answer::Ready(Ok(()))
    }

    fn delete<'a>(&'a self, place: Place<'a>) -> Answer<'a, bool> {
        let shelf = self.shelf(place.plugin, place.budget);
        let kept = shelf.values.remove(place.key);
        Answer::Ready(Ok(kept.is_some_and(|kept| kept.lives(self.clock.now()))))
    }

    fn clear<'a>(&'a self, plugin: &'a PluginName, _: Instant) -> Answer<'a, ()> {
        let shelves = self.shelves.write();
        let mut shelves = shelves.unwrap_or_else(PoisonError::into_inner);
        shelves.remove(plugin);
        Answer::Ready(Ok(()))
    }
}

/// The values of one plugin.
struct Shelf {
    budget: u64,
    values: moka::sync::Cache<Arc<str>, Arc<Kept>>,
    /// Held from when a value comes until others have made room for it: what is held is more
    /// than the budget by one value at most, however many come at the same time.
    placing: Mutex<()>,
}

/// A value.
struct Kept {
    bytes: usize,
    /// Nothing as soon as it is no longer kept. The cache gives entries back much later than it
    /// removes them, and large values would add up to many times the budget meanwhile.
    value: ArcSwapOption<Box<[u8]>>,
    life: Duration,
    ends: SystemTime,
}

impl Kept {
    fn lives(&self, now: SystemTime) -> bool {
        now < self.ends
    }

    fn value(&self) -> Option<Vec<u8>> {
        self.value.load().as_ref().map(|value| value.to_vec())
    }
}

impl Shelf {
    fn new(budget: u64) -> Self {
        let weigh = move |key: &Arc<str>, kept: &Arc<Kept>| {
            u32::try_from(cost(key, kept.bytes, budget)).unwrap_or(u32::MAX)
        };
        // The last used are kept, and not the most used: a value that was set just now must
        // not be refused for being new.
        let values = moka::sync::Cache::builder()
            .max_capacity(budget)
            .weigher(weigh)
            .eviction_policy(EvictionPolicy::lru())
            .expire_after(Lives)
            .eviction_listener(|_, kept: Arc<Kept>, _: RemovalCause| kept.value.store(None))
            .build();
        Self {
            budget,
            values,
            placing: Mutex::default(),
        }
    }

    fn keep(&self, key: &str, kept: Kept) {
        let placing = self.placing.lock();
        let _placing = placing.unwrap_or_else(PoisonError::into_inner);
        self.values.insert(key.into(), Arc::new(kept));
        let (mut held, mut idle) = (u64::MAX, 0);
        while idle < MAX_IDLE_ROUNDS {
            self.values.run_pending_tasks();
            let holds = self.values.weighted_size();
            if holds <= self.budget {
                return;
            }
            // A round is short, and where a large value came it takes many.
            idle = if holds < held { 0 } else { idle + 1 };
            held = holds;
        }
    }

    fn find(&self, key: &str, now: SystemTime) -> Option<Vec<u8>> {
        for _ in 0..MAX_IDLE_ROUNDS {
            let kept = self.values.get(key).filter(|kept| kept.lives(now))?;
            if let Some(value) = kept.value() {
                return Some(value);
            }
        }
        None
    }
}

/// Frees what has expired, by the process's own time. What has expired by the clock is not
/// answered in any case.
struct Lives;

impl Expiry<Arc<str>, Arc<Kept>> for Lives {
    fn expire_after_create(&self, _: &Arc<str>, kept: &Arc<Kept>, _: Instant) -> Option<Duration> {
        Some(kept.life)
    }

    fn expire_after_update(
        &self,
        _: &Arc<str>,
        kept: &Arc<Kept>,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(kept.life)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Weak;

    use super::*;

    #[test]
    fn one_large_value_makes_room_of_many_small_ones() {
        let budget = 32 << 20;
        let shelf = Shelf::new(budget);
        let keep = |key: &str, bytes: usize| {
            let kept = Kept {
                bytes,
                value: ArcSwapOption::from_pointee(vec![1; bytes].into_boxed_slice()),
                life: Duration::from_secs(3600),
                ends: SystemTime::UNIX_EPOCH,
            };
            shelf.keep(key, kept);
        };
        for at in 0..80_000 {
            keep(&at.to_string(), 1);
        }
        assert!(shelf.values.entry_count() == 80_000);
        keep("large", 32 << 20);
        assert_eq!(shelf.values.entry_count(), 1);
        assert_eq!(shelf.values.weighted_size(), budget);
    }

    /// What makes room is not only no longer found: its memory is given back.
    #[test]
    fn what_made_room_is_freed() {
        let shelf = Shelf::new(64 * 1024);
        let mut values = Vec::new();
        for at in 0..2_000 {
            let bytes = 1_000 + at * 7 % 60_000;
            let value = Arc::new(vec![1; bytes].into_boxed_slice());
            values.push(Arc::downgrade(&value));
            let kept = Kept {
                bytes,
                value: ArcSwapOption::from(Some(value)),
                life: Duration::from_secs(60),
                ends: SystemTime::UNIX_EPOCH,
            };
            let key = (at % 1_500).to_string();
            shelf.keep(&key, kept);
            if at % 5 == 0 {
                shelf.values.remove(&*key);
            }
            let alive = values.iter().filter_map(Weak::upgrade);
            let bytes: usize = alive.map(|value| value.len()).sum();
            assert!(bytes <= 64 * 1024, "{bytes} bytes after {at} values");
        }
    }
}
