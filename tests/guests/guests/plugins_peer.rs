//! plugins_peer: exposes functions that tell who calls, call back, fail, trap, and never end; one
//! more it does not expose.

use goatkit_plugin::registration::Plugin;
use goatkit_plugin::{
    Answer, Arguments, Error, Failure, Html, Output, Value, context, json, plugins,
};
use goatkit_test_guests::{VERSION, function, plugin};

struct Guest;

impl goatkit_plugin::Plugin for Guest {
    fn registration() -> Plugin {
        let mut functions = vec![
            function("who", &[], "object"),
            function("echo", &[("value", "json")], "json"),
            function("bold", &[("text", "string")], "html"),
            function(
                "relay",
                &[("plugin", "string"), ("name", "string"), ("args", "array")],
                "json",
            ),
            function("fail", &[("code", "string")], "json"),
            function("trap", &[], "json"),
            function("endless", &[], "json"),
        ];
        for function in &mut functions {
            function.expose = true;
        }
        functions.push(function("secret", &[], "string"));
        plugin("plugins_peer", VERSION, functions)
    }

    fn call(function: &str, args: &str) -> Result<Output, Error> {
        match function {
            "who" => who()?.into_output(),
            "echo" => {
                let value: Value = Arguments::parse(&["value"], args)?.take()?;
                value.into_output()
            }
            "bold" => {
                let text: String = Arguments::parse(&["text"], args)?.take()?;
                Html(format!("<b>{text}</b>")).into_output()
            }
            // A calls this, and this calls A.
            "relay" => {
                let mut args = Arguments::parse(&["plugin", "name", "args"], args)?;
                let (plugin, name): (String, String) = (args.take()?, args.take()?);
                let args: Vec<Value> = args.take()?;
                plugins::call::<Value>(&plugin, &name, &args)?.into_output()
            }
            "fail" => {
                let code: String = Arguments::parse(&["code"], args)?.take()?;
                Err(Error::Failed(Failure {
                    code,
                    message: "the peer cannot".to_owned(),
                    details: Some("{\"by\": 7}".to_owned()),
                }))
            }
            "trap" => panic!("as it was told"),
            "endless" => loop {},
            "secret" => "not for others".into_output(),
            other => Err(Error::Unknown(other.to_owned())),
        }
    }
}

fn who() -> Result<Value, Error> {
    let entry = context::entry()?;
    Ok(json!({
        "caller": context::caller()?,
        "actor": context::actor()?.map(|actor| actor.login),
        "locale": context::locale()?,
        "request_id": context::request_id()?,
        "entry": [entry.kind, entry.name],
        "deadline_ms": u64::try_from(context::deadline()?.as_millis()).unwrap_or(u64::MAX),
    }))
}

goatkit_plugin::raw::export_registration!(Guest);
goatkit_plugin::raw::functions::export_functions!(Guest);
