//! The whole proof of one package: what `gk conformance` does.

use std::path::Path;

use goatkit_package::Store;
use goatkit_runtime::{Registration, Runtime};

use crate::report::Report;
use crate::table::{FUNCTIONS, TABLE};
use crate::world::WorldError;
use crate::{general, run};

/// Checks a zip or a folder on `runtime`: what holds for every package, and the table if it is
/// the package `conformance`, by its name or by its functions. Blocks now and then.
///
/// # Errors
/// [`WorldError`] when there is nothing to check it in. What is wrong with the package stands
/// in the report.
pub async fn prove(file: &Path, runtime: &dyn Runtime) -> Result<Report, WorldError> {
    let mut report = Report::default();
    let folder = tempfile::tempdir()?;
    let store = Store::open(folder.path())?;
    let Some(package) = report.note("package", "it is one", store.admit(file)) else {
        return Ok(report);
    };
    let registered = general::check(&package, runtime, &mut report).await?;
    if registered.is_some_and(|it| is_conformance(&it)) {
        let rows = TABLE.iter().copied().flatten();
        let table = run(&package, runtime, rows).await?;
        report.checks.extend(table.checks);
    }
    Ok(report)
}

fn is_conformance(registered: &Registration) -> bool {
    let has = |name: &str| registered.functions.iter().any(|it| it.name == name);
    registered.name == "conformance" || FUNCTIONS.iter().all(|name| has(name))
}
