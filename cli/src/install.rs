//! `gk plugin install`: what a package asks, in plain words; the administrator's answer; and
//! the package in its place.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

use anyhow::{Context, Result};
use goatkit_host::{Asked, Examined};
use serde_json::json;

use crate::args::InstallArgs;
use crate::failure::hinted;
use crate::grants;
use crate::office;

/// How the administrator's answer is known.
enum Answer {
    /// It is asked for.
    Ask,
    /// Everything is granted.
    Yes,
    /// As this grant file says.
    File(String),
}

pub(crate) fn run(args: &InstallArgs) -> Result<()> {
    let file = absolute(&args.file)?;
    let answer = Answer::of(args)?;
    let data = &args.host.data;
    let examined: Examined = office::with(data, async |host| {
        host.post("/v1/examine", json!({ "file": file })).await
    })?;
    eprint!("{}", examined.text);
    // Nobody is kept waiting while a person thinks; what was shown is what is installed.
    let grants = match answer {
        Answer::Ask if !consents()? => return Err(anyhow::anyhow!("nothing was installed")),
        Answer::Ask | Answer::Yes => None,
        Answer::File(text) => Some(text),
    };
    let body = json!({
        "file": file,
        "binding": examined.asked.binding,
        "grants": grants,
    });
    let installed: Asked = office::with(data, async |host| host.post("/v1/install", body).await)?;
    grants::print(&[installed])
}

impl Answer {
    fn of(args: &InstallArgs) -> Result<Self> {
        match &args.grants {
            Some(path) => fs::read_to_string(path)
                .map(Self::File)
                .with_context(|| format!("cannot read the grants in {}", path.display())),
            None if args.yes => Ok(Self::Yes),
            None if io::stdin().is_terminal() => Ok(Self::Ask),
            None => Err(hinted(
                "there is nobody to ask: standard input is no terminal",
                "grant all that it asks with `--yes`, or say what with `--grants FILE`",
            )),
        }
    }
}

/// Asks. Only a clear yes is one.
fn consents() -> Result<bool> {
    eprint!("\nGrant this and install it? [y/N] ");
    io::stderr().flush()?;
    let mut typed = String::new();
    io::stdin()
        .read_line(&mut typed)
        .context("cannot read the answer")?;
    Ok(matches!(
        typed.trim().to_ascii_lowercase().as_str(),
        "y" | "yes"
    ))
}

/// The path as another process understands it.
pub(crate) fn absolute(path: &Path) -> Result<String> {
    let whole = path
        .canonicalize()
        .with_context(|| format!("cannot read {}", path.display()))?;
    match whole.into_os_string().into_string() {
        Ok(path) => Ok(path),
        Err(_) => Err(hinted(
            format!("the path of {} is not UTF-8", path.display()),
            "rename it, or copy it elsewhere",
        )),
    }
}
