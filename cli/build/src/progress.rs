//! How a long step tells what it is doing.
//!
//! `gk` shows it on a terminal, everybody else gets plain lines. What is shown never
//! decides anything: a [`Progress`] cannot fail and cannot stop a build.

/// Who is told what a build is doing.
pub trait Progress: Sync {
    /// A new step begins, e.g. `compiling my-plugin`.
    fn step(&self, text: &str);

    /// A line that a tool such as cargo wrote during the step.
    fn output(&self, line: &str);
}

/// Writes every step and every tool's line to standard error.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainLines;

impl Progress for PlainLines {
    fn step(&self, text: &str) {
        eprintln!("{text}");
    }

    fn output(&self, line: &str) {
        eprintln!("    {line}");
    }
}

/// Shows nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn step(&self, _text: &str) {}
    fn output(&self, _line: &str) {}
}
