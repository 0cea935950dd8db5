//! Where secrets are kept: one file per plugin, in a folder that nobody but the host's user may
//! enter. They are not encrypted: a key would have to lie beside them.
//!
//! `backend.rs` calls it, one change at a time.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use goatkit_package::PluginName;
use serde_json::Value;
use tempfile::NamedTempFile;

use super::backend::SettingsError;

/// The bits of a file's mode that concern others.
const OTHERS: u32 = 0o077;

/// The secrets of one plugin, by setting.
pub(super) type Secrets = BTreeMap<String, Value>;

/// The folder.
pub(super) struct SecretsFolder(PathBuf);

impl SecretsFolder {
    pub(super) fn open(folder: &Path) -> Result<Self, SettingsError> {
        let open = || {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)?;
            fs::set_permissions(folder, Permissions::from_mode(0o700))
        };
        open().map_err(|source| cannot(folder, source))?;
        Ok(Self(folder.to_owned()))
    }

    /// The secrets of a plugin; none if there is no file.
    pub(super) fn read(&self, plugin: &PluginName) -> Result<Secrets, SettingsError> {
        let path = self.path(plugin);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Secrets::new()),
            Err(error) => return Err(cannot(&path, error)),
        };
        let mode = file
            .metadata()
            .map_err(|error| cannot(&path, error))?
            .mode();
        if mode & OTHERS != 0 {
            return Err(SettingsError::Exposed { path });
        }
        let text = io::read_to_string(file).map_err(|error| cannot(&path, error))?;
        // What the parser says may quote a secret.
        serde_json::from_str(&text).map_err(|_| SettingsError::Damaged { path })
    }

    /// Replaces the secrets of a plugin: whole, or not at all.
    pub(super) fn write(
        &self,
        plugin: &PluginName,
        secrets: &Secrets,
    ) -> Result<(), SettingsError> {
        if secrets.is_empty() {
            return self.remove(plugin);
        }
        let path = self.path(plugin);
        let write = || {
            // Readable by its owner only, from the first moment.
            let mut file = NamedTempFile::new_in(&self.0)?;
            file.write_all(serde_json::to_string(secrets)?.as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(&path)?;
            File::open(&self.0)?.sync_all()
        };
        write().map_err(|source| cannot(&path, source))
    }

    /// Forgets the secrets of a plugin, readable or not.
    pub(super) fn remove(&self, plugin: &PluginName) -> Result<(), SettingsError> {
        let path = self.path(plugin);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(cannot(&path, error)),
            _ => Ok(()),
        }
    }

    /// A plugin's name is safe in a path.
    fn path(&self, plugin: &PluginName) -> PathBuf {
        self.0.join(format!("{plugin}.json"))
    }
}

fn cannot(path: &Path, source: io::Error) -> SettingsError {
    SettingsError::Secrets {
        path: path.to_owned(),
        source,
    }
}
