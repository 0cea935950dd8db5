//! The door to the log room.

use goatkit_capability::log;

use super::contract::log::{Host, Level};
use crate::run::State;

impl Host for State {
    fn write(&mut self, level: Level, message: String, fields: Vec<(String, String)>) {
        self.rooms
            .log
            .write(&self.scope, level.into(), message, fields);
    }
}

impl From<Level> for log::Level {
    fn from(level: Level) -> Self {
        match level {
            Level::Trace => Self::Trace,
            Level::Debug => Self::Debug,
            Level::Info => Self::Info,
            Level::Warn => Self::Warn,
            Level::Error => Self::Error,
        }
    }
}
