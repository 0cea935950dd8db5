//! Why something about people was not done. The text says what to do instead.

use goatkit_capability::PlatformError;

/// Why something about people was not done.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// What was given cannot be a login, a password, a role and so on.
    #[error("{0}")]
    Invalid(String),
    /// There is no such user, role or token.
    #[error("{0}")]
    Unknown(String),
    /// Another has it already, or it stands for ever.
    #[error("{0}")]
    Conflict(String),
    /// Too many are signing in or changing their passwords.
    #[error("too many passwords are being checked: try again in a moment")]
    Busy,
    /// The platform's database.
    #[error(transparent)]
    Platform(#[from] PlatformError),
    /// What a password is kept as could not be made, or is damaged.
    #[error("a password could not be hashed: {0}")]
    Hash(argon2::password_hash::Error),
    /// The machine gave no random bytes.
    #[error("the machine gives no random bytes: {0}")]
    Random(#[from] getrandom::Error),
    /// The file of the first token.
    #[error("cannot write {path}: {source}; choose a data folder that this user may write")]
    File {
        /// The file.
        path: std::path::PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl PeopleError {
    pub(crate) fn no_user(login: &str) -> Self {
        Self::Unknown(format!("there is no user `{}`", login.escape_debug()))
    }
}
