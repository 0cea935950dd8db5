//! The test's own program, started again: as what compiles, or as a host that is killed.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use goatkit_wasm::{CompileLimits, CompilerProgram};

/// How long something is waited for that no test wants to see fail: no slow machine needs as
/// long.
const PATIENCE: Duration = Duration::from_secs(120);

/// How often it is looked for.
const POLL: Duration = Duration::from_millis(5);

/// The test of every program of tests whose hosts compile in a process of their own. It calls
/// `goatkit_wasm::compile_if_asked` and does nothing else; started as what compiles, the
/// program runs it alone.
const COMPILES: &str = "compiles_when_asked";

/// The arguments by which a program of tests runs `test` alone.
fn alone(test: &str) -> [OsString; 3] {
    ["--exact", test, "--nocapture"].map(OsString::from)
}

/// This program as what compiles: for programs that have the test `compiles_when_asked`.
pub fn compiler(limits: CompileLimits) -> CompilerProgram {
    CompilerProgram {
        program: env::current_exe().unwrap(),
        args: alone(COMPILES).into(),
        limits,
    }
}

/// This program with one test of it, which finds out by its environment that it was meant.
pub fn again(test: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(alone(test));
    command
}

/// Waits for something that happens in another process.
pub fn until(what: &str, mut happened: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !happened() {
        assert!(Instant::now() < end, "waited in vain: {what}");
        thread::park_timeout(POLL);
    }
}

/// The processes that `parent` has started and that were not waited for, by their id: also
/// those that have ended.
pub fn children(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|&id| parent_of(id) == Some(parent)).collect()
}

/// Nothing if there is no such process any more.
fn parent_of(process: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The program's name stands in brackets and may have any letters in it.
    let (_, behind) = stat.rsplit_once(") ")?;
    behind.split(' ').nth(1)?.parse().ok()
}
