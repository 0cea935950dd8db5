//! `gk plugin call`: one function of one package, its answer as JSON on standard output.
//! What the plugin logs goes to standard error.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use goatkit_host::{Entry, EntryKind, Function, Output, SessionFacts, nearest};
use serde_json::{Value, json};

use crate::args::CallArgs;
use crate::failure::hinted;
use crate::workbench::{self, Workbench};

/// Longer than any limit that a plugin can have for one call: the plugin's own counts.
const PATIENCE: Duration = Duration::from_secs(600);

/// Longer arguments are cut in errors: whoever typed them knows the rest.
const SHOWN_CHARACTERS: usize = 100;

/// A call that makes sense as far as one can tell without the package.
struct Call {
    file: PathBuf,
    function: String,
    /// A JSON array.
    args: String,
    locale: String,
    data: Option<PathBuf>,
}

pub(crate) fn run(args: CallArgs) -> Result<()> {
    let call = Call::check(args)?;
    let output = workbench::runtime()?.block_on(call.make())?;
    writeln!(io::stdout().lock(), "{}", as_json(output)).context("cannot write the answer")
}

/// JSON as the plugin gave it; HTML as `{"html": …}`, so that the two cannot be confused.
fn as_json(output: Output) -> String {
    match output {
        Output::Json(text) => text,
        Output::Html(html) => json!({ "html": html }).to_string(),
    }
}

impl Call {
    fn check(typed: CallArgs) -> Result<Self> {
        serde_json::from_str::<Vec<Value>>(&typed.args).map_err(|error| {
            hinted(
                format!(
                    "the arguments `{}` are no JSON array: {error}",
                    cut(&typed.args)
                ),
                r#"write them in the function's order, as in '["input", 5]'"#,
            )
        })?;
        let CallArgs {
            file,
            function,
            args,
            locale,
            data,
        } = typed;
        Ok(Self {
            file,
            function,
            args,
            locale,
            data,
        })
    }

    async fn make(self) -> Result<Output> {
        let facts = self.facts();
        let bench = Workbench::with(&self.file, self.data).await?;
        let active = bench.registered().await?;
        let functions = &active.registration.functions;
        if !functions.iter().any(|known| known.name == self.function) {
            return Err(no_function(&self.function, functions));
        }
        let manager = bench.host.manager();
        let session = manager.session(facts);
        let called = manager.call_function(&session, &bench.plugin, &self.function, self.args);
        Ok(called.await?)
    }

    /// Nobody is signed in: the command line acts for no user of an application.
    fn facts(&self) -> SessionFacts {
        SessionFacts {
            actor: None,
            tenant: None,
            locale: self.locale.clone(),
            request_id: format!("gk-{}", std::process::id()),
            deadline: Instant::now() + PATIENCE,
            entry: Entry {
                kind: EntryKind::Command,
                name: self.function.clone(),
            },
        }
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn no_function(wanted: &str, functions: &[Function]) -> anyhow::Error {
    let names = || functions.iter().map(|function| function.name.as_str());
    let hint = match nearest(wanted, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if functions.is_empty() => "it registers none".to_owned(),
        None => format!("it has {}", names().collect::<Vec<_>>().join(", ")),
    };
    hinted(format!("the package has no function `{wanted}`"), hint)
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
