//! Where a password comes from that a command needs: it is never typed into a command line,
//! which others of the machine see and shells remember.

use std::io::{self, BufRead, IsTerminal};

use anyhow::{Context, Result, bail};
use goatkit_host::generated_password;

use crate::failure::hinted;

/// A password, and how it came about.
pub(crate) struct Chosen {
    pub(crate) password: String,
    /// Whether somebody has to be told.
    pub(crate) is_news: bool,
}

impl Chosen {
    /// For whoever was added or changed.
    pub(crate) fn told(&self) -> String {
        match self.is_news {
            true => format!("  {:<13} {}\n", "password", self.password),
            false => String::new(),
        }
    }
}

/// Makes one, asks for one, or reads a line of standard input.
pub(crate) fn choose(generate: bool, login: &str) -> Result<Chosen> {
    let password = match (generate, io::stdin().is_terminal()) {
        (true, _) => generated_password()?,
        (false, true) => asked(login)?,
        (false, false) => line(&mut io::stdin().lock())?,
    };
    Ok(Chosen {
        password,
        is_news: generate,
    })
}

/// Nothing of it is shown, so it is typed twice.
fn asked(login: &str) -> Result<String> {
    let login = goatkit_host::visible(login);
    let ask = |prompt: String| rpassword::prompt_password(prompt).context("cannot read it");
    let first = ask(format!("Password of {login}: "))?;
    if ask("Once more: ".to_owned())? != first {
        bail!("the two passwords differ: nothing was changed");
    }
    Ok(first)
}

fn line(input: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    input
        .read_line(&mut line)
        .context("cannot read the password")?;
    line.truncate(line.trim_end_matches(['\r', '\n']).len());
    match line.is_empty() {
        false => Ok(line),
        true => Err(hinted(
            "no password was given",
            "write it as a line of standard input, or have one made with `--generate`",
        )),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_the_first_line() {
        let check = |input: &str, expect: &str| {
            assert_eq!(line(&mut input.as_bytes()).unwrap(), expect);
        };
        check("correct horse battery\n", "correct horse battery");
        check("correct horse battery\r\nmore", "correct horse battery");
        check(" correct horse battery ", " correct horse battery ");
        for input in ["", "\n", "\n\n"] {
            line(&mut input.as_bytes()).unwrap_err();
        }
    }
}
