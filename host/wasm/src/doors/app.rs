//! The door to the app room.

use goatkit_capability::Fault;

use super::contract::app::{Function, Host};
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
        if self.db.has_transaction() {
            // The application may want the very database that the transaction holds.
            return Err(Fault::Invalid(
                "a transaction is open: end it before calling the application".to_owned(),
            ));
        }
        self.rooms.app.call(&self.scope, &name, &args).await
    }
}
