//! plugins_ok: calls other plugins' functions as it is told to, within a transaction too, and lists
//! those that it may call. Exposes `count`, which shows how often its instance was called, and `call`, with which
//! others may call through it. Faults are passed on unchanged.

use std::sync::atomic::{AtomicU64, Ordering};

use goatkit_plugin::registration::Plugin;
use goatkit_plugin::{Answer, Arguments, Error, Output, Value, db, json, plugins};
use goatkit_test_guests::{VERSION, function, plugin};
use values::of_text;

#[path = "shared/values.rs"]
mod values;

static CALLS: AtomicU64 = AtomicU64::new(0);

struct Guest;

impl goatkit_plugin::Plugin for Guest {
    fn registration() -> Plugin {
        let args = [("plugin", "string"), ("name", "string"), ("args", "array")];
        let mut functions = vec![
            function("call", &args, "json"),
            function("count", &[], "integer"),
        ];
        for function in &mut functions {
            function.expose = true;
        }
        functions.push(function("call_in_transaction", &args, "json"));
        functions.push(function("functions", &[], "array"));
        plugin("plugins_ok", VERSION, functions)
    }

    fn call(function: &str, args: &str) -> Result<Output, Error> {
        let calls = CALLS.fetch_add(1, Ordering::Relaxed) + 1;
        match function {
            "call" => call(args)?.into_output(),
            "call_in_transaction" => {
                let _transaction = db::begin()?;
                call(args)?.into_output()
            }
            "count" => calls.into_output(),
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
                told.collect::<Value>().into_output()
            }
            other => Err(Error::Unknown(other.to_owned())),
        }
    }
}

fn call(args: &str) -> Result<Value, Error> {
    let mut args = Arguments::parse(&["plugin", "name", "args"], args)?;
    let (plugin, name): (String, String) = (args.take()?, args.take()?);
    let args: Vec<Value> = args.take()?;
    plugins::call(&plugin, &name, &args)
}

goatkit_plugin::raw::export_registration!(Guest);
goatkit_plugin::raw::functions::export_functions!(Guest);
