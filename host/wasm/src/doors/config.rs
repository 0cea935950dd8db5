//! The door to the config room.

use super::contract::config::Host;
use super::contract::types::Fault;
use crate::run::State;

impl Host for State {
    fn get(&mut self, key: String) -> Result<Option<String>, Fault> {
        Ok(self.rooms.config.get(&self.scope, &key)?)
    }

    fn secret(&mut self, key: String) -> Result<Option<String>, Fault> {
        Ok(self.rooms.config.secret(&self.scope, &key)?)
    }

    fn keys(&mut self) -> Result<Vec<String>, Fault> {
        Ok(self.rooms.config.keys(&self.scope)?)
    }
}
