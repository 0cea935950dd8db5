//! The functions of the application that the table calls.

use std::sync::Arc;

use goatkit_capability::app::{AppFunction, AppFunctionError, Functions};
use goatkit_capability::{Failure, Fault};
use serde_json::{Value, json};

use super::people::MAY_CLOSE;

/// All of them. None waits for anything.
pub(super) fn functions() -> Result<Arc<Functions>, AppFunctionError> {
    let text = || {
        json!({
            "type": "object",
            "properties": { "text": { "type": "string" } },
            "required": ["text"],
            "additionalProperties": false,
        })
    };
    let nothing = || json!({ "type": "object" });
    let echo = AppFunction::of(
        "desk.echo",
        "Answers its text",
        text(),
        None,
        async |call| Ok(call.args["text"].clone()),
    )?;
    let who = AppFunction::of(
        "desk.who",
        "Tells for whom and by which plugin it is called",
        nothing(),
        None,
        async |call| {
            let actor = call.actor.map_or(Value::Null, |it| Value::from(it.login));
            Ok(json!({ "actor": actor, "plugin": call.plugin.as_str(), "tenant": call.tenant }))
        },
    )?;
    let close = AppFunction::of(
        "desk.close",
        "Closes a ticket",
        nothing(),
        Some(MAY_CLOSE.to_owned()),
        async |_| Ok(json!("closed")),
    )?;
    let fail = AppFunction::of("desk.fail", "Fails", nothing(), None, async |_| {
        Err(Fault::Failed(Failure {
            code: "conflict".to_owned(),
            message: "somebody was faster".to_owned(),
            details: Some(json!({ "by": "bob" })),
        }))
    })?;
    Functions::new(vec![echo, who, close, fail])
}
