//! Who may take an instance now, who waits, and who is turned away.
//!
//! A session that holds nothing waits its turn, first for an instance of the plugin,
//! then for a place among the host's sessions. From then on it never waits: it gets an
//! instance beyond the plugin's bound, or is told at once that there is none. So no
//! session ever waits while it holds what another waits for.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use goatkit_package::PluginName;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout_at;

use super::Session;
use crate::CallError;

/// The host-wide bound on sessions that have entered a plugin. It keeps finite what goes
/// beyond the plugins' own bounds.
#[derive(Clone)]
pub struct SessionGate {
    places: Arc<Semaphore>,
}

impl SessionGate {
    /// A gate for `sessions` at a time.
    pub fn new(sessions: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(sessions)),
        }
    }

    /// Places that are free now.
    pub fn free(&self) -> usize {
        self.places.available_permits()
    }

    /// Lets nobody in any more. Who is inside may stay.
    pub fn close(&self) {
        self.places.close();
    }
}

/// A plugin's bound on instances.
pub struct PluginGate {
    places: Arc<Semaphore>,
    bound: usize,
    beyond: Arc<AtomicUsize>,
}

impl PluginGate {
    /// A gate for `instances` at a time, and as many again for sessions that already
    /// hold something and therefore may not wait.
    pub fn new(instances: u32) -> Self {
        let bound = instances as usize;
        let places = Arc::new(Semaphore::new(bound));
        Self {
            places,
            bound,
            beyond: Arc::default(),
        }
    }

    /// Instances that may be made now without going beyond the bound.
    pub fn free(&self) -> usize {
        self.places.available_permits()
    }

    fn try_enter(&self) -> Option<Admission> {
        if let Ok(permit) = Arc::clone(&self.places).try_acquire_owned() {
            return Some(Admission(Place::Within(permit)));
        }
        let within = |beyond: usize| (beyond < self.bound).then_some(beyond + 1);
        self.beyond
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, within)
            .ok()?;
        Some(Admission(Place::Beyond(Arc::clone(&self.beyond))))
    }
}

/// The right to have one instance. Dropped together with the instance.
pub struct Admission(Place);

enum Place {
    #[allow(dead_code)] // held for its drop
    Within(OwnedSemaphorePermit),
    Beyond(Arc<AtomicUsize>),
}

impl Drop for Admission {
    fn drop(&mut self) {
        if let Place::Beyond(beyond) = &self.0 {
            beyond.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

/// Where a session stands with the host's gate.
#[derive(Default)]
pub(super) enum Entrance {
    /// It holds nothing.
    #[default]
    Outside,
    /// One of its calls is waiting; whatever else it calls meanwhile does not wait.
    Waiting,
    /// It has its place until it ends.
    Inside { _place: OwnedSemaphorePermit },
}

impl Session {
    /// The right to one more instance of `plugin`.
    ///
    /// # Errors
    /// [`CallErrorKind::Busy`](crate::CallErrorKind::Busy): at the deadline when this is
    /// the session's first instance, at once when it is not.
    pub async fn admit(
        &self,
        gate: &PluginGate,
        plugin: &PluginName,
        target: &(dyn fmt::Display + Sync),
        deadline: Instant,
    ) -> Result<Admission, CallError> {
        let busy = || CallError::busy(plugin, target, gate.bound);
        if !self.starts_waiting() {
            return gate.try_enter().ok_or_else(busy);
        }
        let mut waiting = Waiting {
            session: self,
            place: None,
        };
        let instance = by(deadline, Arc::clone(&gate.places).acquire_owned()).await;
        let instance = instance.ok_or_else(busy)?;
        let places = Arc::clone(&self.shared.gate.places);
        let place = by(deadline, places.acquire_owned()).await;
        let none = || match self.shared.gate.places.is_closed() {
            true => CallError::stopping(plugin, target),
            false => CallError::host_busy(plugin, target),
        };
        waiting.place = Some(place.ok_or_else(none)?);
        Ok(Admission(Place::Within(instance)))
    }

    /// Whether this call is the one of its session that waits.
    fn starts_waiting(&self) -> bool {
        let mut state = self.state();
        let outside = matches!(state.entrance, Entrance::Outside);
        if outside {
            state.entrance = Entrance::Waiting;
        }
        outside
    }
}

/// Ends the waiting of a session however it ends: inside with a place, else outside
/// again, also when the call is dropped half way.
struct Waiting<'s> {
    session: &'s Session,
    place: Option<OwnedSemaphorePermit>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.session.state().entrance = match self.place.take() {
            Some(_place) => Entrance::Inside { _place },
            None => Entrance::Outside,
        };
    }
}

/// What `future` gives before `deadline`; nothing where the semaphore was closed.
async fn by<T, E>(deadline: Instant, future: impl Future<Output = Result<T, E>>) -> Option<T> {
    timeout_at(deadline.into(), future).await.ok()?.ok()
}
