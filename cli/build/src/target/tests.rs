//! The four steps, with programs that only pretend.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use super::*;
use crate::progress::Silent;

/// A machine of its own: programs, a sysroot, a cache, a configuration.
struct Machine(tempfile::TempDir);

const RUSTC: &str = r#"case "$1" in
    -vV) printf 'rustc 1.95.0 (abc 2026-04-14)\nrelease: 1.95.0\ncommit-hash: abc\n' ;;
    --print) echo "$ROOT/sysroot" ;;
esac"#;

/// A rustup that installs, slowly enough for a second caller to come by, and notes it.
const RUSTUP: &str = r#"echo "$@" >> "$ROOT/calls"
sleep 0.3
mkdir -p "$LIB" && touch "$LIB/libcore-1.rlib" "$LIB/libstd-1.rlib""#;

const NO_NETWORK: &str = "echo 'error: could not download' >&2; exit 1";

impl Machine {
    fn new() -> Self {
        let machine = Self(tempfile::tempdir().unwrap());
        machine.program("rustc", RUSTC);
        machine
    }

    fn program(&self, name: &str, script: &str) {
        let root = self.0.path().display();
        let lib = self.lib();
        let file = self.0.path().join("bin").join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        let head = format!(
            "#!/bin/sh\nPATH=/usr/bin:/bin\nROOT='{root}'\nLIB='{}'\n",
            lib.display()
        );
        fs::write(&file, format!("{head}{script}\n")).unwrap();
        fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn lib(&self) -> PathBuf {
        self.0
            .path()
            .join("sysroot/lib/rustlib")
            .join(TARGET)
            .join("lib")
    }

    fn lay(&self, files: &[(&str, &str)]) {
        fs::create_dir_all(self.lib()).unwrap();
        for (name, text) in files {
            fs::write(self.lib().join(name), text).unwrap();
        }
    }

    fn toolchain(&self) -> Toolchain {
        let root = self.0.path();
        Toolchain::from_env()
            .with_path(root.join("bin"))
            .with_cache(root.join("cache"))
            .with_etc(root.join("etc"))
            .in_folder(root)
    }

    fn ensure(&self) -> Result<TargetSource, TargetError> {
        ensure_target(&self.toolchain(), &Silent)
    }

    /// The error's text, with the machine's folder written as `ROOT`.
    fn refusal(&self) -> String {
        let text = self.ensure().unwrap_err().to_string();
        text.replace(self.0.path().to_str().unwrap(), "ROOT")
    }

    fn calls(&self) -> usize {
        fs::read_to_string(self.0.path().join("calls"))
            .unwrap_or_default()
            .lines()
            .count()
    }
}

const WHOLE: [(&str, &str); 2] = [("libcore-1.rlib", ""), ("libstd-1.rlib", "")];

#[test]
fn an_installed_target_is_used() {
    let machine = Machine::new();
    machine.program("rustup", RUSTUP);
    machine.lay(&WHOLE);
    assert_eq!(machine.ensure().unwrap(), TargetSource::Installed);
    assert_eq!(machine.calls(), 0);
}

#[test]
fn rustup_brings_the_target() {
    let machine = Machine::new();
    machine.program("rustup", RUSTUP);
    assert_eq!(machine.ensure().unwrap(), TargetSource::Rustup);
    assert_eq!(machine.ensure().unwrap(), TargetSource::Installed);
    let calls = fs::read_to_string(machine.0.path().join("calls")).unwrap();
    assert_eq!(calls, "target add wasm32-unknown-unknown\n");
}

#[test]
fn a_half_laid_folder_is_no_target() {
    for half in [
        &[][..],
        &[("libcore-1.rlib", "")],
        &[("libstd-1.rlib", "")],
        &[("libcore-1.rmeta", ""), ("libstd-1.rlib", "")],
    ] {
        let machine = Machine::new();
        machine.program("rustup", RUSTUP);
        machine.lay(half);
        assert_eq!(machine.ensure().unwrap(), TargetSource::Rustup, "{half:?}");
    }
}

#[test]
fn a_target_that_was_built_for_another_rustc_gives_way() {
    let machine = Machine::new();
    machine.program("rustup", RUSTUP);
    machine.lay(&WHOLE);
    machine.lay(&[("libstale-1.rlib", ""), (probe::MARKER, "1.95.0 abc")]);
    assert_eq!(machine.ensure().unwrap(), TargetSource::Installed);

    machine.lay(&[(probe::MARKER, "1.94.0 def")]);
    assert_eq!(machine.ensure().unwrap(), TargetSource::Rustup);
    assert!(!machine.lib().join("libstale-1.rlib").exists());
}

#[test]
fn callers_at_the_same_time_do_the_work_once() {
    let machine = Machine::new();
    machine.program("rustup", RUSTUP);
    thread::scope(|scope| {
        let callers = [(); 3].map(|()| scope.spawn(|| machine.ensure().unwrap()));
        let sources = callers.map(|caller| caller.join().unwrap());
        assert_eq!(
            sources
                .iter()
                .filter(|source| **source == TargetSource::Rustup)
                .count(),
            1
        );
    });
    assert_eq!(machine.calls(), 1);
}

#[test]
fn a_rustup_that_hangs_is_given_up() {
    let machine = Machine::new();
    machine.program("rustup", "exec sleep 60");
    let begin = Instant::now();
    let toolchain = machine
        .toolchain()
        .with_rustup_patience(Duration::from_millis(100));
    let refusal = ensure_target(&toolchain, &Silent).unwrap_err().to_string();
    assert!(
        refusal.contains("rustup gave no answer within 100ms"),
        "{refusal}"
    );
    assert!(begin.elapsed() < Duration::from_secs(30));
}

#[test]
fn the_error_tells_each_steps_answer_and_what_to_do() {
    let machine = Machine::new();
    machine.program("rustup", NO_NETWORK);
    assert_eq!(
        machine.refusal(),
        "\
rustc 1.95.0 cannot build for wasm32-unknown-unknown, and no step helped:
  1. installed: no folder ROOT/sysroot/lib/rustlib/wasm32-unknown-unknown/lib
  2. rustup target add: rustup failed (exit status: 1): error: could not download
  3. build from Debian's rust-src: apt-get is not on the PATH
run `rustup target add wasm32-unknown-unknown` where there is a network, or install the \
package of your system that has std for it (Debian: libstd-rust-dev-wasm32), and try again"
    );
}

/// One line of the error: the answer of step `number`.
fn answer(refusal: &str, number: usize) -> &str {
    refusal
        .lines()
        .find(|line| line.trim_start().starts_with(&format!("{number}.")))
        .unwrap()
}

#[test]
fn what_stands_in_the_way_of_rustup() {
    let machine = Machine::new();
    assert_eq!(
        answer(&machine.refusal(), 2),
        "  2. rustup target add: rustup is not on the PATH"
    );

    machine.program("rustup", "true");
    assert_eq!(
        answer(&machine.refusal(), 2),
        "  2. rustup target add: it ended without an error, but there is still no folder \
         ROOT/sysroot/lib/rustlib/wasm32-unknown-unknown/lib"
    );
}

#[test]
fn what_stands_in_the_way_of_building() {
    let machine = Machine::new();
    machine.program("apt-get", "true");
    assert_eq!(
        answer(&machine.refusal(), 3),
        "  3. build from Debian's rust-src: no Debian mirror is named below ROOT/etc/apt"
    );

    fs::create_dir_all(machine.0.path().join("etc/apt")).unwrap();
    let sources = machine.0.path().join("etc/apt/sources.list");
    fs::write(sources, "deb http://mirror.invalid/debian trixie main\n").unwrap();
    machine.program(
        "apt-cache",
        "echo ' rust-src | 1.85.0+dfsg1-3 | http://mirror.invalid'",
    );
    assert_eq!(
        answer(&machine.refusal(), 3),
        "  3. build from Debian's rust-src: no suite has rust-src 1.95.0; \
         trixie-backports has 1.85.0; trixie has 1.85.0; bookworm-backports has 1.85.0; \
         testing has 1.85.0; sid has 1.85.0"
    );
}

#[test]
fn no_rustc_at_all() {
    let machine = Machine::new();
    fs::remove_file(machine.0.path().join("bin/rustc")).unwrap();
    assert_eq!(
        machine.refusal(),
        "rustc cannot be asked about itself: rustc is not on the PATH; \
         install Rust, or put it on the PATH"
    );
}
