//! The wasm runtime, held against the table with the package `conformance` in Rust; and the
//! proof itself, with packages that break what it checks.

#![allow(clippy::unwrap_used)]

mod proof;
mod registering;
mod table;

use std::path::{Path, PathBuf};

use goatkit_test_support::guest;
use goatkit_wasm::{WasmRuntime, WasmSettings};
use tempfile::TempDir;

/// A runtime, and the folder that its code is kept in.
struct Wasm {
    runtime: WasmRuntime,
    folder: TempDir,
}

impl Wasm {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = WasmSettings {
            // Many runtimes live in one test process.
            pool: 200,
            ..WasmSettings::new(folder.path().join("cache"))
        };
        let runtime = WasmRuntime::new(&settings, Vec::new()).unwrap();
        Self { runtime, folder }
    }

    /// The zip of the package `conformance` with the component of a guest.
    fn conformance(&self, guest_name: &str) -> PathBuf {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("package");
        let zip = self.folder.path().join("conformance.zip");
        goatkit_package::pack(&source, Some(&guest(guest_name)), &zip).unwrap();
        zip
    }
}
