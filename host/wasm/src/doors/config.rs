//! The door to the config room.

use goatkit_capability::Fault;

use super::contract::config::Host;
use crate::run::State;

impl Host for State {
    fn get(&mut self, key: String) -> Result<Option<String>, Fault> {
        self.rooms.config.get(&self.scope, &key)
    }

    fn secret(&mut self, key: String) -> Result<Option<String>, Fault> {
        self.rooms.config.secret(&self.scope, &key)
    }

    fn keys(&mut self) -> Result<Vec<String>, Fault> {
        self.rooms.config.keys(&self.scope)
    }
}
