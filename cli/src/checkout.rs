//! Where GoatKit's own source is: the SDK is on no registry yet, so new plugins and the demo
//! take it from the checkout that `gk` was built from.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::failure::hinted;

/// The crate goatkit-plugin within a checkout.
const SDK: &str = "guest-sdk/rust";

/// A checkout of GoatKit that is there.
pub(crate) struct Checkout(PathBuf);

impl Checkout {
    /// The checkout that this program was built from.
    pub(crate) fn find() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        match root.canonicalize() {
            Ok(root) if is_sdk(&root.join(SDK)) => Ok(Self(root)),
            _ => Err(hinted(
                "the checkout of GoatKit that this gk was built from is gone",
                "run gk from a checkout with `cargo gk`; for a new plugin, name the folder of \
                 the crate goatkit-plugin with `--sdk PATH`",
            )),
        }
    }

    /// The folder of the crate goatkit-plugin.
    pub(crate) fn sdk(&self) -> PathBuf {
        self.0.join(SDK)
    }

    /// What plugins of this checkout are compiled from besides their own folders.
    pub(crate) fn beside_plugins(&self) -> Vec<PathBuf> {
        [SDK, "wit", "Cargo.toml"]
            .map(|name| self.0.join(name))
            .into()
    }

    /// The folders below `examples/` that are packages, by name.
    pub(crate) fn examples(&self) -> Result<Vec<PathBuf>> {
        let folder = self.0.join("examples");
        let entries = fs::read_dir(&folder)
            .with_context(|| format!("cannot read the examples in {}", folder.display()))?;
        let mut examples: Vec<PathBuf> = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.join("manifest.yaml").is_file())
            .collect();
        examples.sort();
        Ok(examples)
    }
}

/// Whether a folder is the crate goatkit-plugin.
pub(crate) fn is_sdk(folder: &Path) -> bool {
    let manifest = fs::read_to_string(folder.join("Cargo.toml"));
    manifest.is_ok_and(|text| text.lines().any(|line| line == "name = \"goatkit-plugin\""))
}
