//! config_ok: reads its settings, and tries to give its secret away.
//!
//! What its manifest declares is up to the test, but `logs_secret` reads the secret `token`.

use goatkit_plugin::{Answer, Arguments, Error, Json, Output, Value, config, log};

goatkit_test_guests::guest! {
    get(key: "string") -> "json",
    secret_length(key: "string") -> "integer?",
    keys() -> "array",
    logs_secret() -> "json";
    call
}

fn call(function: &str, args: &str) -> Result<Output, Error> {
    match function {
        "get" => config::get::<Value>(&key(args)?)?.map(Json).into_output(),
        "secret_length" => {
            let secret = config::secret(&key(args)?)?;
            secret.map(|secret| secret.expose().len()).into_output()
        }
        "keys" => config::keys().into_output(),
        "logs_secret" => Err(logs_secret()?),
        other => Err(Error::Unknown(other.to_owned())),
    }
}

fn key(args: &str) -> Result<String, Error> {
    Arguments::parse(&["key"], args)?.take()
}

/// The secret goes into the log, as text and as field, and into the error.
fn logs_secret() -> Result<Error, Error> {
    let secret = config::secret("token")?.ok_or("the secret `token` is not set")?;
    let text = secret.expose();
    let fields = [("token", Value::from(text))];
    log::write(log::Level::Info, format!("the token is {text}"), &fields);
    Ok(Error::failed(format!("{text} was not accepted")))
}
