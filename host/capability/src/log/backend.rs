//! Where lines go: the host's tracing, and a bounded ring per plugin.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use goatkit_package::PluginName;

use super::{Level, LogLine};

/// Lines that a plugin's ring keeps: enough to see what happened before a failure.
const LINES_PER_PLUGIN: usize = 500;

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

/// The last lines of every plugin. Each has a ring of its own, so that a noisy plugin
/// never evicts another's lines.
#[derive(Debug, Default)]
pub struct Ring {
    lines: Mutex<BTreeMap<PluginName, VecDeque<LogLine>>>,
}

impl Ring {
    /// The lines that `plugin` wrote last, oldest first.
    pub fn of(&self, plugin: &PluginName) -> Vec<LogLine> {
        self.locked()
            .get(plugin)
            .into_iter()
            .flatten()
            .cloned()
            .collect()
    }

    /// Drops the lines of a plugin that is gone.
    pub fn forget(&self, plugin: &PluginName) {
        self.locked().remove(plugin);
    }

    fn locked(&self) -> MutexGuard<'_, BTreeMap<PluginName, VecDeque<LogLine>>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LogSink for Ring {
    fn write(&self, line: &LogLine) {
        let mut rings = self.locked();
        let ring = rings.entry(line.plugin.clone()).or_default();
        if ring.len() == LINES_PER_PLUGIN {
            ring.pop_front();
        }
        ring.push_back(line.clone());
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn line(plugin: &str, message: &str) -> LogLine {
        LogLine {
            plugin: PluginName::parse(plugin).unwrap(),
            level: Level::Info,
            message: message.to_owned(),
            fields: Vec::new(),
            request_id: None,
        }
    }

    #[test]
    fn a_noisy_plugin_evicts_only_its_own_lines() {
        let ring = Ring::default();
        ring.write(&line("quiet", "kept"));
        for number in 0..=LINES_PER_PLUGIN {
            ring.write(&line("noisy", &number.to_string()));
        }
        let noisy = ring.of(&PluginName::parse("noisy").unwrap());
        assert_eq!(noisy.len(), LINES_PER_PLUGIN);
        assert_eq!(noisy[0].message, "1");
        assert_eq!(ring.of(&PluginName::parse("quiet").unwrap()).len(), 1);
    }
}
