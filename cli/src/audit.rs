//! `gk plugin audit`: what plugins were denied, and what of their requests and grants comes to
//! nothing.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use anyhow::{Context, Result};
use goatkit_host::Audit;

use crate::args::AuditArgs;
use crate::grants::{plugin, print_json};
use crate::office;

pub(crate) fn run(args: &AuditArgs) -> Result<()> {
    let mut path = format!("/v1/audit?last={}", args.last);
    if let Some(name) = &args.name {
        let _ = write!(path, "&plugin={}", plugin(name)?);
    }
    let audit: Audit = office::with(&args.host.data, async |host| host.get(&path).await)?;
    if args.json {
        return print_json(&audit);
    }
    let mut out = io::stdout().lock();
    out.write_all(told(&audit).as_bytes())
        .context("cannot write the answer")
}

fn told(audit: &Audit) -> String {
    String::new()
}
