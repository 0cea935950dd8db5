//! exposes: what other plugins call: it tells who calls, answers HTML, fails, breaks off, never
//! comes back, uses a grant of its own, and calls on. Its function `hidden` is not exposed.

use goatkit_plugin::raw::goatkit::plugin::plugins;
use goatkit_plugin::registration;
use goatkit_plugin::{Answer, Arguments, Error, Html, Output, Value, app, context, json};
use goatkit_test_guests::{VERSION, function, plugin};
use values::of_text;

#[path = "shared/values.rs"]
mod values;

struct Guest;

impl goatkit_plugin::Plugin for Guest {
    fn registration() -> registration::Plugin {
        let callee = [("plugin", "string"), ("name", "string"), ("args", "json")];
        let mut functions = vec![
            function("who", &[], "object"),
            function("bold", &[("text", "string")], "html"),
            function("fails", &[], "json"),
            function("breaks", &[], "json"),
            function("spins", &[], "json"),
            function("title", &[("id", "integer")], "json"),
            function("calls_on", &callee, "json"),
            function("hidden", &[], "json"),
        ];
        for function in &mut functions {
            function.expose = function.name != "hidden";
        }
        plugin("exposes", VERSION, functions)
    }

    fn call(function: &str, args: &str) -> Result<Output, Error> {
        match function {
            "who" => {
                let left = context::deadline()?.as_millis();
                json!({
                    "caller": context::caller()?,
                    "actor": context::actor()?.map(|actor| actor.login),
                    "request_id": context::request_id()?,
                    "milliseconds": u64::try_from(left).unwrap_or(u64::MAX),
                })
                .into_output()
            }
            "bold" => {
                let text: String = Arguments::parse(&["text"], args)?.take()?;
                Html(format!("<b>{text}</b>")).into_output()
            }
            "fails" => Err(Error::coded("conflict", "somebody was faster")),
            "breaks" => panic!("it breaks"),
            "spins" => loop {},
            "title" => {
                let id: i64 = Arguments::parse(&["id"], args)?.take()?;
                app::call::<Value>("ticket.title", &json!({ "id": id }))?.into_output()
            }
            "calls_on" => {
                let mut args = Arguments::parse(&["plugin", "name", "args"], args)?;
                let (plugin, name): (String, String) = (args.take()?, args.take()?);
                let args: Value = args.take()?;
                of_text(&plugins::call(&plugin, &name, &args.to_string())?).into_output()
            }
            "hidden" => ().into_output(),
            other => Err(Error::Unknown(other.to_owned())),
        }
    }
}

goatkit_plugin::raw::export_registration!(Guest);
goatkit_plugin::raw::functions::export_functions!(Guest);
