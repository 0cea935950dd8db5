//! The door to the events room.

use goatkit_capability::Fault;

use super::contract::events::Host;
use crate::run::State;

impl Host for State {
    fn publish(&mut self, channel: String, kind: String, data: String) -> Result<u32, Fault> {
        let room = &self.rooms.events;
        room.publish(&self.scope, &channel, &kind, data)
    }
}
