//! How a password is kept: as an Argon2id hash, which costs whoever guesses memory and time.
//!
//! It costs us the same, so only a few are made at a time, whoever asks for them.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{Error, PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::error::PeopleError;
use crate::words::MAX_PASSWORD_BYTES;

/// Memory of one hash in KiB. This and the two below are what OWASP's cheat sheet on the
/// storage of passwords names as the least for Argon2id: 19 MiB, two passes, one lane.
const MEMORY: u32 = 19 * 1024;

/// Passes over that memory.
const PASSES: u32 = 2;

/// Lanes: one, since many people sign in side by side anyway.
const LANES: u32 = 1;

/// Hashes that are made at a time: together they have 76 MiB, and leave threads for the rest.
const AT_ONCE: usize = 4;

/// How many more wait for that. Each takes some hundredths of a second, so the last one waits
/// for a second or two; whoever comes then is told to come again.
const WAITING: usize = 60;

/// Stands for the password of those who are not there: checking it takes as long.
const NOBODY: &[u8] = b"nobody has this salt";

/// Makes and checks hashes. Clones share the bound.
#[derive(Clone)]
pub(crate) struct Hashing {
    argon: Argon2<'static>,
    /// Those that may ask, and of them those whose hash is being made.
    places: Arc<Semaphore>,
    at_once: Arc<Semaphore>,
    #[cfg(test)]
    pub(crate) seen: Arc<tests::Seen>,
}

impl Hashing {
    /// # Errors
    /// The numbers above do not fit together.
    pub(crate) fn new() -> Result<Self, PeopleError> {
        let params = Params::new(MEMORY, PASSES, LANES, None);
        let params = params.map_err(|error| PeopleError::Hash(error.into()))?;
        Ok(Self::of(params, AT_ONCE, WAITING))
    }

    fn of(params: Params, at_once: usize, waiting: usize) -> Self {
        Self {
            argon: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            places: Arc::new(Semaphore::new(at_once + waiting)),
            at_once: Arc::new(Semaphore::new(at_once)),
            #[cfg(test)]
            seen: Arc::default(),
        }
    }

    /// What is kept of a password.
    ///
    /// # Errors
    /// [`PeopleError::Busy`], or that it cannot be made.
    pub(crate) async fn hash(&self, password: &str) -> Result<String, PeopleError> {
        let (argon, password) = (self.argon.clone(), password.to_owned());
        let made = self.run(move || argon.hash_password(password.as_bytes()));
        let made: PasswordHash = made.await?.map_err(PeopleError::Hash)?;
        Ok(made.to_string())
    }

    /// Whether `password` is the one of which `kept` is kept. Nothing is nobody's password, and
    /// to find that out takes as long.
    ///
    /// # Errors
    /// [`PeopleError::Busy`], or what is kept is damaged.
    pub(crate) async fn verify(
        &self,
        password: &str,
        kept: Option<String>,
    ) -> Result<bool, PeopleError> {
        let argon = self.argon.clone();
        // One that is longer is nobody's.
        let fits = password.len() <= MAX_PASSWORD_BYTES;
        let (password, kept) = match fits {
            true => (password.to_owned(), kept),
            false => (String::new(), None),
        };
        let verified = self.run(move || match kept {
            Some(kept) => argon.verify_password(password.as_bytes(), kept.as_str()),
            None => {
                let mut hash = [0; Params::DEFAULT_OUTPUT_LEN];
                argon.hash_password_into(password.as_bytes(), NOBODY, &mut hash)?;
                std::hint::black_box(hash);
                Err(Error::PasswordInvalid)
            }
        });
        match verified.await? {
            Ok(()) => Ok(true),
            Err(Error::PasswordInvalid) => Ok(false),
            Err(error) => Err(PeopleError::Hash(error)),
        }
    }

    /// Does it on a thread that may block, when it is its turn. Whoever asked may go; what was
    /// begun keeps its place to its end, so that memory stays bounded all the same.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PeopleError> {
        let busy = |_| PeopleError::Busy;
        let place = Arc::clone(&self.places).try_acquire_owned();
        let place = place.map_err(|_| PeopleError::Busy)?;
        let turn = Arc::clone(&self.at_once).acquire_owned().await;
        let turn = turn.map_err(busy)?;
        #[cfg(test)]
        let seen = Arc::clone(&self.seen);
        let done = tokio::task::spawn_blocking(move || {
            let done = {
                #[cfg(test)]
                let _running = seen.begin();
                work()
            };
            drop((turn, place));
            done
        });
        match done.await {
            Ok(done) => Ok(done),
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The host is stopping.
                Err(_) => Err(PeopleError::Busy),
            },
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// How many hashes were made, and how many at once.
    #[derive(Default)]
    pub(crate) struct Seen {
        pub(crate) made: AtomicUsize,
        running: AtomicUsize,
        most: AtomicUsize,
    }

    impl Seen {
        pub(crate) fn begin(self: &Arc<Self>) -> Running {
            self.made.fetch_add(1, Ordering::SeqCst);
            let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(running, Ordering::SeqCst);
            Running(Arc::clone(self))
        }
    }

    pub(crate) struct Running(Arc<Seen>);

    impl Drop for Running {
        fn drop(&mut self) {
            self.0.running.fetch_sub(1, Ordering::SeqCst);
        }
    }

    /// Hashes that cost next to nothing.
    pub(crate) fn cheap() -> Hashing {
        Hashing::of(Params::new(8, 1, 1, None).unwrap(), AT_ONCE, WAITING)
    }

    #[tokio::test]
    async fn what_is_kept_is_argon2id_as_prescribed() {
        let hashing = Hashing::new().unwrap();
        let kept = hashing.hash("correct horse").await.unwrap();
        assert!(
            kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{kept}"
        );
        assert!(!kept.contains("horse"));
        let again = hashing.hash("correct horse").await.unwrap();
        assert_ne!(kept, again, "each has a salt of its own");
        assert!(
            hashing
                .verify("correct horse", Some(kept.clone()))
                .await
                .unwrap()
        );
        assert!(!hashing.verify("correct Horse", Some(kept)).await.unwrap());
    }

    #[tokio::test]
    async fn nobodys_password_costs_a_hash_too() {
        let hashing = cheap();
        let kept = hashing.hash("correct horse").await.unwrap();
        let made = || hashing.seen.made.swap(0, Ordering::SeqCst);
        made();
        for (password, kept, expect) in [
            ("correct horse", Some(kept.clone()), true),
            ("wrong", Some(kept.clone()), false),
            ("correct horse", None, false),
            ("", None, false),
            (&"a".repeat(1 << 20), Some(kept), false),
        ] {
            assert_eq!(hashing.verify(password, kept).await.unwrap(), expect);
            assert_eq!(made(), 1);
        }
        let damaged = hashing.verify("x", Some("$argon2id$".to_owned())).await;
        assert!(matches!(damaged, Err(PeopleError::Hash(_))));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn few_are_made_at_a_time_and_few_wait() {
        let hashing = Hashing::of(Params::new(1024, 1, 1, None).unwrap(), 2, 10);
        let all: Vec<_> = (0..100)
            .map(|_| {
                let hashing = hashing.clone();
                tokio::spawn(async move { hashing.hash("correct horse").await })
            })
            .collect();
        let mut made = 0;
        for one in all {
            match one.await.unwrap() {
                Ok(_) => made += 1,
                Err(error) => assert!(matches!(error, PeopleError::Busy), "{error}"),
            }
        }
        assert!(made >= 12, "{made}");
        assert_eq!(hashing.seen.made.load(Ordering::SeqCst), made);
        assert!(hashing.seen.most.load(Ordering::SeqCst) <= 2);
        // The places are free again.
        hashing.hash("correct horse").await.unwrap();
    }

    #[tokio::test]
    async fn whoever_comes_when_all_places_are_taken_is_told() {
        let hashing = Hashing::of(Params::new(8, 1, 1, None).unwrap(), 1, 0);
        let place = Arc::clone(&hashing.places).try_acquire_owned().unwrap();
        let busy = hashing.hash("correct horse").await.unwrap_err();
        assert!(busy.to_string().contains("try again"), "{busy}");
        drop(place);
        hashing.hash("correct horse").await.unwrap();
    }
}
