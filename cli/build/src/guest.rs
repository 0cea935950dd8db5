//! From a plugin's crate to a core module, the same bytes for the same source.
//!
//! A guest never shares the host's target folder, and the caller's flags do not reach it.
//! What a plugin sets under `[target.wasm32-unknown-unknown] rustflags` in its own
//! `.cargo/config.toml` holds; `[build] rustflags` gives way to ours.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::browser;
use crate::component::imported_modules;
use crate::error::BuildError;
use crate::metadata::{MetadataFile, PackageFile};
use crate::progress::Progress;
use crate::target::{TARGET, ensure_target};
use crate::tool;
use crate::toolchain::{Toolchain, toml_string};

/// Metadata may first have to fetch the crates over a slow line.
const METADATA_PATIENCE: Duration = Duration::from_secs(600);

/// No honest build takes an hour; one that hangs must end.
const BUILD_PATIENCE: Duration = Duration::from_secs(3600);

/// One way of compiling, so that the bytes depend on the source alone, and small ones.
const PROFILE: [&str; 5] = [
    "profile.release.codegen-units=1",
    "profile.release.debug=false",
    "profile.release.incremental=false",
    "profile.release.lto=\"fat\"",
    "profile.release.strip=\"symbols\"",
];

/// What is to be built.
#[derive(Debug, Clone)]
pub struct GuestBuild {
    dir: PathBuf,
    target_dir: Option<PathBuf>,
    toolchain: Toolchain,
}

impl GuestBuild {
    /// The crate in the folder `dir`, by the toolchain of the environment.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            target_dir: None,
            toolchain: Toolchain::from_env(),
        }
    }

    /// Compiles in this folder, and not in one of the user's cache.
    #[must_use]
    pub fn with_target_dir(mut self, target_dir: impl Into<PathBuf>) -> Self {
        self.target_dir = Some(target_dir.into());
        self
    }

    /// Compiles with this toolchain.
    #[must_use]
    pub fn with_toolchain(mut self, toolchain: Toolchain) -> Self {
        self.toolchain = toolchain;
        self
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }
}

impl From<&Path> for GuestBuild {
    fn from(dir: &Path) -> Self {
        Self::new(dir)
    }
}

/// Compiles the crate and returns the core module, installing the wasm target if need be.
///
/// # Errors
/// Where the folder has no crate that makes a module, where it does not compile, and where
/// it calls JavaScript.
pub fn build_guest(build: &GuestBuild, progress: &dyn Progress) -> Result<Vec<u8>, BuildError> {
    let dir = &build.dir;
    let manifest = dir.join("Cargo.toml");
    let manifest = match manifest.canonicalize() {
        Ok(manifest) => manifest,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(BuildError::NoCrate(dir.clone()));
        }
        Err(error) => return Err(BuildError::io("read", manifest)(error)),
    };
    let toolchain = build.toolchain.clone().in_folder(dir);
    ensure_target(&toolchain, progress)?;

    let metadata = read_metadata(&toolchain, dir, progress)?;
    let Some(package) = metadata.package_at(&manifest) else {
        return Err(BuildError::NoCrate(dir.clone()));
    };
    if !package.is_of_type("cdylib") {
        return Err(BuildError::NoCdylib {
            package: package.name.clone(),
            manifest,
        });
    }
    progress.step(&format!("compiling {} {}", package.name, package.version));
    let target_dir = match &build.target_dir {
        Some(named) => std::path::absolute(named).map_err(BuildError::io("find", named))?,
        None => own_target_dir(toolchain.cache(), &metadata.workspace_root),
    };
    let file = compile(&toolchain, dir, &metadata, package, &target_dir, progress)?;
    let module = std::fs::read(&file).map_err(BuildError::io("read", file))?;

    if imported_modules(&module)
        .iter()
        .any(|name| browser::is_binding(name))
    {
        let culprits = browser::culprits(&metadata, &package.id);
        return Err(BuildError::Browser {
            dir: dir.clone(),
            culprits,
        });
    }
    Ok(module)
}

fn read_metadata(
    toolchain: &Toolchain,
    dir: &Path,
    progress: &dyn Progress,
) -> Result<MetadataFile, BuildError> {
    let unreadable = |source| BuildError::Unreadable {
        dir: dir.to_owned(),
        source,
    };
    let mut cargo = toolchain.command("cargo").map_err(unreadable)?;
    cargo.args([
        "metadata",
        "--format-version",
        "1",
        "--filter-platform",
        TARGET,
    ]);
    let answer = tool::run(&mut cargo, METADATA_PATIENCE, &|line| progress.output(line))
        .map_err(unreadable)?;
    serde_json::from_str(&answer).map_err(|error| BuildError::Answer {
        dir: dir.to_owned(),
        what: error.to_string(),
    })
}

/// Guests of one workspace share what they compile; those of two workspaces must not, since
/// cargo would take one crate for the other of the same name.
fn own_target_dir(cache: &Path, workspace: &Path) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    workspace.hash(&mut hasher);
    let name = workspace.file_name().unwrap_or_default().to_string_lossy();
    cache
        .join("guests")
        .join(format!("{name}-{:016x}", hasher.finish()))
}

fn compile(
    toolchain: &Toolchain,
    dir: &Path,
    metadata: &MetadataFile,
    package: &PackageFile,
    target_dir: &Path,
    progress: &dyn Progress,
) -> Result<PathBuf, BuildError> {
    let failed = |source| BuildError::Compile {
        dir: dir.to_owned(),
        source,
    };
    let mut cargo = toolchain.command("cargo").map_err(failed)?;
    cargo
        .args(["build", "--release", "--lib", "--target", TARGET])
        .args([
            "--message-format",
            "json-render-diagnostics",
            "--package",
            &package.id,
        ])
        .arg("--target-dir")
        .arg(target_dir);
    for setting in PROFILE {
        cargo.args(["--config", setting]);
    }
    cargo
        .arg("--config")
        .arg(rustflags(toolchain, metadata, target_dir));
    let messages =
        tool::run(&mut cargo, BUILD_PATIENCE, &|line| progress.output(line)).map_err(failed)?;
    module_of(&messages, &package.id).ok_or_else(|| BuildError::Answer {
        dir: dir.to_owned(),
        what: format!("it names no module of {}", package.name),
    })
}

/// No folder of this machine may show in the module.
fn rustflags(toolchain: &Toolchain, metadata: &MetadataFile, target_dir: &Path) -> String {
    let of_cargo = toolchain
        .cargo_home()
        .map(|home| (home.to_owned(), "/cargo".to_owned()));
    let of_others = metadata
        .packages
        .iter()
        .filter(|package| package.source.is_none())
        .map(|package| {
            (
                package.folder().to_owned(),
                format!("/crates/{}", package.name),
            )
        });
    // Where several fit, rustc takes the last.
    let flags: Vec<String> = of_cargo
        .into_iter()
        .chain(of_others)
        .chain([
            (metadata.workspace_root.clone(), "/plugin".to_owned()),
            (target_dir.to_owned(), "/target".to_owned()),
        ])
        .map(|(from, to)| {
            toml_string(Path::new(&format!(
                "--remap-path-prefix={}={to}",
                from.display()
            )))
        })
        .collect();
    format!("target.{TARGET}.rustflags=[{}]", flags.join(","))
}

/// A line of cargo's messages, as far as it tells of a file that was made.
#[derive(Deserialize)]
struct ArtifactFile {
    package_id: String,
    filenames: Vec<PathBuf>,
}

fn module_of(messages: &str, package: &str) -> Option<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<ArtifactFile>(line).ok())
        .filter(|artifact| artifact.package_id == package)
        .flat_map(|artifact| artifact.filenames)
        .find(|file| {
            file.extension()
                .is_some_and(|extension| extension == "wasm")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_is_found_in_cargos_messages() {
        let messages = r#"
{"reason":"compiler-message","package_id":"p","message":{}}
{"reason":"compiler-artifact","package_id":"other","filenames":["/t/other.wasm"]}
{"reason":"compiler-artifact","package_id":"p","filenames":["/t/libp.rlib","/t/p.wasm"]}
{"reason":"build-finished","success":true}
"#;
        assert_eq!(module_of(messages, "p"), Some(PathBuf::from("/t/p.wasm")));
        assert_eq!(module_of(messages, "q"), None);
    }

    #[test]
    fn two_workspaces_of_one_name_have_folders_of_their_own() {
        let of = |workspace: &str| own_target_dir(Path::new("/c"), Path::new(workspace));
        assert!(of("/a/hello").starts_with("/c/guests"));
        assert_ne!(of("/a/hello"), of("/b/hello"));
        assert_eq!(of("/a/hello"), of("/a/hello"));
    }
}
