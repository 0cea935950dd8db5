//! What the guest `conformance` does with others: the functions of plugins, and events.

use goatkit_plugin::raw::goatkit::plugin::{events, plugins};
use goatkit_plugin::{Arguments, Error, Value as Json, json};

use super::unknown;
use super::values::of_text;

pub fn plugins_(verb: &str, args: &str) -> Result<Json, Error> {
    match verb {
        "functions" => {
            let functions = plugins::functions()?.into_iter();
            let told = functions.map(|it| {
                json!({
                    "plugin": it.plugin,
                    "name": it.name,
                    "args": of_text(&it.args),
                    "returns": it.returns,
                    "description": it.description,
                })
            });
            Ok(told.collect())
        }
        "call" => {
            let mut args = Arguments::parse(&["plugin", "name", "args"], args)?;
            let (plugin, name): (String, String) = (args.take()?, args.take()?);
            let args: Json = args.take()?;
            Ok(of_text(&plugins::call(&plugin, &name, &args.to_string())?))
        }
        other => Err(unknown(other)),
    }
}

pub fn events_(verb: &str, args: &str) -> Result<Json, Error> {
    if verb != "publish" {
        return Err(unknown(verb));
    }
    let mut args = Arguments::parse(&["channel", "kind", "data"], args)?;
    let (channel, kind): (String, String) = (args.take()?, args.take()?);
    let data: Json = args.take()?;
    Ok(json!(events::publish(&channel, &kind, &data.to_string())?))
}
