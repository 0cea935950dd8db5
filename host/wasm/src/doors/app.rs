//! The door to the app room.

use super::contract::app::{Function, Host};
use super::contract::types::Fault;
use crate::run::State;

impl Host for State {
    fn functions(&mut self) -> Result<Vec<Function>, Fault> {
        let functions = self.rooms.app.functions(&self.scope)?;
        let function = |it: &goatkit_capability::app::AppFunction| Function {
            name: it.name().to_owned(),
            description: it.description().to_owned(),
            schema: it.schema().to_string(),
        };
        Ok(functions.into_iter().map(function).collect())
    }

    async fn call(&mut self, name: String, args: String) -> Result<String, Fault> {
        Ok(self.rooms.app.call(&self.scope, &name, &args).await?)
    }
}
