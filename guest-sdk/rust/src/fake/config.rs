//! Settings, as the session has them: a key that it does not declare is denied.

use crate::testing::{Setting, session};
use crate::types::{Denial, Fault};

pub(crate) fn get(key: &str) -> Result<Option<String>, Fault> {
    match setting(key)? {
        Setting::Plain(value) => Ok(Some(value.to_string())),
        Setting::Secret(_) => Err(denied(key, "it is a secret: read it with `secret`")),
        Setting::Unset => Ok(None),
    }
}

pub(crate) fn secret(key: &str) -> Result<Option<String>, Fault> {
    match setting(key)? {
        Setting::Secret(text) => Ok(Some(text)),
        Setting::Plain(_) => Err(denied(key, "it is not a secret: read it with `get`")),
        Setting::Unset => Ok(None),
    }
}

pub(crate) fn keys() -> Result<Vec<String>, Fault> {
    Ok(session(|session| session.powers.keys_with_a_value()))
}

fn setting(key: &str) -> Result<Setting, Fault> {
    let found = session(|session| session.powers.setting(key));
    let remedy = format!("declare `{key}` under `config.properties` in manifest.yaml");
    found.ok_or_else(|| denied(key, &remedy))
}

fn denied(key: &str, remedy: &str) -> Fault {
    Fault::Denied(Denial {
        capability: "config".to_owned(),
        asked: format!("read the setting `{key}`"),
        remedy: remedy.to_owned(),
    })
}
