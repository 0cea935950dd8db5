//! The door to the events room.

use super::contract::events::Host;
use super::contract::types::Fault;
use crate::run::State;

impl Host for State {
    fn publish(&mut self, channel: String, kind: String, data: String) -> Result<u32, Fault> {
        let room = &self.rooms.events;
        Ok(room.publish(&self.scope, &channel, &kind, data)?)
    }
}
