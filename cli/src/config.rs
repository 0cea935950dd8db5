//! `gk plugin config`: a plugin's settings. A secret goes in and never comes out.

use std::io::{self, Read, Write};

use anyhow::{Context, Result};
use goatkit_host::{Origin, Setting};
use serde_json::{Value, json};

use crate::args::ConfigArgs;
use crate::grants::{plugin, print_json};
use crate::office;

pub(crate) fn run(args: &ConfigArgs) -> Result<()> {
    let name = plugin(&args.name)?;
    let settings: Vec<Setting> = office::with(&args.host.data, async |host| {
        let all = format!("/v1/plugins/{name}/config");
        let Some(key) = &args.key else {
            return host.get(&all).await;
        };
        let one = format!("{all}/{}", checked(key)?);
        match &args.value {
            Some(typed) => host.put(&one, json!({ "value": value(typed)? })).await,
            None => host.delete(&one).await,
        }
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

/// What was typed: JSON where it is some, else a text.
fn value(typed: &str) -> Result<Value> {
    let mut text = typed.to_owned();
    if typed == "-" {
        text.clear();
        let mut input = io::stdin().lock();
        input
            .read_to_string(&mut text)
            .context("cannot read the value")?;
        text.truncate(text.trim_end_matches(['\r', '\n']).len());
    }
    Ok(serde_json::from_str(&text).unwrap_or(Value::String(text)))
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
        .map(|it| format!("\n  counts as not set: {it}"))
        .unwrap_or_default();
    let about = match setting.description.as_str() {
        "" => String::new(),
        text => format!("\n  {text}"),
    };
    format!("{} = {value}{origin}{about}{problem}", setting.key)
}
