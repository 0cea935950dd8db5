//! What a long step shows: a spinner on a terminal, plain lines elsewhere.

use std::io::{self, IsTerminal};
use std::time::Duration;

use anyhow::Result;
use goatkit_build::{BuildError, PlainLines, Progress};
use indicatif::ProgressBar;

/// How often the spinner turns.
const TURN: Duration = Duration::from_millis(100);

/// The progress of one command.
pub(crate) enum Steps {
    /// For a terminal: one line that changes.
    Spinner(ProgressBar),
    /// For a file or a pipe: a line per step.
    Plain,
}

impl Steps {
    pub(crate) fn new() -> Self {
        if !io::stderr().is_terminal() {
            return Self::Plain;
        }
        let bar = ProgressBar::new_spinner();
        bar.enable_steady_tick(TURN);
        Self::Spinner(bar)
    }

    /// Takes the spinner away and passes the result on. What rustc said of a plugin that
    /// does not compile is shown now, unless it was shown as it came.
    pub(crate) fn end<T>(self, result: Result<T, BuildError>) -> Result<T> {
        if let Self::Spinner(bar) = self {
            bar.finish_and_clear();
            if let Some(diagnostics) = result.as_ref().err().and_then(BuildError::diagnostics) {
                eprint!("{diagnostics}");
            }
        }
        Ok(result?)
    }
}

impl Progress for Steps {
    fn step(&self, text: &str) {
        match self {
            Self::Spinner(bar) => bar.set_message(text.to_owned()),
            Self::Plain => PlainLines.step(text),
        }
    }

    fn output(&self, line: &str) {
        match self {
            Self::Spinner(bar) => bar.set_message(line.trim().to_owned()),
            Self::Plain => PlainLines.output(line),
        }
    }
}
