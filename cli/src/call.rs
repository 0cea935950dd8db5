//! `gk plugin call`: one function of one package, its answer as JSON on standard output.
//! What the plugin logs goes to standard error.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use goatkit_host::{Actor, CommandCall, Output};
use serde_json::{Value, json};

use crate::args::CallArgs;
use crate::failure::hinted;
use crate::install::absolute;
use crate::office;
use crate::workbench::{self, Workbench};

/// Longer arguments are cut in errors: whoever typed them knows the rest.
const SHOWN_CHARACTERS: usize = 100;

/// A call that makes sense as far as one can tell without the package.
struct Call {
    file: PathBuf,
    function: String,
    /// A JSON array.
    args: Vec<Value>,
    locale: String,
    /// A kind and an identifier.
    actor: Option<(String, String)>,
}

pub(crate) fn run(args: CallArgs) -> Result<()> {
    let data = args.data.clone();
    let call = Call::check(args)?;
    let answer = match data {
        Some(data) => office::with(&data, async |host| call.ask(host).await)?,
        None => workbench::runtime()?.block_on(call.make())?,
    };
    writeln!(io::stdout().lock(), "{answer}").context("cannot write the answer")
}

impl Call {
    fn check(typed: CallArgs) -> Result<Self> {
        let args: Vec<Value> = serde_json::from_str(&typed.args).map_err(|error| {
            hinted(
                format!(
                    "the arguments `{}` are no JSON array: {error}",
                    cut(&typed.args)
                ),
                r#"write them in the function's order, as in '["input", 5]'"#,
            )
        })?;
        let actor = typed.actor.as_deref().map(actor).transpose()?;
        Ok(Self {
            file: typed.file,
            function: typed.function,
            args,
            locale: typed.locale,
            actor,
        })
    }

    /// Asks the host of a data folder.
    async fn ask(&self, host: &office::Host) -> Result<Value> {
        let actor = self.actor.as_ref();
        let actor = actor.map(|(kind, id)| json!({ "kind": kind, "id": id }));
        let body = json!({
            "file": absolute(&self.file)?,
            "function": self.function,
            "args": self.args,
            "locale": self.locale,
            "actor": actor,
        });
        host.post("/v1/call", body).await
    }

    /// Calls in a host that is thrown away, in which everything is granted.
    async fn make(self) -> Result<Value> {
        let bench = Workbench::with(&self.file).await?;
        let (kind, id) = self.actor.unwrap_or(("system".to_owned(), "0".to_owned()));
        let called = bench.host.manager().call_command(CommandCall {
            file: self.file,
            function: self.function,
            args: Value::from(self.args).to_string(),
            locale: self.locale,
            actor: Actor {
                login: id.clone(),
                id,
                kind,
                permissions: BTreeSet::new(),
            },
        });
        as_json(called.await?)
    }
}

/// JSON as the plugin gave it; HTML as `{"html": …}`, so that the two cannot be confused.
fn as_json(output: Output) -> Result<Value> {
    match output {
        Output::Json(text) => serde_json::from_str(&text).context("the answer is no JSON"),
        Output::Html(html) => Ok(json!({ "html": html })),
    }
}

fn actor(typed: &str) -> Result<(String, String)> {
    match typed.split_once(':') {
        Some((kind, id)) if !kind.is_empty() && !id.is_empty() => {
            Ok((kind.to_owned(), id.to_owned()))
        }
        _ => Err(hinted(
            format!("`{}` is nobody", cut(typed)),
            "write a kind and an identifier, as in `--actor agent:2`",
        )),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_arguments_are_cut_between_characters() {
        let whole = "ü".repeat(SHOWN_CHARACTERS);
        assert_eq!(cut(&whole), whole);
        assert_eq!(cut(&format!("{whole}ü")), format!("{whole}…"));
    }
}
