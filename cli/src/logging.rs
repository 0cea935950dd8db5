//! Log lines on standard error. Started once, from [`crate::run`].

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

/// Who reads the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Whoever runs a server.
    Operator,
    /// Whoever ran one command and reads its answer.
    Caller,
}

/// Lets lines through: RUST_LOG's choice, or what the audience needs. Plugins' own lines are
/// among it.
pub(crate) fn start(audience: Audience, verbose: bool) {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new(by_default(audience, verbose)));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal());
    // A second start, in a test's process, leaves the first as it is.
    let _ = match audience {
        Audience::Operator => lines.try_init(),
        Audience::Caller => lines.without_time().try_init(),
    };
}

fn by_default(audience: Audience, verbose: bool) -> &'static str {
    match (audience, verbose) {
        (_, true) => "info,plugin=trace",
        (Audience::Operator, false) => "warn,plugin=info",
        // What goes wrong is the command's own error already.
        (Audience::Caller, false) => "error,plugin=info",
    }
}
