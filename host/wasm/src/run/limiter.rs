//! Counts the memories and tables of an instance: all of them together against the
//! plugin's limit, all instances together against the host's budget.
//!
//! A growth that was allowed and then failed stays counted: wasmtime also reports failures
//! of growths that it never asked about, and a guest could undo its own count with them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use goatkit_runtime::Usage;
use wasmtime::ResourceLimiter;

use crate::figures;

/// Bytes that a table's element takes in the host.
const TABLE_ELEMENT: u64 = 8;

/// Memories of one instance: far more than interpreters have. Each takes address space of four
/// GiB where it is not the pool's, however small it is.
const MAX_MEMORIES: usize = 100;

/// What all instances of a host may take together.
pub(crate) struct Budget {
    most: u64,
    taken: AtomicU64,
}

impl Budget {
    pub(crate) fn new(most: u64) -> Arc<Self> {
        Arc::new(Self {
            most,
            taken: AtomicU64::new(0),
        })
    }

    fn take(&self, bytes: u64) -> bool {
        let within = |taken: u64| taken.checked_add(bytes).filter(|sum| *sum <= self.most);
        self.taken
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, within)
            .is_ok()
    }

    fn give_back(&self, bytes: u64) {
        self.taken.fetch_sub(bytes, Ordering::AcqRel);
    }
}

/// What the instances of one plugin hold together. Nothing is decided by it: it is shown.
#[derive(Default)]
pub(crate) struct Held {
    instances: AtomicU64,
    memory: AtomicU64,
}

impl Held {
    pub(crate) fn usage(&self) -> Usage {
        Usage {
            instances: self.instances.load(Ordering::Relaxed),
            memory: self.memory.load(Ordering::Relaxed),
        }
    }
}

/// Who refused to let an instance grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The plugin's own limit.
    Plugin,
    /// The host's budget.
    Host,
}

/// The count of one instance.
pub(crate) struct Limiter {
    limit: u64,
    taken: u64,
    held: Arc<Held>,
    budget: Arc<Budget>,
    refused: Option<Refused>,
}

impl Limiter {
    pub(crate) fn new(limit: u64, held: Arc<Held>, budget: Arc<Budget>) -> Self {
        held.instances.fetch_add(1, Ordering::Relaxed);
        figures::instance_made();
        Self {
            limit,
            taken: 0,
            held,
            budget,
            refused: None,
        }
    }

    /// Who refused a growth since this was last asked. A guest that was refused mostly
    /// ends in `unreachable` a moment later, which alone would say nothing.
    pub(crate) fn take_refused(&mut self) -> Option<Refused> {
        self.refused.take()
    }

    /// The plugin's limit in bytes.
    pub(crate) fn limit(&self) -> u64 {
        self.limit
    }

    fn grow(&mut self, by: u64) -> bool {
        let refused = if self.taken.saturating_add(by) > self.limit {
            Some(Refused::Plugin)
        } else if !self.budget.take(by) {
            Some(Refused::Host)
        } else {
            None
        };
        if refused.is_some() {
            self.refused = refused;
            return false;
        }
        self.taken += by;
        self.held.memory.fetch_add(by, Ordering::Relaxed);
        figures::memory_grown(by);
        true
    }
}

impl Drop for Limiter {
    fn drop(&mut self) {
        self.budget.give_back(self.taken);
        self.held.memory.fetch_sub(self.taken, Ordering::Relaxed);
        self.held.instances.fetch_sub(1, Ordering::Relaxed);
        figures::memory_dropped(self.taken);
        figures::instance_dropped();
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // Beyond its own maximum a memory does not grow whatever we say.
        let possible = maximum.is_none_or(|maximum| desired <= maximum);
        Ok(possible && self.grow(desired.saturating_sub(current) as u64))
    }

    fn memories(&self) -> usize {
        MAX_MEMORIES
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let elements = desired.saturating_sub(current) as u64;
        let possible = maximum.is_none_or(|maximum| desired <= maximum);
        Ok(possible && self.grow(elements.saturating_mul(TABLE_ELEMENT)))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn memories_and_tables_are_summed_against_the_plugins_limit() {
        let budget = Budget::new(1000);
        let mut limiter = Limiter::new(100, Arc::default(), Arc::clone(&budget));
        assert!(limiter.memory_growing(0, 50, None).unwrap());
        assert!(limiter.table_growing(0, 5, None).unwrap());
        assert!(
            !limiter.memory_growing(0, 11, None).unwrap(),
            "50 + 40 + 11"
        );
        assert_eq!(limiter.take_refused(), Some(Refused::Plugin));
        assert!(
            limiter.memory_growing(50, 60, None).unwrap(),
            "only the difference counts"
        );
    }

    #[test]
    fn a_growth_that_fails_gives_nothing_back() {
        let budget = Budget::new(1000);
        let mut limiter = Limiter::new(100, Arc::default(), Arc::clone(&budget));
        assert!(limiter.memory_growing(0, 100, None).unwrap());
        limiter
            .table_grow_failed(wasmtime::Error::msg("never asked"))
            .unwrap();
        assert!(!limiter.memory_growing(100, 101, None).unwrap());
        drop(limiter);
        assert_eq!(budget.taken.load(Ordering::Acquire), 0);
    }

    #[test]
    fn the_hosts_budget_holds_over_all_and_is_given_back_with_an_instance() {
        let budget = Budget::new(150);
        let mut first = Limiter::new(100, Arc::default(), Arc::clone(&budget));
        let mut second = Limiter::new(100, Arc::default(), Arc::clone(&budget));
        assert!(first.memory_growing(0, 100, None).unwrap());
        assert!(!second.memory_growing(0, 100, None).unwrap());
        assert_eq!(second.take_refused(), Some(Refused::Host));
        drop(first);
        assert!(second.memory_growing(0, 100, None).unwrap());
    }

    #[test]
    fn what_a_plugin_holds_is_shown_and_goes_with_its_instances() {
        let held = Arc::<Held>::default();
        let limiter = || Limiter::new(100, Arc::clone(&held), Budget::new(1000));
        let (mut first, second) = (limiter(), limiter());
        assert!(first.memory_growing(0, 60, None).unwrap());
        assert_eq!(
            held.usage(),
            Usage {
                instances: 2,
                memory: 60
            }
        );
        drop((first, second));
        assert_eq!(held.usage(), Usage::default());
    }

    #[test]
    fn what_the_memory_itself_forbids_is_not_counted() {
        let mut limiter = Limiter::new(100, Arc::default(), Budget::new(1000));
        assert!(!limiter.memory_growing(0, 50, Some(10)).unwrap());
        assert_eq!((limiter.taken, limiter.take_refused()), (0, None));
    }
}
