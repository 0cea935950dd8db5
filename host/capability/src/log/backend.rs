//! Where lines go: the host's tracing, and whatever else takes them. What keeps them is in
//! `ring`.

use super::{Level, LogLine};

/// A place that lines go to.
pub trait LogSink: Send + Sync + 'static {
    /// Takes one line. Must not block.
    fn write(&self, line: &LogLine);
}

/// The host's tracing, under the target `plugin`.
#[derive(Debug, Clone, Copy, Default)]
pub struct TracingSink;

impl LogSink for TracingSink {
    fn write(&self, line: &LogLine) {
        // A plugin must not be able to write what looks like a line of the host's.
        let message = line.message.replace(char::is_control, " ");
        macro_rules! event {
            ($level:ident) => {
                tracing::$level!(
                    target: "plugin",
                    plugin = %line.plugin,
                    request = line.request_id.as_deref(),
                    fields = ?line.fields,
                    "{}",
                    message
                )
            };
        }
        match line.level {
            Level::Trace => event!(trace),
            Level::Debug => event!(debug),
            Level::Info => event!(info),
            Level::Warn => event!(warn),
            Level::Error => event!(error),
        }
    }
}
