//! Sessions: one page render, HTTP request, job or hook run.
//!
//! A session has one actor, one locale, one deadline, and one instance per plugin and
//! call depth. Between two calls an instance is parked in the session; a call takes it
//! out and a runtime parks it again only after the call ended well. Runtimes park what
//! they like: the session sees a box.
//!
//! Waiting happens once, when a session checks out its first instance and holds nothing
//! yet (`admission.rs`), so that sessions cannot deadlock.

mod admission;

use std::any::Any;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use goatkit_capability::{CallFacts, SessionFacts, Within};
use goatkit_package::PluginName;

use crate::{CallError, PluginId};

pub use admission::{Admission, PluginGate, SessionGate};

/// How deep plugins may call each other. Deeper than any honest chain, and shallow
/// enough that a plugin that calls itself takes few instances down with it.
const MAX_DEPTH: u32 = 8;

/// A session, or one call depth of it. Clones are the same session; what it holds goes
/// when the last of them is dropped.
#[derive(Clone)]
pub struct Session {
    shared: Arc<Shared>,
    depth: u32,
    caller: Option<PluginName>,
    /// When calls of this clone end, never later than the session does.
    deadline: Instant,
}

struct Shared {
    facts: Arc<SessionFacts>,
    gate: SessionGate,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    parked: Vec<Slot>,
    entrance: admission::Entrance,
}

/// A parked instance: of one plugin, at one depth.
struct Slot {
    plugin: PluginId,
    depth: u32,
    instance: Box<dyn Any + Send>,
}

impl Session {
    /// A session that holds nothing yet. It takes a place in `gate` at its first call.
    pub fn open(facts: SessionFacts, gate: &SessionGate) -> Self {
        let deadline = facts.deadline;
        let shared = Shared {
            facts: Arc::new(facts),
            gate: gate.clone(),
            state: Mutex::default(),
        };
        Self {
            shared: Arc::new(shared),
            depth: 0,
            caller: None,
            deadline,
        }
    }

    /// The session that a call is in, as that call sees it; nothing outside of one.
    pub fn of(facts: &CallFacts) -> Option<Self> {
        let Within { session, depth } = &facts.within;
        let shared = session.as_ref()?.upgrade()?.downcast().ok()?;
        Some(Self {
            shared,
            depth: *depth,
            caller: facts.caller.clone(),
            deadline: facts.deadline,
        })
    }

    /// The same session, whose calls end at `deadline` if that is sooner.
    #[must_use]
    pub fn until(&self, deadline: Instant) -> Self {
        let mut session = self.clone();
        session.deadline = session.deadline.min(deadline);
        session
    }

    /// When calls of it end.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// The session's facts.
    pub fn facts(&self) -> &Arc<SessionFacts> {
        &self.shared.facts
    }

    /// How many plugins called each other to come here.
    pub fn depth(&self) -> u32 {
        self.depth
    }

    /// The same session, one call deeper: `caller` calls another plugin.
    ///
    /// # Errors
    /// [`CallErrorKind::TooDeep`](crate::CallErrorKind::TooDeep).
    pub fn nested(
        &self,
        caller: &PluginName,
        target: &dyn fmt::Display,
    ) -> Result<Self, CallError> {
        if self.depth == MAX_DEPTH {
            return Err(CallError::too_deep(caller, target, MAX_DEPTH));
        }
        let shared = Arc::clone(&self.shared);
        Ok(Self {
            shared,
            depth: self.depth + 1,
            caller: Some(caller.clone()),
            deadline: self.deadline,
        })
    }

    /// The facts of a call that may take `limit`, within the session's own deadline.
    pub fn call_facts(&self, limit: Duration) -> CallFacts {
        let deadline = Instant::now().checked_add(limit);
        CallFacts {
            session: Arc::clone(&self.shared.facts),
            caller: self.caller.clone(),
            deadline: deadline.map_or(self.deadline, |call| call.min(self.deadline)),
            within: Within {
                session: Some(Arc::downgrade(&self.shared) as _),
                depth: self.depth,
            },
        }
    }

    /// Takes this depth's instance of `plugin` out of its slot.
    pub fn take<T: Send + 'static>(&self, plugin: PluginId) -> Option<Box<T>> {
        let mut state = self.state();
        let slot = |slot: &Slot| slot.plugin == plugin && slot.depth == self.depth;
        let index = state.parked.iter().position(slot)?;
        let slot = state.parked.swap_remove(index);
        drop(state);
        slot.instance.downcast().ok()
    }

    /// Parks an instance until the next call of `plugin` at this depth, or the session's
    /// end. Calls of one session may run side by side: what does not fit is handed back.
    pub fn park<T: Send + 'static>(&self, plugin: PluginId, instance: Box<T>) -> Option<Box<T>> {
        let mut state = self.state();
        let taken = |slot: &Slot| slot.plugin == plugin && slot.depth == self.depth;
        if state.parked.iter().any(taken) {
            return Some(instance);
        }
        state.parked.push(Slot {
            plugin,
            depth: self.depth,
            instance,
        });
        None
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
