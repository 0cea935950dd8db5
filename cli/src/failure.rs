//! How a command says that it did not succeed: `error: …`, and `hint: …` where there is
//! something to do. Called once, from [`crate::run`].

use std::error::Error;
use std::fmt;

use goatkit_build::BuildError;

/// An error with what a person can do about it.
#[derive(Debug)]
struct Hinted {
    what: String,
    hint: String,
}

/// An error that says `what` is wrong, with a `hint` on what to do.
pub(crate) fn hinted(what: impl Into<String>, hint: impl Into<String>) -> anyhow::Error {
    let (what, hint) = (what.into(), hint.into());
    anyhow::Error::new(Hinted { what, hint })
}

impl fmt::Display for Hinted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl Error for Hinted {}

/// Writes an error to standard error.
pub(crate) fn report(error: &anyhow::Error) {
    eprintln!("error: {}", text(error));
    if let Some(hint) = hint(error) {
        eprintln!("hint: {hint}");
    }
}

/// The error and what caused it, without what was said already: most errors of the house
/// name their cause themselves.
fn text(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

fn hint(error: &anyhow::Error) -> Option<String> {
    if let Some(Hinted { hint, .. }) = error.downcast_ref() {
        return Some(hint.clone());
    }
    error.downcast_ref().and_then(BuildError::hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_said_once() {
        let cause = || std::io::Error::other("the disk is full");
        let silent = anyhow::Error::new(cause()).context("cannot write it");
        assert_eq!(text(&silent), "cannot write it: the disk is full");
        let complete = anyhow::Error::new(cause()).context("cannot write it, the disk is full");
        assert_eq!(text(&complete), "cannot write it, the disk is full");
    }

    #[test]
    fn a_hint_is_found_behind_its_error() {
        let error = hinted("it is late", "go to bed");
        assert_eq!(text(&error), "it is late");
        assert_eq!(hint(&error).as_deref(), Some("go to bed"));
        assert_eq!(hint(&anyhow::Error::msg("it is late")), None);
    }
}
