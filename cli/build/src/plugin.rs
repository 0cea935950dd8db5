//! From a plugin's folder to the zip that a host takes.
//!
//! A folder with a `Cargo.toml` is compiled; one without brings its component, in whatever
//! language it was written, at the place that the manifest names. Reading, checking and
//! packing are the package floor's.

use std::fs;
use std::path::{Path, PathBuf};

use goatkit_package::{Digest, Manifest, RuntimeKind};

use crate::component::to_component;
use crate::error::BuildError;
use crate::guest::{GuestBuild, build_guest};
use crate::progress::Progress;

/// A packed plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltPlugin {
    /// The zip.
    pub path: PathBuf,
    /// What the store will call it.
    pub digest: Digest,
    /// Bytes of the zip.
    pub size: u64,
}

/// Builds the plugin, given by its folder or by a [`GuestBuild`], and packs it into `out`,
/// which is `dist/<name>-<version>.zip` in that folder unless named.
///
/// # Errors
/// Where the manifest, the source, the component or another file of the package is not as
/// it must be.
pub fn build_plugin(
    plugin: impl Into<GuestBuild>,
    out: Option<&Path>,
    progress: &dyn Progress,
) -> Result<BuiltPlugin, BuildError> {
    let guest = plugin.into();
    let dir = guest.dir();
    if !dir.is_dir() {
        return Err(BuildError::NoFolder(dir.to_owned()));
    }
    let manifest = goatkit_package::read_manifest(dir)?;
    let component = match manifest.runtime {
        RuntimeKind::Wasm => Some(component(&guest, &manifest, progress)?),
        RuntimeKind::Grpc => None,
    };
    let name = format!("{}-{}.zip", manifest.name.as_str(), manifest.version);
    let path = out.map_or_else(|| dir.join("dist").join(&name), Path::to_owned);
    progress.step(&format!("packing {name}"));
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(BuildError::io("make", folder))?;
    }
    let digest = goatkit_package::pack(dir, component.as_deref(), &path)?;
    let size = fs::metadata(&path)
        .map_err(BuildError::io("read", &path))?
        .len();
    Ok(BuiltPlugin { path, digest, size })
}

fn component(
    guest: &GuestBuild,
    manifest: &Manifest,
    progress: &dyn Progress,
) -> Result<Vec<u8>, BuildError> {
    let dir = guest.dir();
    let (file, wasm) = if dir.join("Cargo.toml").exists() {
        (dir.to_owned(), build_guest(guest, progress)?)
    } else {
        let Some(named) = &manifest.component else {
            return Err(BuildError::NoCrate(dir.to_owned()));
        };
        let file = dir.join(named.as_str());
        let wasm = fs::read(&file).map_err(|source| BuildError::NoComponent {
            dir: dir.to_owned(),
            file: file.clone(),
            source,
        })?;
        (file, wasm)
    };
    progress.step("making a component of it");
    to_component(&wasm).map_err(|source| BuildError::Component { file, source })
}
