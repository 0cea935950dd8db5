//! What decides the bytes of a built plugin, in one digest: whoever keeps a zip under it
//! knows without compiling that nothing changed.
//!
//! It is cautious: where something outside of the folders that were read could decide too,
//! there is no fingerprint, and one builds.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use goatkit_package::Digest;

use crate::tool::{self, ToolError};
use crate::toolchain::Toolchain;

/// Below a crate's folder these are what builds leave behind.
const LEFT_BEHIND: [&str; 3] = ["target", "dist", ".git"];

/// What a caller may tell cargo about its compiler; the rest does not reach a guest.
const WISHES: [&str; 2] = ["RUSTC", "RUSTC_WRAPPER"];

/// Everything that decides the bytes of one plugin's zip.
pub type Fingerprint = Digest;

/// The fingerprint of the plugin in `dir`, whose build also reads the files and folders
/// `beside` it, such as the SDK's.
///
/// There is none where the plugin has no Cargo.lock, or a crate in it lies in a folder that
/// is not among those.
///
/// # Errors
/// Where rustc does not answer or a file cannot be read.
pub fn fingerprint(
    dir: &Path,
    beside: &[PathBuf],
    toolchain: &Toolchain,
) -> Result<Option<Fingerprint>, FingerprintError> {
    let dir = &std::path::absolute(dir).map_err(FingerprintError::io(dir))?;
    let mut read = Read::default();
    read.text("rustc", rustc(toolchain, dir)?.as_bytes());
    for name in WISHES {
        let wish = env::var_os(name).unwrap_or_default();
        read.text(name, wish.as_encoded_bytes());
    }
    read.text("builder", builder()?.as_bytes());
    for file in configurations(dir, toolchain) {
        read.file(&file)?;
    }
    read.entry(dir)?;
    for path in beside {
        read.entry(path)?;
    }
    let complete = match fs::read_to_string(dir.join("Cargo.lock")) {
        Ok(lock) => local_crates(&lock).all(|name| read.crates.iter().any(|known| known == name)),
        Err(_) => false,
    };
    Ok(complete.then(|| Digest::of(&read.bytes)))
}

/// Why a fingerprint could not be taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FingerprintError {
    /// rustc does not tell about itself.
    #[error("rustc cannot be asked about itself: {0}")]
    Rustc(#[from] ToolError),
    /// A file or folder cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl FingerprintError {
    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Io {
            path: path.to_owned(),
            source,
        }
    }
}

/// What was read, each piece with its name and length before it.
#[derive(Default)]
struct Read {
    bytes: Vec<u8>,
    /// The names of the crates whose Cargo.toml was among it.
    crates: Vec<String>,
}

impl Read {
    fn text(&mut self, name: &str, content: &[u8]) {
        for part in [name.as_bytes(), content] {
            self.bytes.extend((part.len() as u64).to_le_bytes());
            self.bytes.extend(part);
        }
    }

    fn entry(&mut self, path: &Path) -> Result<(), FingerprintError> {
        if path.is_dir() {
            self.folder(path, &LEFT_BEHIND)
        } else {
            self.file(path)
        }
    }

    fn folder(&mut self, path: &Path, without: &[&str]) -> Result<(), FingerprintError> {
        let entries = fs::read_dir(path).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let mut entries = entries.map_err(FingerprintError::io(path))?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            if without.iter().any(|name| entry.file_name() == *name) {
                continue;
            }
            let path = entry.path();
            if path.is_dir() {
                self.folder(&path, &[])?;
            } else {
                self.file(&path)?;
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path) -> Result<(), FingerprintError> {
        let content = fs::read(path).map_err(FingerprintError::io(path))?;
        if path.ends_with("Cargo.toml") {
            let text = String::from_utf8_lossy(&content);
            self.crates
                .extend(text.lines().filter_map(name_of).map(str::to_owned));
        }
        self.text(&path.to_string_lossy(), &content);
        Ok(())
    }
}

/// The crates of a Cargo.lock that are folders on this machine.
fn local_crates(lock: &str) -> impl Iterator<Item = &str> {
    lock.split("[[package]]")
        .skip(1)
        .filter(|package| !package.lines().any(|line| line.starts_with("source = ")))
        .filter_map(|package| package.lines().find_map(name_of))
}

fn name_of(line: &str) -> Option<&str> {
    line.strip_prefix("name = \"")?.strip_suffix('"')
}

/// Cargo reads its configuration from every folder above, and from its home.
fn configurations(dir: &Path, toolchain: &Toolchain) -> Vec<PathBuf> {
    let above = dir.ancestors().map(|folder| folder.join(".cargo"));
    let home = toolchain.cargo_home().map(Path::to_owned);
    above
        .chain(home)
        .flat_map(|folder| [folder.join("config.toml"), folder.join("config")])
        .filter(|file| file.is_file())
        .collect()
}

fn rustc(toolchain: &Toolchain, dir: &Path) -> Result<String, ToolError> {
    let toolchain = toolchain.clone().in_folder(dir);
    let mut command = toolchain.command("rustc")?;
    tool::run(command.arg("-vV"), tool::AT_ONCE, &|_| {})
}

/// The running program: another one may encode and pack in another way.
fn builder() -> Result<String, FingerprintError> {
    let program = env::current_exe().map_err(FingerprintError::io(Path::new("this program")))?;
    let metadata = fs::metadata(&program).map_err(FingerprintError::io(&program))?;
    let modified = metadata
        .modified()
        .map_err(FingerprintError::io(&program))?;
    Ok(format!("{} {modified:?}", metadata.len()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const LOCK: &str = "version = 4\n\n[[package]]\nname = \"my-plugin\"\nversion = \"1.0.0\"\n\n\
        [[package]]\nname = \"serde\"\nversion = \"1.0.0\"\nsource = \"registry+…\"\n";

    fn plugin() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("src")).unwrap();
        fs::write(
            dir.path().join("Cargo.toml"),
            "[package]\nname = \"my-plugin\"\n",
        )
        .unwrap();
        fs::write(dir.path().join("Cargo.lock"), LOCK).unwrap();
        fs::write(dir.path().join("src/lib.rs"), "pub fn one() {}").unwrap();
        dir
    }

    fn of(dir: &Path, beside: &[PathBuf]) -> Option<Fingerprint> {
        fingerprint(dir, beside, &Toolchain::from_env()).unwrap()
    }

    #[test]
    fn every_change_of_a_source_shows() {
        let dir = plugin();
        let path = |name: &str| dir.path().join(name);
        let first = of(dir.path(), &[]).unwrap();
        assert_eq!(of(dir.path(), &[]), Some(first));

        fs::create_dir_all(path("target")).unwrap();
        fs::write(path("target/x"), "").unwrap();
        assert_eq!(
            of(dir.path(), &[]),
            Some(first),
            "what a build leaves behind is no source"
        );

        let mut seen = vec![first];
        let mut changed = |what: &str| {
            let now = of(dir.path(), &[]).unwrap();
            assert!(!seen.contains(&now), "{what}");
            seen.push(now);
        };
        fs::write(path("src/lib.rs"), "pub fn two() {}").unwrap();
        changed("another content");
        fs::rename(path("src/lib.rs"), path("src/other.rs")).unwrap();
        changed("another name");
        fs::create_dir_all(path("src/target")).unwrap();
        fs::write(path("src/target/mod.rs"), "").unwrap();
        changed("a module that is called target");
        fs::create_dir_all(path(".cargo")).unwrap();
        fs::write(path(".cargo/config.toml"), "").unwrap();
        changed("cargo's configuration");
    }

    #[test]
    fn what_lies_beside_counts() {
        let (dir, beside) = (plugin(), tempfile::tempdir().unwrap());
        fs::write(beside.path().join("world.wit"), "one").unwrap();
        let paths = [beside.path().to_owned()];
        let first = of(dir.path(), &paths).unwrap();
        fs::write(beside.path().join("world.wit"), "two").unwrap();
        assert_ne!(of(dir.path(), &paths), Some(first));
    }

    #[test]
    fn a_crate_in_a_folder_that_was_not_read_leaves_no_fingerprint() {
        let (dir, beside) = (plugin(), tempfile::tempdir().unwrap());
        let lock = format!("{LOCK}\n[[package]]\nname = \"elsewhere\"\nversion = \"1.0.0\"\n");
        fs::write(dir.path().join("Cargo.lock"), lock).unwrap();
        assert_eq!(of(dir.path(), &[]), None);
        fs::write(
            beside.path().join("Cargo.toml"),
            "[package]\nname = \"elsewhere\"\n",
        )
        .unwrap();
        assert!(of(dir.path(), &[beside.path().to_owned()]).is_some());

        fs::remove_file(dir.path().join("Cargo.lock")).unwrap();
        assert_eq!(of(dir.path(), &[]), None);
    }

    #[test]
    fn a_file_that_is_not_there_is_an_error() {
        let dir = plugin();
        let missing = [dir.path().join("nowhere")];
        let error = fingerprint(dir.path(), &missing, &Toolchain::from_env()).unwrap_err();
        assert!(error.to_string().contains("nowhere: "), "{error}");
    }
}
