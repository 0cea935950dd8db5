//! The typed error that a host function answers a plugin with. Mirrors `types.fault` of
//! the contract; the doors convert it and nothing else does.

use serde_json::Value;

/// What a host function answers when it does not do what was asked.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Fault {
    /// Not granted.
    #[error("not granted: {0}")]
    Denied(Denial),
    /// The request makes no sense; asking again will not help.
    #[error("invalid: {0}")]
    Invalid(String),
    /// The request or its answer is over a limit, which the text names.
    #[error("too large: {0}")]
    TooLarge(String),
    /// The call's deadline came first.
    #[error("timed out")]
    TimedOut,
    /// Not now, or not here: the text says which.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// It was tried, and failed.
    #[error("{0}")]
    Failed(Failure),
}

impl Fault {
    /// Something that was allowed and did not work out, with a code such as `not-found` and a
    /// sentence for a person.
    pub fn failed(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Failed(Failure {
            code: code.into(),
            message: message.into(),
            details: None,
        })
    }

    /// Its kind as a word for figures and spans: there are as many as there are kinds.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Denied(_) => "denied",
            Self::Invalid(_) => "invalid",
            Self::TooLarge(_) => "too_large",
            Self::TimedOut => "timed_out",
            Self::Unavailable(_) => "unavailable",
            Self::Failed(_) => "failed",
        }
    }
}

/// What was refused, and what would allow it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{capability}: {asked} ({remedy})")]
pub struct Denial {
    /// The capability's name, e.g. `db`.
    pub capability: String,
    /// What was asked, e.g. `read users.password`.
    pub asked: String,
    /// The manifest line or the grant that would allow it.
    pub remedy: String,
}

/// Something that was allowed and did not work out.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message} ({code})")]
pub struct Failure {
    /// A documented, open code such as `conflict` or `not-found`.
    pub code: String,
    /// One sentence for a person.
    pub message: String,
    /// Whatever helps a program.
    pub details: Option<Value>,
}
