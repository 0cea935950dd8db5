//! What the contract's interface `types` is in Rust: a point in time, and the fault that
//! a host function answers.
//!
//! The bindings use these very types, so field and variant order is the contract's and
//! may not change. The error of an export has a file of its own, `error.rs`.

use std::fmt;
use std::time::{Duration, SystemTime};

/// A point in time: seconds and nanoseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    /// Whole seconds since the epoch, negative before it.
    pub seconds: i64,
    /// 0 to 999,999,999, always counted forwards.
    pub nanoseconds: u32,
}

impl Timestamp {
    /// The time from `earlier` to this; nothing when `earlier` is the later one.
    pub fn duration_since(self, earlier: Self) -> Option<Duration> {
        let nanoseconds = self.nanoseconds_since_epoch() - earlier.nanoseconds_since_epoch();
        let nanoseconds = u128::try_from(nanoseconds).ok()?;
        Some(Duration::from_nanos_u128(nanoseconds))
    }

    pub(crate) fn nanoseconds_since_epoch(self) -> i128 {
        i128::from(self.seconds) * 1_000_000_000 + i128::from(self.nanoseconds)
    }
}

/// For libraries that take the standard library's type; making one needs no clock.
impl From<Timestamp> for SystemTime {
    fn from(time: Timestamp) -> Self {
        let whole = Duration::from_secs(time.seconds.unsigned_abs());
        let start = if time.seconds < 0 {
            Self::UNIX_EPOCH - whole
        } else {
            Self::UNIX_EPOCH + whole
        };
        start + Duration::from_nanos(time.nanoseconds.into())
    }
}

/// What was refused, and what would allow it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The capability, e.g. `db`.
    pub capability: String,
    /// What was asked, e.g. `read users.password`.
    pub asked: String,
    /// The manifest line or the grant that would allow it.
    pub remedy: String,
}

/// Something that was allowed and did not work out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// A documented, open code: `conflict`, `not-found`, `rate-limited`, `cancelled`,
    /// `failed`, or one of the plugin's own.
    pub code: String,
    /// One sentence for a person.
    pub message: String,
    /// A JSON text with whatever helps a program.
    pub details: Option<String>,
}

/// What a host function answers when it does not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Not granted.
    Denied(Denial),
    /// The request makes no sense; asking again will not help.
    Invalid(String),
    /// The request or its answer is over a limit, which the text names.
    TooLarge(String),
    /// The call's deadline came first.
    TimedOut,
    /// Not now, or not here: the text says which.
    Unavailable(String),
    /// It was tried, and failed.
    Failed(Failure),
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            capability,
            asked,
            remedy,
        } = self;
        write!(f, "{capability}: {asked} is not granted: {remedy}")
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(denial) => write!(f, "denied: {denial}"),
            Self::Invalid(text) => write!(f, "invalid: {text}"),
            Self::TooLarge(text) => write!(f, "too large: {text}"),
            Self::TimedOut => f.write_str("timed out"),
            Self::Unavailable(text) => write!(f, "unavailable: {text}"),
            Self::Failed(failure) => failure.fmt(f),
        }
    }
}

impl std::error::Error for Fault {}
