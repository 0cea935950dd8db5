//! The plugin that the table calls: functions of the host's that answer as a plugin would.

use goatkit_capability::plugins::{PeerCall, PeerFunction, Peers, no_plugin};
use goatkit_capability::{CallFacts, Fault};
use goatkit_package::PluginName;
use serde_json::{Value, json};

/// All plugins of the table: one.
pub(super) struct Neighbour(pub(super) PluginName);

impl Peers for Neighbour {
    fn functions(&self) -> Vec<PeerFunction> {
        let function = |name: &str, args: Value, description: &str| PeerFunction {
            plugin: self.0.clone(),
            name: name.to_owned(),
            args: args.to_string(),
            returns: "string".to_owned(),
            description: description.to_owned(),
        };
        let text = json!([{ "name": "text", "type": "string" }]);
        vec![
            function("echo", text, "Answers its text"),
            function("fail", json!([]), "Fails"),
            function("who", json!([]), "Tells who calls, and for whom"),
        ]
    }

    fn call<'a>(
        &'a self,
        from: &'a PluginName,
        facts: &'a CallFacts,
        plugin: &'a PluginName,
        function: &'a str,
        args: String,
    ) -> PeerCall<'a> {
        let answer = if *plugin == self.0 {
            answer(from, facts, function, &args)
        } else {
            Err(no_plugin(plugin.as_str()))
        };
        Box::pin(async move { answer })
    }
}

fn answer(
    from: &PluginName,
    facts: &CallFacts,
    function: &str,
    args: &str,
) -> Result<String, Fault> {
    match function {
        "echo" => {
            let args: Vec<Value> =
                serde_json::from_str(args).map_err(|error| Fault::Invalid(error.to_string()))?;
            Ok(args.first().unwrap_or(&Value::Null).to_string())
        }
        "fail" => Err(Fault::failed("conflict", "somebody was faster")),
        "who" => {
            let actor = facts.session.actor.as_ref();
            let actor = actor.map(|actor| actor.login.as_str());
            Ok(json!({ "actor": actor, "caller": from.as_str() }).to_string())
        }
        other => Err(Fault::failed(
            "not-found",
            format!("the neighbour has no function `{other}`"),
        )),
    }
}
