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
    let mut text = String::new();
    for cause in error.chain() {
        let said = cause.to_string();
        if text.is_empty() {
            text = said;
        } else if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        if is_shown(cause) {
            break;
        }
    }
    text
}

/// Whether behind it there is only what rustc said: `Steps` has shown that in full.
fn is_shown(error: &(dyn Error + 'static)) -> bool {
    let built = error.downcast_ref();
    built.and_then(BuildError::diagnostics).is_some()
}

fn hint(error: &anyhow::Error) -> Option<String> {
    if let Some(Hinted { hint, .. }) = error.downcast_ref() {
        return Some(hint.clone());
    }
    error.downcast_ref().and_then(BuildError::hint)
}

#[cfg(test)]
mod tests {
    use std::process::ExitStatus;

    use goatkit_build::ToolError;

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
    fn what_rustc_said_is_not_repeated() {
        let compile = |stderr: &str| BuildError::Compile {
            dir: "plugin".into(),
            source: ToolError::Failed {
                program: "cargo".to_owned(),
                status: ExitStatus::default(),
                stderr: stderr.to_owned(),
            },
        };
        let expect = "the plugin in plugin does not compile: error: no such thing";
        let error = || compile("error: no such thing\n --> src/lib.rs:1:2\n");
        assert_eq!(text(&error().into()), expect);
        let with_context = anyhow::Error::new(error()).context("cannot build");
        assert_eq!(text(&with_context), format!("cannot build: {expect}"));
        // A failure with no error in it has nothing else to say.
        assert!(text(&compile("killed\n").into()).ends_with("): killed"));
    }

    #[test]
    fn a_hint_is_found_behind_its_error() {
        let error = hinted("it is late", "go to bed");
        assert_eq!(text(&error), "it is late");
        assert_eq!(hint(&error).as_deref(), Some("go to bed"));
        assert_eq!(hint(&anyhow::Error::msg("it is late")), None);
    }
}
