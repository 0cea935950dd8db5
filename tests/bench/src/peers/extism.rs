//! Extism, in a program of its own: it brings another wasmtime. The program is told how often to
//! call, and answers how long that took, so that it takes its turn like everything else.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use goatkit_build::{Silent, TARGET, Toolchain, ensure_target};

use super::{Found, Peers, cache, run};
use crate::Result;

/// Where its workspace is.
const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/extism");

/// A program that calls a plugin in Extism. Ends when it is dropped.
pub struct Extism {
    child: Child,
    tell: ChildStdin,
    hear: BufReader<ChildStdout>,
}

impl Extism {
    /// Starts it, built before if that may be.
    pub fn start(peers: Peers) -> Result<Found<Self>> {
        let target = cache().join("extism");
        let (program, guest) = files(&target);
        if peers == Peers::Fetched {
            build(&target)?;
        }
        if !program.is_file() || !guest.is_file() {
            let how = "build Extism with `cargo gk-bench --peers`";
            return Ok(Err(how.to_owned()));
        }
        let mut child = Command::new(program)
            .arg(guest)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (Some(tell), Some(hear)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("the program that calls Extism has no pipes".into());
        };
        Ok(Ok(Self {
            child,
            tell,
            hear: BufReader::new(hear),
        }))
    }

    /// Calls the same instance again and again.
    pub fn warm(&mut self, times: u64) -> Result<Duration> {
        self.ask("warm", times)
    }

    /// Calls an instance of its own each time.
    pub fn fresh(&mut self, times: u64) -> Result<Duration> {
        self.ask("fresh", times)
    }

    fn ask(&mut self, what: &str, times: u64) -> Result<Duration> {
        writeln!(self.tell, "{what} {times}")?;
        self.tell.flush()?;
        let mut answer = String::new();
        self.hear.read_line(&mut answer)?;
        let nanoseconds = answer.trim_end().parse();
        nanoseconds
            .map(Duration::from_nanos)
            .map_err(|_| "the program that calls Extism ended".into())
    }
}

impl Drop for Extism {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program and the plugin that it calls.
fn files(target: &Path) -> (PathBuf, PathBuf) {
    let program = target.join("release/goatkit-bench-extism");
    let guest = format!("{TARGET}/release/goatkit_bench_extism_guest.wasm");
    (program, target.join(guest))
}

/// Builds both, each with its own folder of this workspace out of the way.
fn build(target: &Path) -> Result<()> {
    let source = Path::new(SOURCE);
    ensure_target(&Toolchain::from_env().in_folder(source), &Silent)?;
    let cargo = |more: &[&str]| {
        let mut cargo = Command::new("cargo");
        let build = ["build", "--release", "--locked"];
        cargo.current_dir(source).args(build).args(more);
        // Whoever runs this may have asked for another folder for this workspace.
        cargo.env_remove("CARGO_TARGET_DIR");
        run(cargo.arg("--target-dir").arg(target))
    };
    cargo(&[])?;
    cargo(&[
        "--package",
        "goatkit-bench-extism-guest",
        "--target",
        TARGET,
    ])
}
