//! Goes through rows of the table: on the port, so that every runtime is held to the same.

use std::collections::BTreeMap;
use std::time::Duration;

use goatkit_capability::grants::{Rules, Sections};
use goatkit_package::{LimitsRequest, Reach, StoredPackage};
use goatkit_runtime::{Output, Plugin, Runtime, Session};
use serde_json::Value;

use crate::case::{Case, Expect};
use crate::pattern::short;
use crate::report::Report;
use crate::world::{World, WorldError, asked, items, of_line};

/// The time for one call, in which the slowest machine comes to an answer.
const CALL: Duration = Duration::from_secs(20);

/// Goes through rows of the table with the package `conformance`. Each row has a world of its
/// own, and the plugin is loaded for it with what the row grants.
///
/// # Errors
/// [`WorldError`] when there is nothing to try a row in.
pub async fn run<'c>(
    package: &StoredPackage,
    runtime: &dyn Runtime,
    rows: impl IntoIterator<Item = &'c Case>,
) -> Result<Report, WorldError> {
    let mut report = Report::default();
    for case in rows {
        let world = World::with(package)?;
        let tried = attempt(case, &world, package, runtime).await;
        report.note(case.capability(), case.name, tried);
    }
    Ok(report)
}

async fn attempt(
    case: &Case,
    world: &World,
    package: &StoredPackage,
    runtime: &dyn Runtime,
) -> Result<(), String> {
    let loaded = world.load(runtime, in_force(case, world, package)?, Some(CALL));
    let plugin = loaded.await.map_err(|error| error.message().to_owned())?;
    let session = world.session(case.who);
    for call in case.calls() {
        let args = world.told(&call.args.text());
        let answer = told(&*plugin, &session, call.function, args).await;
        let logged = world.last_line().map(|line| of_line(&line));
        let got = match answer {
            Ok(answer)
                if call
                    .expect
                    .is(&answer, logged.as_ref(), |it| world.told(it)) =>
            {
                continue;
            }
            Ok(answer) => match (call.expect, logged) {
                (Expect::Logged(_), Some(line)) => short(&format!("{answer} and {line}")),
                _ => short(&answer.to_string()),
            },
            Err(problem) => problem,
        };
        let (function, expect) = (call.function, call.expect);
        return Err(format!("{function}: expected {expect}, got {got}"));
    }
    Ok(())
}

/// What the package asks, as far as the row grants it.
fn in_force(case: &Case, world: &World, package: &StoredPackage) -> Result<Rules, String> {
    let manifest = package.manifest();
    let capabilities: BTreeMap<String, Value> = serde_json::from_str(&world.told(case.grants))
        .map_err(|error| format!("the row's grants: {error}"))?;
    let written = Sections {
        capabilities: &capabilities,
        reach: &Reach::default(),
        limits: &LimitsRequest::default(),
    };
    let granted = items().rules(&manifest.name, written);
    let granted = granted.map_err(|problems| format!("the row's grants: {}", problems.join("; ")));
    let asked = asked(manifest).map_err(|problems| problems.join("; "));
    Ok(items().both(&asked?, &granted?))
}

/// What the plugin says that the host answered.
async fn told(
    plugin: &dyn Plugin,
    session: &Session,
    function: &str,
    args: String,
) -> Result<Value, String> {
    let answer = plugin.call_function(session, function, args);
    match answer.await {
        Ok(Output::Json(text)) => serde_json::from_str(&text).map_err(|error| error.to_string()),
        Ok(Output::Html(_)) => Err("HTML".to_owned()),
        Err(error) => Err(error.message()),
    }
}
