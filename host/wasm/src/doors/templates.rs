//! The door to the templates room.

use goatkit_capability::Fault;

use super::contract::templates::Host;
use crate::run::State;

impl Host for State {
    async fn render(&mut self, name: String, data: String) -> Result<String, Fault> {
        let room = &self.rooms.templates;
        room.render(&self.scope, &name, &data).await
    }
}
