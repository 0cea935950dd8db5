//! What the compiler does not hold: the order of the floors, where heavy libraries may be
//! named, and the habits of the house.
//!
//! `rules` has one file per rule: a table at its top, and a pure function from what was
//! read to what is broken. `repository` reads, `manifest` and `rust` understand what was
//! read. The rules meet the repository in `tests/house.rs`; beside each rule a made-up
//! input breaks it, so that no rule can pass by looking at nothing.
//!
//! Deliberately not here: what clippy can hold (see `clippy.toml`) and what rustfmt does.

pub mod rules;

pub mod manifest;
pub mod repository;
pub mod rust;

use std::fmt;

/// A rule that does not hold somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// A file, mostly with the line behind a `:`.
    pub place: String,
    /// The rule, and what to do.
    pub rule: String,
}

impl Broken {
    /// `rule` does not hold at `place`.
    pub fn at(place: impl Into<String>, rule: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            rule: rule.into(),
        }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.rule)
    }
}
