//! Other plugins' functions, as the session has them.

use serde_json::Value;

use crate::plugins::Function;
use crate::testing::{call as current, session};
use crate::types::Fault;

pub(crate) fn functions() -> Result<Vec<Function>, Fault> {
    let names = session(|session| session.powers.granted_peers());
    let function = |(plugin, name)| Function {
        plugin,
        name,
        args: "[]".to_owned(),
        returns: "json".to_owned(),
        description: String::new(),
        extra: Vec::new(),
    };
    Ok(names.into_iter().map(function).collect())
}

pub(crate) fn call(plugin: &str, name: &str, args: &str) -> Result<String, Fault> {
    if current(|call| call.transaction.is_open()) {
        return Err(Fault::Invalid(
            "a plugin cannot be called while a transaction is open: commit it first".to_owned(),
        ));
    }
    // Out of the session first: the function may ask for the session itself.
    let function = session(|session| session.powers.granted_peer(plugin, name))?;
    let args: Vec<Value> = serde_json::from_str(args).map_err(|error| {
        Fault::Invalid(format!(
            "the arguments of `{plugin}.{name}` are written as one JSON array: {error}"
        ))
    })?;
    function(Value::Array(args)).map(|answer| answer.to_string())
}
