//! Debian's package of a server that is missing, installed once per process: who runs the tests
//! on a fresh machine has nothing else to do. Needs `apt-get`, and to be root or somebody whom
//! `sudo` asks nothing.

use std::collections::BTreeSet;
use std::env;
use std::fs::File;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// What is installed here, and nothing else.
const PACKAGES: [&str; 3] = ["redis-server", "python3-aiosmtpd", "chromium-driver"];

/// Tries to install a package; what it comes to shows when the program is started again.
/// Answers whether it was tried now.
pub(crate) fn install(package: &'static str) -> bool {
    static TRIED: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());
    // Held meanwhile: the other tests wait, and find it there.
    let mut tried = TRIED.lock().unwrap_or_else(PoisonError::into_inner);
    if !PACKAGES.contains(&package) || !tried.insert(package) {
        return false;
    }
    // Other processes as well; without the lock apt-get's own tells them to come again.
    let lock = File::create(env::temp_dir().join("goatkit-test-servers.lock"));
    let _held = lock.and_then(|file| file.lock().map(|()| file));
    eprintln!("==> installing Debian's package {package}, which a test needs");
    let _ = as_root("apt-get update -qq");
    as_root(&format!(
        "DEBIAN_FRONTEND=noninteractive apt-get install -y -qq {package}"
    ))
}

fn as_root(line: &str) -> bool {
    let script =
        format!("if [ \"$(id -u)\" = 0 ]; then exec env {line}; else exec sudo -n env {line}; fi");
    let status = Command::new("sh")
        .args(["-c", &script])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}
