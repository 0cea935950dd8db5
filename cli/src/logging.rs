//! Log lines on standard error, and spans on their way out where the operator says so. Started
//! once, from [`crate::run`].

use std::io::{self, IsTerminal};

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::telemetry::Telemetry;

/// Who reads the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Whoever runs a server.
    Operator,
    /// Whoever ran one command and reads its answer.
    Caller,
}

/// Lets lines through: RUST_LOG's choice, or what the audience needs. Plugins' own lines are
/// among it. Spans go to `telemetry` whatever lines are let through.
pub(crate) fn start(audience: Audience, verbose: bool, telemetry: Option<&Telemetry>) {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new(by_default(audience, verbose)));
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal());
    let lines = match audience {
        Audience::Operator => lines.boxed(),
        Audience::Caller => lines.without_time().boxed(),
    };
    // A second start, in a test's process, leaves the first as it is.
    let _ = tracing_subscriber::registry()
        .with(lines.with_filter(filter))
        .with(telemetry.map(Telemetry::layer))
        .try_init();
}

fn by_default(audience: Audience, verbose: bool) -> &'static str {
    match (audience, verbose) {
        (_, true) => "info,plugin=trace",
        (Audience::Operator, false) => "warn,plugin=info",
        // What goes wrong is the command's own error already.
        (Audience::Caller, false) => "error,plugin=info",
    }
}
