//! What drives a browser: Debian's chromedriver, which starts a Chromium for each session that
//! is opened. Both are killed together.

use tempfile::TempDir;

use crate::ports;
use crate::process::{Process, Program};

/// How often another port is tried when somebody else was faster.
const TRIES: u32 = 5;

/// A chromedriver. Dropping it kills it, and every browser that it has started.
pub struct Chromedriver {
    // Killed before its folder goes.
    _process: Process,
    port: u16,
    folder: TempDir,
}

impl Chromedriver {
    /// Starts one that no browser belongs to yet.
    ///
    /// # Panics
    /// Where chromedriver is not installed or does not start.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder for the browser");
        let mut printed = String::new();
        for _ in 0..TRIES {
            let port = ports::free();
            match Process::start(&program(port, &folder)) {
                Ok(process) => {
                    return Self {
                        _process: process,
                        port,
                        folder,
                    };
                }
                Err(ended) => printed = ended.0,
            }
        }
        panic!("chromedriver does not start:\n{printed}");
    }

    /// Where it is: `http://127.0.0.1:16000`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A folder for what browsers keep. It is gone with them.
    pub fn profile(&self) -> String {
        self.folder.path().join("profile").display().to_string()
    }
}

/// Chromium writes into its user's home what does not belong to a profile, so it gets another
/// home. What it prints goes into the pipe that tells when the last process of it has ended.
fn program(port: u16, folder: &TempDir) -> Program {
    let home = format!("HOME={}", folder.path().display());
    let port = format!("--port={port}");
    let env = [
        "env",
        "-u",
        "XDG_CONFIG_HOME",
        "-u",
        "XDG_CACHE_HOME",
        &home,
    ];
    let line = [&env[..], &["chromedriver", &port, "--enable-chrome-logs"]];
    Program {
        line: line.concat().into_iter().map(str::to_owned).collect(),
        package: "chromium-driver",
        ready: "started successfully",
    }
}
