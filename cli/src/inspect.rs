//! `gk plugin inspect`: what a package is, what its component needs and offers, and what it
//! registers. Nothing of it runs but `gk-register`.

use std::fmt::Display;
use std::io::{self, Write};

use anyhow::{Context, Result};
use goatkit_build::{InterfaceName, describe};
use goatkit_host::{Active, Manifest, Registration};
use serde::Serialize;

use crate::args::InspectArgs;
use crate::workbench::{self, Workbench};

/// The registration of the seed document, field for field, and ours beside it.
#[derive(Serialize)]
struct Inspection<'a> {
    #[serde(flatten)]
    registration: &'a Registration,
    digest: String,
    manifest: &'a Manifest,
    imports: Vec<String>,
    exports: Vec<String>,
}

pub(crate) fn run(args: &InspectArgs) -> Result<()> {
    let registered = async {
        let bench = Workbench::with(&args.file).await?;
        let active = bench.registered().await?;
        show(&active, args.json)
    };
    workbench::runtime()?.block_on(registered)
}

fn show(active: &Active, json: bool) -> Result<()> {
    let component = active.package.component()?;
    let interface = describe(&component)?;
    let names = |names: &[InterfaceName]| names.iter().map(ToString::to_string).collect();
    let inspection = Inspection {
        registration: &active.registration,
        digest: active.package.digest().to_string(),
        manifest: active.package.manifest(),
        imports: names(&interface.imports),
        exports: names(&interface.exports),
    };
    let text = match json {
        true => serde_json::to_string_pretty(&inspection)? + "\n",
        false => inspection.text(),
    };
    let written = io::stdout().lock().write_all(text.as_bytes());
    written.context("cannot write the answer")
}

impl Inspection<'_> {
    /// For people: a heading per kind of thing, left out where there is none of it.
    fn text(&self) -> String {
        let (it, manifest) = (self.registration, self.manifest);
        let mut text = Text(format!("{} {} ({})\n", it.name, it.version, it.runtime));
        if !manifest.description.is_empty() {
            text.line(&manifest.description);
        }
        text.line(format!("digest {}", self.digest));
        text.list("capabilities asked for", manifest.capabilities.keys());
        text.list("reach asked for", reach(manifest));
        text.list("imports", &self.imports);
        text.list("exports", &self.exports);
        text.list("functions", it.functions.iter().map(signature));
        text.list("hooks", &it.hooks);
        text.list(
            "menu",
            it.menu_items
                .iter()
                .map(|item| format!("{} → {}", item.label, item.path)),
        );
        text.list(
            "pages",
            it.pages
                .iter()
                .map(|page| format!("{} shows {}", page.path, page.template)),
        );
        text.list(
            "routes",
            it.routes
                .iter()
                .map(|route| format!("{} {}", route.method, route.path)),
        );
        text.list(
            "widgets",
            it.widgets
                .iter()
                .map(|widget| format!("{} for {}", widget.id, widget.place)),
        );
        text.list(
            "jobs",
            it.jobs
                .iter()
                .map(|job| format!("{}: {} {}", job.name, job.cron, job.time_zone)),
        );
        text.list("permissions", &it.permissions);
        text.0
    }
}

fn reach(manifest: &Manifest) -> Vec<String> {
    let asked = &manifest.reach;
    let routes = asked.routes.iter().map(|route| format!("route {route}"));
    let hooks = asked.hooks.iter().map(|(hook, of)| match of.as_slice() {
        [] => format!("hook {hook}"),
        of => format!("hook {hook} of {}", of.join(", ")),
    });
    let widgets = asked.widgets.iter().map(|place| format!("widget {place}"));
    let script = asked
        .script
        .then(|| "script in the application's pages".to_owned());
    routes.chain(hooks).chain(widgets).chain(script).collect()
}

fn signature(function: &goatkit_host::Function) -> String {
    let args: Vec<String> = function
        .args
        .iter()
        .map(|arg| format!("{}: {}", arg.name, arg.type_name))
        .collect();
    let signature = format!(
        "{}({}) -> {}",
        function.name,
        args.join(", "),
        function.returns
    );
    match function.description.as_str() {
        "" => signature,
        description => format!("{signature}\n      {description}"),
    }
}

struct Text(String);

impl Text {
    fn line(&mut self, line: impl Display) {
        self.0 += &format!("  {line}\n");
    }

    fn list(&mut self, heading: &str, items: impl IntoIterator<Item: Display>) {
        let mut items = items.into_iter().peekable();
        if items.peek().is_none() {
            return;
        }
        self.0 += &format!("{heading}\n");
        for item in items {
            self.line(item);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn reach_of(yaml: &str) -> Vec<String> {
        let head = "name: a\nversion: 1.0.0\nruntime: wasm\ncomponent: plugin.wasm\n";
        reach(&Manifest::parse(format!("{head}{yaml}").as_bytes()).unwrap())
    }

    #[test]
    fn everything_that_a_manifest_reaches_for_is_shown() {
        let all = "reach:
  routes: [/admin/*]
  hooks: { saved: [tickets, users], started: [] }
  widgets: [dashboard]
  script: true
";
        let expect = [
            "route /admin/*",
            "hook saved of tickets, users",
            "hook started",
            "widget dashboard",
            "script in the application's pages",
        ];
        assert_eq!(reach_of(all), expect);
        assert!(reach_of("").is_empty());
    }
}
