//! good: does what it is asked. Echoes, adds, makes markup, tells its context, translates,
//! logs, and counts its calls, which shows what is left over from one to the next.

use std::sync::atomic::{AtomicU64, Ordering};

use goatkit_plugin::{
    Answer, Arguments, Error, Html, Json, Output, Value, context, i18n, json, log,
};

static CALLS: AtomicU64 = AtomicU64::new(0);

goatkit_test_guests::guest! {
    echo(value: "json") -> "json",
    add(a: "integer", b: "integer") -> "integer",
    bold(text: "string") -> "html",
    who() -> "object",
    translate(key: "string") -> "string",
    say(text: "string") -> "json",
    count() -> "integer";
    call
}

fn call(function: &str, args: &str) -> Result<Output, Error> {
    match function {
        "echo" => {
            let mut args = Arguments::parse(&["value"], args)?;
            args.take::<Value>()?.into_output()
        }
        "add" => {
            let mut args = Arguments::parse(&["a", "b"], args)?;
            (args.take::<i64>()? + args.take::<i64>()?).into_output()
        }
        "bold" => Html(format!("<b>{}</b>", text(args)?)).into_output(),
        "who" => who()?.into_output(),
        "translate" => i18n::t(&text(args)?).into_output(),
        "say" => {
            log::info(text(args)?);
            ().into_output()
        }
        "count" => (CALLS.fetch_add(1, Ordering::Relaxed) + 1).into_output(),
        other => Err(Error::Unknown(other.to_owned())),
    }
}

fn text(args: &str) -> Result<String, Error> {
    Arguments::parse(&["text"], args)?.take()
}

fn who() -> Result<Json<Value>, Error> {
    let entry = context::entry()?;
    Ok(Json(json!({
        "actor": context::actor()?.map(|actor| actor.login),
        "tenant": context::tenant()?,
        "locale": context::locale()?,
        "now": context::now()?.seconds,
        "request_id": context::request_id()?,
        "time_left": !context::deadline()?.is_zero(),
        "entry": [entry.kind, entry.name],
        "caller": context::caller()?,
    })))
}
