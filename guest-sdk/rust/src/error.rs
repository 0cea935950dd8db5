//! What a plugin's function answers when it does not do what was asked: the contract's
//! `call-error`.
//!
//! Functions return `Result<T, E>` with any `E: Into<Error>`; `?` works on [`Fault`], on
//! texts and on serde_json's errors, and [`Error::failed`] takes whatever can be shown.

use std::fmt;

use crate::types::{Failure, Fault};

/// The error of a plugin's function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The plugin has nothing of that name.
    Unknown(String),
    /// The arguments do not fit; the text says which and why.
    Invalid(String),
    /// A host function's fault that the plugin passes on.
    Fault(Fault),
    /// It was tried, and failed.
    Failed(Failure),
}

impl Error {
    /// A failure with the code `failed`: `value.parse().map_err(Error::failed)?`.
    pub fn failed(message: impl fmt::Display) -> Self {
        Self::coded("failed", message)
    }

    /// A failure with a code that callers can act on, e.g. `not-found`.
    pub fn coded(code: impl Into<String>, message: impl fmt::Display) -> Self {
        Self::Failed(Failure {
            code: code.into(),
            message: message.to_string(),
            details: None,
        })
    }

    /// Something that is not there: a route's answer is 404.
    pub fn not_found(message: impl fmt::Display) -> Self {
        Self::coded("not-found", message)
    }

    /// An argument that has the right type and still makes no sense, or a request that makes none: a
    /// route's answer is 400.
    pub fn invalid(message: impl fmt::Display) -> Self {
        Self::Invalid(message.to_string())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(text) => write!(f, "unknown: {text}"),
            Self::Invalid(text) => write!(f, "invalid: {text}"),
            Self::Fault(fault) => fault.fmt(f),
            Self::Failed(failure) => failure.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Fault(fault) => Some(fault),
            _ => None,
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<&str> for Error {
    fn from(message: &str) -> Self {
        Self::failed(message)
    }
}

impl From<String> for Error {
    fn from(message: String) -> Self {
        Self::failed(message)
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::failed(error)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::types::Denial;

    #[test]
    fn errors_convert_and_read_well() {
        let denial = Denial {
            capability: "db".into(),
            asked: "read users".into(),
            remedy: "add `db: { read: [users] }` to manifest.yaml".into(),
        };
        let json = serde_json::from_str::<bool>("{").unwrap_err();
        let number = "x".parse::<u8>().unwrap_err();
        let cases: [(Error, &str); 7] = [
            ("no such ticket".into(), "failed: no such ticket"),
            (String::from("gone").into(), "failed: gone"),
            (
                json.into(),
                "failed: invalid type: map, expected a boolean at line 1 column 0",
            ),
            (
                Error::failed(number),
                "failed: invalid digit found in string",
            ),
            (Error::coded("not-found", "ticket 7"), "not-found: ticket 7"),
            (Fault::TimedOut.into(), "timed out"),
            (
                Fault::Denied(denial).into(),
                "denied: db: read users is not granted: add `db: { read: [users] }` to manifest.yaml",
            ),
        ];
        for (error, expect) in cases {
            assert_eq!(error.to_string(), expect);
        }
    }
}
