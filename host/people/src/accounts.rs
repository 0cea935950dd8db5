//! The built-in people: what all of their parts share, and how a change is made.
//!
//! A change is written down first and in force with the next request: what requests ask is in
//! memory (`sessions`), and brought in line before the change is answered.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use goatkit_capability::{Clock, PlatformDb};
use rusqlite::Connection;

use crate::directory::Visitor;
use crate::error::PeopleError;
use crate::hashing::Hashing;
use crate::layout;
use crate::place::Place;
use crate::secret;
use crate::sessions::{self, Live};
use crate::throttle::Throttle;

/// The built-in people. Clones share everything.
#[derive(Clone)]
pub struct Accounts(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) platform: PlatformDb,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) hashing: Hashing,
    pub(crate) throttle: Mutex<Throttle>,
    live: Mutex<Live>,
    /// Held from before a change is written until memory has it: two changes reach memory in
    /// the order in which they were written.
    writing: Mutex<()>,
}

/// What a transaction gave, or why it changed nothing.
pub(crate) type Outcome<T> = rusqlite::Result<Result<T, PeopleError>>;

impl Accounts {
    /// The people of a platform's database. Blocks.
    ///
    /// # Errors
    /// [`PeopleError`] when the database cannot be used.
    pub fn open(platform: PlatformDb, clock: Arc<dyn Clock>) -> Result<Self, PeopleError> {
        Self::of(platform, clock, Hashing::new()?)
    }

    pub(crate) fn of(
        platform: PlatformDb,
        clock: Arc<dyn Clock>,
        hashing: Hashing,
    ) -> Result<Self, PeopleError> {
        layout::lay_out(&platform)?;
        let now = clock.now();
        let live = platform.with(|db| Live::read(db, now))?;
        Ok(Self(Arc::new(Inner {
            platform,
            clock,
            hashing,
            throttle: Mutex::new(Throttle::new()),
            live: Mutex::new(live),
            writing: Mutex::new(()),
        })))
    }

    /// Who is signed in to the application with a token, and what he may do now. Cheap: it is
    /// asked for each request.
    pub fn visitor(&self, token: &str) -> Option<Visitor> {
        self.visitor_at(Place::Application, token)
    }

    /// The same of a place.
    pub fn visitor_at(&self, place: Place, token: &str) -> Option<Visitor> {
        let kept = secret::kept(token)?;
        let now = self.0.clock.now();
        let seen = self.0.live().see(place, &kept, now)?;
        if seen.is_news {
            self.note_seen(kept, now);
        }
        Some(seen.visitor)
    }

    /// Reads again what another process may have changed before this one took the data folder
    /// over.
    ///
    /// # Errors
    /// [`PeopleError`] when the database cannot be read.
    pub async fn reread(&self) -> Result<(), PeopleError> {
        let now = self.0.clock.now();
        let read = move |db: &Connection| Live::read(db, now).map(Ok);
        let known = |live: &mut Live, read: Live| *live = read;
        self.change(read, known).await
    }

    /// Reads something in one transaction.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Outcome<T> + Send + 'static,
    ) -> Result<T, PeopleError> {
        let inner = Arc::clone(&self.0);
        apart(move || inner.platform.with(work)?).await
    }

    /// Changes something: `work` in one transaction, then what requests ask, in `memory`.
    pub(crate) async fn change<T: Send + 'static, A: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Outcome<T> + Send + 'static,
        memory: impl FnOnce(&mut Live, T) -> A + Send + 'static,
    ) -> Result<A, PeopleError> {
        let inner = Arc::clone(&self.0);
        apart(move || {
            let _writing = locked(&inner.writing);
            let done = inner.platform.with(work)??;
            Ok(memory(&mut inner.live(), done))
        })
        .await
    }

    /// Notes when a session was seen last, beside the request that it came with.
    fn note_seen(&self, kept: secret::Kept, now: std::time::SystemTime) {
        let platform = self.0.platform.clone();
        let note = move || {
            let noted = platform.with(|db| sessions::note(db, &kept, now));
            if let Err(error) = noted {
                // After a restart the session ends some minutes too early.
                tracing::error!("when a session was seen cannot be noted: {error}");
            }
        };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(note)),
            Err(_) => note(),
        }
    }
}

impl Inner {
    pub(crate) fn live(&self) -> MutexGuard<'_, Live> {
        locked(&self.live)
    }
}

/// A lock whose holder panicked is taken all the same: nothing here is half changed then.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does what blocks on a thread that may. It is done to its end, whoever waits for it.
pub(crate) async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PeopleError> + Send + 'static,
) -> Result<T, PeopleError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The host is stopping.
            Err(_) => Err(PeopleError::Busy),
        },
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use goatkit_capability::ManualClock;

    use super::*;
    use crate::hashing::tests::cheap;
    use crate::{NewUser, SessionToken};

    /// A password of everybody's.
    pub(crate) const PASSWORD: &str = "correct horse battery";

    /// People in memory, and the clock that they go by.
    pub(crate) fn people() -> (Accounts, Arc<ManualClock>) {
        let platform = PlatformDb::in_memory().unwrap();
        let clock = Arc::new(ManualClock::at(UNIX_EPOCH + Duration::from_secs(1_000_000)));
        (again(&platform, &clock), clock)
    }

    /// The same people, as after a restart.
    pub(crate) fn again(platform: &PlatformDb, clock: &Arc<ManualClock>) -> Accounts {
        let clock = Arc::clone(clock) as Arc<dyn Clock>;
        Accounts::of(platform.clone(), clock, cheap()).unwrap()
    }

    /// Somebody with roles.
    pub(crate) fn somebody(login: &str, roles: &[&str]) -> NewUser {
        NewUser {
            login: login.to_owned(),
            kind: "agent".to_owned(),
            id: None,
            password: PASSWORD.into(),
            roles: roles.iter().map(|&it| it.to_owned()).collect(),
        }
    }

    /// Signs somebody in who is there.
    pub(crate) async fn signed_in(people: &Accounts, login: &str) -> SessionToken {
        people.sign_in(login, PASSWORD, None).await.unwrap()
    }
}
