//! app_ok: calls the application's functions, and lists those that it may call. Faults are
//! passed on unchanged.

use goatkit_plugin::{Answer, Arguments, Error, Output, Value, app, json};
use values::of_text;

#[path = "shared/values.rs"]
mod values;

goatkit_test_guests::guest! {
    call(name: "string", args: "object") -> "json",
    functions() -> "array";
    answer
}

fn answer(function: &str, args: &str) -> Result<Output, Error> {
    match function {
        "call" => {
            let mut args = Arguments::parse(&["name", "args"], args)?;
            let (name, args): (String, Value) = (args.take()?, args.take()?);
            app::call::<Value>(&name, &args)?.into_output()
        }
        "functions" => {
            let functions = app::functions()?.into_iter();
            let told = functions.map(|it| {
                let schema = of_text(&it.schema);
                json!({ "name": it.name, "description": it.description, "schema": schema })
            });
            told.collect::<Value>().into_output()
        }
        other => Err(Error::Unknown(other.to_owned())),
    }
}
