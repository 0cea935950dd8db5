//! Reads the repository that this crate stands in. Nothing is decided here.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::Broken;
use crate::manifest::{Manifest, members};

/// The repository's files, by paths with `/` that begin at its top.
pub struct Repository {
    root: PathBuf,
}

/// A source file.
#[derive(Debug, Clone)]
pub struct Source {
    /// E.g. `host/package/src/lib.rs`.
    pub path: String,
    /// What is in it.
    pub text: String,
}

impl Repository {
    /// The one that this crate was compiled in.
    #[must_use]
    pub fn here() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        Self { root }
    }

    /// The text of a file; empty where there is none, which no rule takes for good.
    #[must_use]
    pub fn text(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap_or_default()
    }

    /// The manifests of the workspace's crates.
    ///
    /// # Errors
    /// If one of them cannot be understood.
    pub fn manifests(&self) -> Result<Vec<Manifest>, Broken> {
        let members = members(&self.text("Cargo.toml"))?;
        let manifest = |folder: &String| {
            let text = self.text(&format!("{folder}/Cargo.toml"));
            Manifest::parse(folder, &text)
        };
        members.iter().map(manifest).collect()
    }

    /// The folders at the top, without hidden ones and without what cargo builds.
    ///
    /// # Errors
    /// If the top cannot be listed.
    pub fn folders(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.root)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.file_type()?.is_dir() && is_kept(&name) {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    /// Every Rust source, guests and tests included.
    ///
    /// # Errors
    /// If a folder or a source cannot be read.
    pub fn sources(&self) -> io::Result<Vec<Source>> {
        let mut sources = Vec::new();
        self.collect(String::new(), &mut sources)?;
        sources.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(sources)
    }

    fn collect(&self, below: String, sources: &mut Vec<Source>) -> io::Result<()> {
        for entry in fs::read_dir(self.root.join(&below))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{below}{name}");
            if entry.file_type()?.is_dir() {
                if is_kept(&name) {
                    self.collect(format!("{path}/"), sources)?;
                }
            } else if name.ends_with(".rs") {
                let text = fs::read_to_string(entry.path())?;
                sources.push(Source { path, text });
            }
        }
        Ok(())
    }
}

/// Whether a folder is part of the repository.
fn is_kept(name: &str) -> bool {
    !name.starts_with('.') && name != "target" && name != "dist"
}
