//! The examples' zips: built when something that decides their bytes changed, else taken
//! from the user's cache, so that the second start is fast.

use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use goatkit_build::{Fingerprint, Progress, Toolchain, build_plugin, fingerprint};

use crate::checkout::Checkout;
use crate::progress::Steps;

/// A built example.
pub(super) struct Package {
    /// The example's folder.
    pub(super) example: String,
    pub(super) zip: Vec<u8>,
}

/// Builds all examples of the checkout, or takes what is as good as built.
pub(super) fn build_all(checkout: &Checkout) -> Result<Vec<Package>> {
    let toolchain = Toolchain::from_env();
    let examples = checkout.examples()?;
    let packages = examples.into_iter().map(|folder| {
        let name = folder.file_name().unwrap_or_default();
        let example = name.to_string_lossy().into_owned();
        let shelf = Shelf::open(toolchain.cache().join("demo").join(name))?;
        let source = Source {
            folder,
            checkout,
            toolchain: &toolchain,
        };
        let zip = shelf.zip_of(&source)?;
        Ok(Package { example, zip })
    });
    packages.collect()
}

/// What an example is built from.
struct Source<'a> {
    folder: PathBuf,
    checkout: &'a Checkout,
    toolchain: &'a Toolchain,
}

impl Source<'_> {
    /// One that cannot be taken is none: then it is built.
    fn fingerprint(&self) -> Option<Fingerprint> {
        let beside = self.checkout.beside_plugins();
        match fingerprint(&self.folder, &beside, self.toolchain) {
            Ok(fingerprint) => fingerprint,
            Err(error) => {
                tracing::warn!("{} is built anew: {error}", self.folder.display());
                None
            }
        }
    }
}

/// Where the zip of one example is kept, under its fingerprint. One process at a time has it.
struct Shelf {
    folder: PathBuf,
    _lock: File,
}

impl Shelf {
    fn open(folder: PathBuf) -> Result<Self> {
        let open = || {
            // What is in it is served: nobody else may put something there.
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&folder)?;
            let lock = File::create(folder.join(".lock"))?;
            lock.lock()?;
            Ok(lock)
        };
        let opened: std::io::Result<File> = open();
        let lock = opened.with_context(|| {
            format!(
                "cannot keep what is built in {}; XDG_CACHE_HOME names another place",
                folder.display()
            )
        })?;
        Ok(Self {
            folder,
            _lock: lock,
        })
    }

    fn zip_of(&self, source: &Source<'_>) -> Result<Vec<u8>> {
        let before = source.fingerprint();
        if let Some(kept) = before.and_then(|it| fs::read(self.place(it)).ok()) {
            return Ok(kept);
        }
        let built = self.folder.join("built.zip");
        let progress = Steps::new();
        progress.step(&format!("building {}", source.folder.display()));
        let result = build_plugin(source.folder.as_path(), Some(&built), &progress);
        progress.end(result)?;
        let zip = read(&built)?;
        // A source that changed meanwhile may be in it in part.
        match before.filter(|_| source.fingerprint() == before) {
            Some(fingerprint) => self.keep(&built, fingerprint)?,
            None => tracing::debug!("{} is built anew next time", source.folder.display()),
        }
        Ok(zip)
    }

    /// Puts a zip in its place and removes those of earlier sources.
    fn keep(&self, built: &Path, fingerprint: Fingerprint) -> Result<()> {
        let place = self.place(fingerprint);
        fs::rename(built, &place).with_context(|| format!("cannot write {}", place.display()))?;
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        for old in entries.map(|entry| entry.path()) {
            if old != place && old.extension().is_some_and(|it| it == "zip") {
                // Litter: the next build removes it.
                let _ = fs::remove_file(old);
            }
        }
        Ok(())
    }

    fn place(&self, fingerprint: Fingerprint) -> PathBuf {
        self.folder.join(format!("{fingerprint}.zip"))
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}
