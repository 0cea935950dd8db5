//! `gk plugin grant`, `revoke` and `grants`: what plugins ask, and what was decided.

use std::io::{self, Write};

use anyhow::{Context, Result};
use goatkit_host::{Ask, Asked, PluginName, visible};
use serde_json::json;

use crate::args::{DecideArgs, GrantsArgs};
use crate::office;

pub(crate) fn grant(args: &DecideArgs) -> Result<()> {
    decide(args, "grant")
}

pub(crate) fn revoke(args: &DecideArgs) -> Result<()> {
    decide(args, "revoke")
}

fn decide(args: &DecideArgs, verb: &str) -> Result<()> {
    let name = plugin(&args.name)?;
    let asked: Vec<Asked> = office::with(&args.host.data, async |host| {
        let path = format!("/v1/plugins/{name}/{verb}");
        host.post(&path, json!({ "rules": args.rules })).await
    })?;
    print(&asked)
}

pub(crate) fn show(args: &GrantsArgs) -> Result<()> {
    let path = match &args.name {
        Some(name) => format!("/v1/plugins/{}/grants", plugin(name)?),
        None => "/v1/grants".to_owned(),
    };
    let asked: Vec<Asked> = office::with(&args.host.data, async |host| host.get(&path).await)?;
    match args.json {
        true => print_json(&asked),
        false => print(&asked),
    }
}

/// The plugin that was named.
pub(crate) fn plugin(typed: &str) -> Result<PluginName> {
    PluginName::parse(typed)
        .map_err(|error| anyhow::anyhow!("`{typed}` is no plugin name: {error}"))
}

/// Prints what was decided.
pub(crate) fn print(asked: &[Asked]) -> Result<()> {
    let text: String = asked.iter().map(told).collect();
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .context("cannot write the answer")
}

/// Prints an answer as it came.
pub(crate) fn print_json<T: serde::Serialize>(answer: &T) -> Result<()> {
    let text = serde_json::to_string_pretty(answer)?;
    writeln!(io::stdout().lock(), "{text}").context("cannot write the answer")
}

fn told(asked: &Asked) -> String {
    let Asked {
        name,
        version,
        open,
        granted,
        refused,
        serves,
        ..
    } = asked;
    let state = match (serves, open.is_empty()) {
        (true, _) => "serves",
        (false, false) => "waits for consent",
        (false, true) => "does not serve",
    };
    let mut text = format!("{name} {version}: {state}\n");
    for (heading, asks) in [
        ("waits for", open),
        ("granted", granted),
        ("refused", refused),
    ] {
        text += &group(heading, asks);
    }
    if open.is_empty() && granted.is_empty() && refused.is_empty() {
        text += "  it asks for nothing\n";
    }
    text
}

fn group(heading: &str, asks: &[Ask]) -> String {
    let lines = asks.iter().flat_map(|ask| {
        let words = ask.it_may.iter();
        words.map(move |words| {
            format!(
                "  {heading:<9} {:<14} it may {}\n",
                ask.item,
                visible(words)
            )
        })
    });
    lines.collect()
}
