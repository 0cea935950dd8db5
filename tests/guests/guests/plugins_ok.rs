//! plugins_ok: calls functions of other plugins, lists those that it may call, and exposes what
//! counts the calls of its own instance, so that who is called back can be seen. Faults are passed
//! on unchanged.

use std::sync::atomic::{AtomicU64, Ordering};

use goatkit_plugin::raw::goatkit::plugin::db::begin;
use goatkit_plugin::raw::goatkit::plugin::plugins;
use goatkit_plugin::registration;
use goatkit_plugin::{Answer, Arguments, Error, Output, Value, json};
use goatkit_test_guests::{VERSION, function, plugin};
use values::of_text;

#[path = "shared/values.rs"]
mod values;

static CALLS: AtomicU64 = AtomicU64::new(0);

struct Guest;

impl goatkit_plugin::Plugin for Guest {
    fn registration() -> registration::Plugin {
        let callee = [("plugin", "string"), ("name", "string"), ("args", "json")];
        let mut functions = vec![
            function("call", &callee, "json"),
            function("call_in_transaction", &callee, "json"),
            function("count", &[], "integer"),
            function("functions", &[], "array"),
        ];
        for function in &mut functions {
            function.expose = matches!(function.name.as_str(), "call" | "count");
        }
        plugin("plugins_ok", VERSION, functions)
    }

    fn call(function: &str, args: &str) -> Result<Output, Error> {
        let calls = CALLS.fetch_add(1, Ordering::Relaxed) + 1;
        match function {
            "call" => call(args)?.into_output(),
            "call_in_transaction" => {
                let _transaction = begin()?;
                call(args)?.into_output()
            }
            "count" => calls.into_output(),
            "functions" => {
                let functions = plugins::functions()?.into_iter();
                let told = functions.map(|it| json!([it.plugin, it.name, of_text(&it.args)]));
                told.collect::<Value>().into_output()
            }
            other => Err(Error::Unknown(other.to_owned())),
        }
    }
}

fn call(args: &str) -> Result<Value, Error> {
    let mut args = Arguments::parse(&["plugin", "name", "args"], args)?;
    let (plugin, name): (String, String) = (args.take()?, args.take()?);
    let args: Value = args.take()?;
    Ok(of_text(&plugins::call(&plugin, &name, &args.to_string())?))
}

goatkit_plugin::raw::export_registration!(Guest);
goatkit_plugin::raw::functions::export_functions!(Guest);
