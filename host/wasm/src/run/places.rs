//! The places of the pool: how many of them an instance takes, and whether there are as many.
//! Counted ahead, because an instance that finds none half way is an error for whoever called.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use wasmtime::component::Component;

/// The pool's places, of which each has a memory, a table and a stack.
pub(crate) struct Places {
    most: u32,
    taken: AtomicU32,
}

impl Places {
    pub(crate) fn new(most: u32) -> Arc<Self> {
        Arc::new(Self {
            most,
            taken: AtomicU32::new(0),
        })
    }

    /// The places of one instance of a component; none if all that there are would not do, or
    /// nobody can say how many it takes.
    pub(crate) fn needed(&self, component: &Component) -> Option<u32> {
        let needed = component.resources_required()?;
        // A call takes a stack, and an instance has one call at a time.
        let places = needed.num_memories.max(needed.num_tables).max(1);
        (places <= self.most).then_some(places)
    }

    /// Takes places, if there are as many. Nobody waits: an instance is made without the pool
    /// then.
    pub(crate) fn take(self: &Arc<Self>, places: u32) -> Option<Taken> {
        let within = |taken: u32| taken.checked_add(places).filter(|sum| *sum <= self.most);
        self.taken
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, within)
            .ok()?;
        Some(Taken {
            places,
            of: Arc::clone(self),
        })
    }
}

/// Places that an instance has. Dropped after its store, which gives them back to the pool.
pub(crate) struct Taken {
    places: u32,
    of: Arc<Places>,
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.of.taken.fetch_sub(self.places, Ordering::AcqRel);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_as_there_are() {
        let places = Places::new(3);
        let first = places.take(2).unwrap();
        assert!(places.take(2).is_none());
        let second = places.take(1).unwrap();
        assert!(places.take(1).is_none());
        drop(first);
        assert!(places.take(2).is_some(), "what was given back");
        drop(second);
        assert!(places.take(3).is_some());
        assert!(places.take(u32::MAX).is_none());
    }
}
