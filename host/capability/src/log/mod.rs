//! log: lines for the plugin's own log and the host's tracing.
//!
//! Gives: structured lines, bounded in size, rate and number. Never: another plugin's
//! lines, or a way to fail: what is over a bound is cut or counted. The one room that
//! answers while a plugin registers.

mod backend;
mod grant;
mod ring;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use goatkit_package::PluginName;
use serde::{Deserialize, Serialize};

use crate::Scope;
use crate::config::Config;

pub use backend::{LogSink, TracingSink};
pub use grant::{LINES_PER_SECOND, LogRate, MAX_FIELDS, MAX_LINE_BYTES};
pub use ring::{Following, LogRecord, Ring};

/// How important a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)] // the five words of every logging library
pub enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
}

/// One line as a plugin wrote it, after the bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// The plugin that wrote it.
    pub plugin: PluginName,
    /// How important it is.
    pub level: Level,
    /// The text, at most [`MAX_LINE_BYTES`].
    pub message: String,
    /// Names with JSON values, at most [`MAX_FIELDS`].
    pub fields: Vec<(String, String)>,
    /// The session's identifier; none while the plugin registers.
    pub request_id: Option<String>,
}

/// A plugin's handle on the room.
#[derive(Clone)]
pub struct Log {
    plugin: PluginName,
    rate: Arc<Mutex<LogRate>>,
    sinks: Arc<[Arc<dyn LogSink>]>,
    /// Knows the plugin's secrets.
    config: Option<Config>,
}

impl Log {
    /// A handle whose lines go to every one of `sinks`.
    pub fn new(plugin: PluginName, sinks: Arc<[Arc<dyn LogSink>]>) -> Self {
        let rate = Arc::new(Mutex::new(LogRate::full()));
        Self {
            plugin,
            rate,
            sinks,
            config: None,
        }
    }

    /// The handle of a plugin that has settings: its secrets stand in no line.
    #[must_use]
    pub fn redacted(self, config: Config) -> Self {
        let config = Some(config);
        Self { config, ..self }
    }

    /// Writes one line, or counts it as lost when the plugin is over its rate.
    pub fn write(
        &self,
        scope: &Scope,
        level: Level,
        mut message: String,
        mut fields: Vec<(String, String)>,
    ) {
        let lost = match self.take() {
            Some(lost) => lost,
            None => return,
        };
        let request_id = scope
            .call()
            .ok()
            .map(|call| call.session.request_id.clone());
        if lost > 0 {
            let text = format!("{lost} lines were lost: more than {LINES_PER_SECOND} a second");
            self.emit(Level::Warn, text, Vec::new(), request_id.clone());
        }
        if let Some(config) = &self.config {
            let texts = fields.iter_mut().flat_map(|(name, value)| [name, value]);
            [&mut message]
                .into_iter()
                .chain(texts)
                .for_each(|text| config.redact(text));
        }
        let (message, fields) = grant::cut(message, fields);
        self.emit(level, message, fields, request_id);
    }

    /// Takes a line from the rate: the number of lines lost before it, or none if this
    /// one is lost as well.
    fn take(&self) -> Option<u64> {
        let mut rate = self.rate.lock().unwrap_or_else(PoisonError::into_inner);
        rate.take(Instant::now())
    }

    fn emit(
        &self,
        level: Level,
        message: String,
        fields: Vec<(String, String)>,
        request_id: Option<String>,
    ) {
        let plugin = self.plugin.clone();
        let line = LogLine {
            plugin,
            level,
            message,
            fields,
            request_id,
        };
        for sink in self.sinks.iter() {
            sink.write(&line);
        }
    }
}
