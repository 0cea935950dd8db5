//! Signing in and out.
//!
//! Whoever fails learns nothing: a login that is not there, a password that is wrong and a user
//! who is disabled have the same answer, and it costs the same hash.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use metrics::counter;
use rusqlite::{Connection, OptionalExtension, params};

use crate::Accounts;
use crate::accounts::locked;
use crate::error::PeopleError;
use crate::place::Place;
use crate::secret;
use crate::sessions::{self, PERSON, Person, person};
use crate::words::Login;

/// What a browser shows to be known again, in the cookie of the [`Place`]. A secret.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(String);

impl SessionToken {
    /// The value of the cookie: letters, digits, `-` and `_`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// There is no such user, or not with this password, or he may not sign in.
    #[error("the login or the password is wrong")]
    Wrong,
    /// Too many failures.
    #[error(
        "too many attempts failed: try again in {} seconds",
        seconds(retry_after)
    )]
    TooMany {
        /// How long to wait.
        retry_after: Duration,
    },
    /// Too many sign in at the moment.
    #[error("too many people are signing in: try again in a moment")]
    Busy,
    /// The host cannot.
    #[error(transparent)]
    People(PeopleError),
}

/// Whole seconds, so that nobody comes too early.
fn seconds(wait: &Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

impl From<PeopleError> for SignInError {
    fn from(error: PeopleError) -> Self {
        match error {
            PeopleError::Busy => Self::Busy,
            error => Self::People(error),
        }
    }
}

impl Accounts {
    /// Signs somebody in to the application who asks from an address, if it is known. Each time
    /// the token is another one.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn sign_in(
        &self,
        login: &str,
        password: &str,
        from: Option<IpAddr>,
    ) -> Result<SessionToken, SignInError> {
        self.sign_in_at(Place::Application, login, password, from)
            .await
    }

    /// The same at a place. What failed at one counts at the other: it is the same password.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn sign_in_at(
        &self,
        place: Place,
        login: &str,
        password: &str,
        from: Option<IpAddr>,
    ) -> Result<SessionToken, SignInError> {
        let parsed = Login::parse(login);
        let counted = parsed.as_ref().map_or(login, Login::key);
        let now = self.0.clock.now();
        let begun = locked(&self.0.throttle).begin(counted, from, now);
        let attempt = begun.map_err(|retry_after| {
            let too_many = SignInError::TooMany { retry_after };
            count(place, Err(&too_many));
            too_many
        })?;
        let judged = self.judged(place, parsed.ok(), password).await;
        count(place, judged.as_ref().map(drop));
        let mut throttle = locked(&self.0.throttle);
        match &judged {
            Ok(_) => throttle.succeeded(&attempt),
            // It stays counted as the failure that it is.
            Err(SignInError::Wrong) => {}
            Err(_) => throttle.not_judged(&attempt),
        }
        judged
    }

    /// Ends a session. A token that opens none is nobody's concern.
    ///
    /// # Errors
    /// [`PeopleError`] when the database cannot be written; the session goes on then.
    pub async fn sign_out(&self, token: &str) -> Result<(), PeopleError> {
        let Some(kept) = secret::kept(token) else {
            return Ok(());
        };
        let delete = move |db: &Connection| {
            db.execute("DELETE FROM sign_ins WHERE token = ?", [kept])?;
            Ok(Ok(()))
        };
        self.change(delete, move |live, ()| live.end(&kept)).await
    }

    async fn judged(
        &self,
        place: Place,
        login: Option<Login>,
        password: &str,
    ) -> Result<SessionToken, SignInError> {
        let row = match login {
            Some(login) => self.read(move |db| known(db, &login).map(Ok)).await?,
            None => None,
        };
        let (number, kept) = row.unzip();
        let right = self.0.hashing.verify(password, kept.clone()).await?;
        let (true, Some(number), Some(password)) = (right, number, kept) else {
            return Err(SignInError::Wrong);
        };
        let token = secret::fresh().map_err(PeopleError::Random)?;
        let Some(kept) = secret::kept(&token) else {
            return Err(SignInError::Wrong);
        };
        let now = self.0.clock.now();
        let open = move |db: &Connection| match still(db, number, &password)? {
            Some(person) => sessions::open(db, kept, place, person, now).map(|it| Ok(Some(it))),
            None => Ok(Ok(None)),
        };
        let opened = self.change(open, |live, opened| {
            opened.map(|opened| live.start(opened)).is_some()
        });
        match opened.await? {
            true => Ok(SessionToken(token)),
            false => Err(SignInError::Wrong),
        }
    }
}

/// Counts how somebody fared who wanted to sign in.
fn count(place: Place, ended: Result<(), &SignInError>) {
    let outcome = match ended {
        Ok(()) => "ok",
        Err(SignInError::Wrong) => "wrong",
        Err(SignInError::TooMany { .. }) => "too_many",
        Err(SignInError::Busy) => "busy",
        Err(SignInError::People(_)) => "error",
    };
    counter!("goatkit_sign_ins_total", "place" => place.as_str(), "outcome" => outcome)
        .increment(1);
}

/// The number and the password of one who may sign in.
fn known(db: &Connection, login: &Login) -> rusqlite::Result<Option<(i64, String)>> {
    let select = "SELECT number, password FROM users WHERE login_key = ? AND NOT disabled";
    let both = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    db.query_row(select, [login.key()], both).optional()
}

/// Somebody, if he may still sign in with the password: it takes a while to check one, and
/// another may have been set meanwhile.
fn still(db: &Connection, number: i64, password: &str) -> rusqlite::Result<Option<Person>> {
    let select =
        format!("SELECT {PERSON} FROM users WHERE number = ? AND password = ? AND NOT disabled");
    db.query_row(&select, params![number, password], person)
        .optional()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
