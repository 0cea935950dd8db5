//! The connections of one database that are open. Small, because SQLite needs few, and our
//! own, because a connection remembers whose statements were prepared on it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::connection::{Guarded, Opening};
use crate::Fault;
use crate::db::limits::READING_CONNECTIONS;

/// Connections of one kind to one database.
#[derive(Clone)]
pub(super) struct Pool(Arc<Shared>);

struct Shared {
    opening: Opening,
    places: Arc<Semaphore>,
    idle: Mutex<Vec<Guarded>>,
}

impl Pool {
    pub(super) fn readers(opening: Opening) -> Self {
        Self::new(opening, READING_CONNECTIONS)
    }

    /// SQLite has one writer at a time. Here they queue fairly; in the engine they would try
    /// again and again.
    pub(super) fn writer(opening: Opening) -> Self {
        Self::new(opening, 1)
    }

    fn new(opening: Opening, places: usize) -> Self {
        Self(Arc::new(Shared {
            opening,
            places: Arc::new(Semaphore::new(places)),
            idle: Mutex::default(),
        }))
    }

    /// Waits for a place. Whoever holds one waits for no other, so that this wait ends.
    pub(super) async fn place(&self, deadline: Instant) -> Result<OwnedSemaphorePermit, Fault> {
        let places = Arc::clone(&self.0.places);
        match tokio::time::timeout_at(deadline.into(), places.acquire_owned()).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_)) | Err(_) => Err(Fault::Unavailable(
                "every connection to the database was in use until the deadline".to_owned(),
            )),
        }
    }

    /// A connection on which statements of this grant, or of none, were prepared. Opens one
    /// if need be, and so belongs on a blocking thread.
    pub(super) fn lease(&self, place: OwnedSemaphorePermit, stamp: u64) -> Result<Lease, Fault> {
        let found = {
            let mut idle = self.idle_connections();
            let same = idle.iter().position(|it| it.stamp == stamp);
            match same {
                Some(at) => Some(idle.swap_remove(at)),
                None => idle.pop(),
            }
        };
        let mut guarded = match found {
            Some(guarded) => guarded,
            None => self.0.opening.open()?,
        };
        guarded.prepare_for(stamp);
        Ok(Lease {
            guarded: Some(guarded),
            pool: self.clone(),
            _place: place,
        })
    }

    pub(super) fn idle(&self) -> usize {
        self.idle_connections().len()
    }

    pub(super) fn free(&self) -> usize {
        self.0.places.available_permits()
    }

    fn idle_connections(&self) -> MutexGuard<'_, Vec<Guarded>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Guarded {
    /// What was prepared under another grant would pass the wall unseen: it is forgotten.
    pub(super) fn prepare_for(&mut self, stamp: u64) {
        if self.stamp != stamp {
            self.engine.flush_prepared_statement_cache();
            self.stamp = stamp;
        }
    }
}

/// A connection that a task owns. Dropping it closes the connection.
pub(super) struct Lease {
    guarded: Option<Guarded>,
    pool: Pool,
    _place: OwnedSemaphorePermit,
}

impl Lease {
    pub(super) fn guarded(&self) -> Result<&Guarded, Fault> {
        self.guarded.as_ref().ok_or_else(gone)
    }

    pub(super) fn guarded_mut(&mut self) -> Result<&mut Guarded, Fault> {
        self.guarded.as_mut().ok_or_else(gone)
    }

    /// Whether a transaction is open on the connection.
    pub(super) fn is_in_transaction(&self) -> bool {
        let guarded = self.guarded.as_ref();
        guarded.is_some_and(|it| !it.engine.is_autocommit())
    }

    /// Keeps the connection for the next, unless something is open on it.
    pub(super) fn give_back(mut self) {
        if self.is_in_transaction() {
            return;
        }
        if let Some(guarded) = self.guarded.take() {
            self.pool.idle_connections().push(guarded);
        }
    }

    /// Closes the connection, and undoes what is open on it.
    pub(super) fn close(self) {
        drop(self);
    }
}

fn gone() -> Fault {
    Fault::Unavailable("the connection is closed".to_owned())
}
