//! The door to the plugins room.

use goatkit_capability::Fault;
use goatkit_capability::plugins::PeerFunction;

use super::contract::plugins::{Function, Host};
use crate::run::State;

impl Host for State {
    fn functions(&mut self) -> Result<Vec<Function>, Fault> {
        let functions = self.rooms.plugins.functions(&self.scope)?;
        Ok(functions.into_iter().map(function).collect())
    }

    async fn call(&mut self, plugin: String, name: String, args: String) -> Result<String, Fault> {
        if self.db.has_transaction() {
            // The callee may want the very database that the transaction holds.
            return Err(Fault::Invalid(
                "a transaction is open: end it before calling another plugin".to_owned(),
            ));
        }
        let room = &self.rooms.plugins;
        room.call(&self.scope, &plugin, &name, args).await
    }
}

fn function(function: PeerFunction) -> Function {
    let PeerFunction {
        plugin,
        name,
        args,
        returns,
        description,
    } = function;
    Function {
        plugin: plugin.to_string(),
        name,
        args,
        returns,
        description,
        extra: Vec::new(),
    }
}
