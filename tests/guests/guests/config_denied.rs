//! config_denied: reads a setting that its manifest does not declare, its secret `token` as
//! if it were none, and its setting `greeting` as if it were a secret.

use goatkit_plugin::{Answer, Error, Json, Output, Value, config};

goatkit_test_guests::guest! {
    undeclared() -> "json",
    undeclared_secret() -> "json",
    secret_by_get() -> "json",
    setting_by_secret() -> "json";
    call
}

fn call(function: &str, _: &str) -> Result<Output, Error> {
    match function {
        "undeclared" => get("undeclared"),
        "undeclared_secret" => secret("undeclared"),
        "secret_by_get" => get("token"),
        "setting_by_secret" => secret("greeting"),
        other => Err(Error::Unknown(other.to_owned())),
    }
}

fn get(key: &str) -> Result<Output, Error> {
    config::get::<Value>(key)?.map(Json).into_output()
}

fn secret(key: &str) -> Result<Output, Error> {
    let secret = config::secret(key)?;
    secret.map(|it| it.expose().to_owned()).into_output()
}
