//! The door to the templates room.

use super::contract::templates::Host;
use super::contract::types::Fault;
use crate::run::State;

impl Host for State {
    async fn render(&mut self, name: String, data: String) -> Result<String, Fault> {
        let room = &self.rooms.templates;
        Ok(room.render(&self.scope, &name, &data).await?)
    }
}
