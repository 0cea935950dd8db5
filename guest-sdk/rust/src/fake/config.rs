//! Settings, as the session has them: a key that it does not declare is denied.

use crate::testing::{Setting, session};
use crate::types::{Denial, Fault};

pub(crate) fn get(key: &str) -> Result<Option<String>, Fault> {
    match setting(key)? {
        Setting::Plain(value) => Ok(Some(value.to_string())),
        Setting::Secret(_) => Err(denied(
            format!("read the secret `{key}` with `config.get`"),
            "read it with `config.secret`".to_owned(),
        )),
        Setting::Unset => Ok(None),
    }
}

pub(crate) fn secret(key: &str) -> Result<Option<String>, Fault> {
    match setting(key)? {
        Setting::Secret(text) => Ok(Some(text)),
        Setting::Plain(_) => Err(denied(
            format!("read the setting `{key}` with `config.secret`"),
            format!(
                "read it with `config.get`, or declare it a secret with `writeOnly: true` under \
                 `config.properties.{key}` in manifest.yaml"
            ),
        )),
        Setting::Unset => Ok(None),
    }
}

pub(crate) fn keys() -> Result<Vec<String>, Fault> {
    Ok(session(|session| session.powers.keys_with_a_value()))
}

fn setting(key: &str) -> Result<Setting, Fault> {
    let found = session(|session| session.powers.setting(key));
    found.ok_or_else(|| {
        denied(
            format!("read the setting `{key}`"),
            format!("declare `{key}` under `config.properties` in manifest.yaml"),
        )
    })
}

fn denied(asked: String, remedy: String) -> Fault {
    Fault::Denied(Denial {
        capability: "config".to_owned(),
        asked,
        remedy,
    })
}
