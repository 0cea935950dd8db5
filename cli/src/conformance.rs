//! `gk conformance`: proves a package against the contract, a line for each thing that has to
//! hold. The package `conformance` of an SDK proves the SDK.

use std::io::{self, Write};

use anyhow::{Context, Result};
use goatkit_conformance::prove;
use goatkit_wasm::{CompilerProgram, WasmRuntime, WasmSettings};

use crate::args::ConformanceArgs;
use crate::failure::hinted;
use crate::grants::print_json;
use crate::{descriptors, workbench};

pub(crate) fn run(args: &ConformanceArgs) -> Result<()> {
    descriptors::raise_limit();
    let settings = WasmSettings {
        compiler: Some(CompilerProgram::this()),
        ..WasmSettings::new(workbench::code_cache())
    };
    let wasm = WasmRuntime::new(&settings, Vec::new())?;
    let report = workbench::runtime()?.block_on(prove(&args.file, &wasm))?;
    match args.json {
        true => print_json(&report)?,
        false => io::stdout()
            .lock()
            .write_all(report.to_string().as_bytes())
            .context("cannot write the answer")?,
    }
    match report.failures() {
        0 => Ok(()),
        failures => Err(hinted(
            format!("{failures} of {} checks failed", report.checks.len()),
            "each line above that says FAILED says why",
        )),
    }
}
