//! `gk plugin build`: the component and the zip, then a look at it through a host's eyes,
//! so that mistakes are told to whoever can mend them.

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result};
use goatkit_build::build_plugin;

use crate::args::BuildArgs;
use crate::failure::hinted;
use crate::progress::Steps;
use crate::workbench::{self, Workbench};

/// What every template of the application has by these names; tests hold it against one.
const BUILTINS: &[&str] = &["debug", "dict", "namespace", "range"];

/// What a package's own templates have beside them.
const BUILTINS_OF_PACKAGES: &[&str] = &["asset", "t"];

pub(crate) fn run(args: &BuildArgs) -> Result<()> {
    let progress = Steps::new();
    let built = build_plugin(args.dir.as_path(), args.out.as_deref(), &progress);
    let built = progress.end(built)?;
    let notes = workbench::runtime()?.block_on(check(&built.path))?;
    let mut out = io::stdout().lock();
    writeln!(out, "{}", built.path.display())?;
    writeln!(out, "  {} bytes", built.size)?;
    writeln!(out, "  digest {}", built.digest)?;
    for note in notes {
        eprintln!("note: {note}");
    }
    Ok(())
}

/// Loads and registers the zip on a host, and answers with what its author should know.
async fn check(zip: &Path) -> Result<Vec<String>> {
    let refused = || format!("{} is written, and a host refuses it", zip.display());
    let bench = Workbench::with(zip).await.with_context(refused)?;
    let active = bench.registered().await.map_err(|error| {
        hinted(
            format!("{}: {error}", refused()),
            "mend that and build it again; `gk plugin inspect` shows the same",
        )
    })?;
    let plugin = bench.plugin.template_name();
    let functions = active.registration.functions.iter();
    Ok(functions
        .filter_map(|function| hidden(&plugin, &function.name))
        .collect())
}

/// A bare name never hides a builtin.
fn hidden(plugin: &str, function: &str) -> Option<String> {
    let templates = if BUILTINS.contains(&function) {
        "templates"
    } else if BUILTINS_OF_PACKAGES.contains(&function) {
        "templates of packages"
    } else {
        return None;
    };
    Some(format!(
        "{templates} have a `{function}` of their own: there the plugin's is called \
         `{plugin}.{function}(…)`"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_behind_a_builtin_is_told() {
        let note = hidden("my_plugin", "range").unwrap_or_default();
        assert!(note.contains("`my_plugin.range(…)`"), "{note}");
        assert!(hidden("my_plugin", "t").is_some_and(|note| note.contains("of packages")));
        assert_eq!(hidden("my_plugin", "ranges"), None);
    }
}
