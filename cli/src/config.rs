//! `gk plugin config`: a plugin's settings. A secret goes in and never comes out.

use std::io::{self, Read, Write};

use anyhow::{Context, Result};
use goatkit_host::{Origin, Setting, visible};
use serde_json::{Value, json};

use crate::args::ConfigArgs;
use crate::grants::{plugin, print_json};
use crate::office;

pub(crate) fn run(args: &ConfigArgs) -> Result<()> {
    let name = plugin(&args.name)?;
    // Before anybody is asked: who types may take his time.
    let typed = args.value.as_deref().map(typed).transpose()?;
    let settings: Vec<Setting> = office::with(&args.host.data, async |host| {
        let all = format!("/v1/plugins/{name}/config");
        let Some(key) = &args.key else {
            return host.get(&all).await;
        };
        let one = format!("{all}/{}", checked(key)?);
        let Some(typed) = typed else {
            return host.delete(&one).await;
        };
        let known: Vec<Setting> = host.get(&all).await?;
        let value = value(typed, known.iter().any(|it| it.key == *key && it.secret));
        host.put(&one, json!({ "value": value })).await
    })?;
    match args.json {
        true => print_json(&settings),
        false => print(&settings),
    }
}

/// A key goes into a path.
fn checked(key: &str) -> Result<&str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    match !key.is_empty() && key.bytes().all(plain) {
        true => Ok(key),
        false => Err(anyhow::anyhow!(
            "`{}` is no setting's name",
            key.escape_debug()
        )),
    }
}

/// What was typed, or is read from standard input.
fn typed(value: &str) -> Result<String> {
    if value != "-" {
        return Ok(value.to_owned());
    }
    let mut text = String::new();
    let mut input = io::stdin().lock();
    input
        .read_to_string(&mut text)
        .context("cannot read the value")?;
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    Ok(text)
}

/// JSON where it is some, else a text; a secret is always a text, whatever it looks like.
fn value(typed: String, secret: bool) -> Value {
    match secret {
        true => Value::String(typed),
        false => serde_json::from_str(&typed).unwrap_or(Value::String(typed)),
    }
}

fn print(settings: &[Setting]) -> Result<()> {
    let mut out = io::stdout().lock();
    for setting in settings {
        writeln!(out, "{}", told(setting)).context("cannot write the answer")?;
    }
    Ok(())
}

fn told(setting: &Setting) -> String {
    let value = match (&setting.value, setting.secret, setting.origin) {
        (_, true, Origin::Default) => "(secret, not set)".to_owned(),
        (_, true, _) => "(secret, set)".to_owned(),
        (Some(value), false, _) => value.to_string(),
        (None, false, _) => "(not set)".to_owned(),
    };
    let origin = match setting.origin {
        Origin::Default => "",
        Origin::Set => " (set)",
        Origin::File => " (gk.toml)",
    };
    let problem = setting.problem.as_ref();
    let problem = problem
        .map(|it| format!("\n  counts as not set: {}", visible(it)))
        .unwrap_or_default();
    let about = match setting.description.as_str() {
        "" => String::new(),
        text => format!("\n  {}", visible(text)),
    };
    format!("{} = {value}{origin}{about}{problem}", setting.key)
}
