//! Packages as tests need them: a manifest of a few lines, a component, some files.

use std::fs;
use std::path::{Path, PathBuf};

use crate::guests::guest;

/// A package that is written as a zip or as a folder.
#[derive(Debug, Clone)]
pub struct Package {
    name: String,
    version: String,
    component: Vec<u8>,
    lines: Vec<String>,
    files: Vec<(String, Vec<u8>)>,
}

impl Package {
    /// A package of version 1.0.0 with these bytes as its component.
    pub fn new(name: &str, component: Vec<u8>) -> Self {
        Self {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            component,
            lines: Vec::new(),
            files: Vec::new(),
        }
    }

    /// The package of a guest, under the name that the guest registers.
    pub fn of_guest(guest_name: &str) -> Self {
        Self::new(&guest_name.replace('_', "-"), guest(guest_name))
    }

    /// The plugin's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// With this version.
    #[must_use]
    pub fn version(mut self, version: &str) -> Self {
        version.clone_into(&mut self.version);
        self
    }

    /// With a line more in its manifest, e.g. `limits: { instances: 1 }`.
    #[must_use]
    pub fn line(mut self, line: &str) -> Self {
        self.lines.push(line.to_owned());
        self
    }

    /// With a file more, e.g. `templates/start.html`.
    #[must_use]
    pub fn file(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.files.push((path.to_owned(), content.into()));
        self
    }

    /// Writes it into `folder` as `<name>-<version>.zip`.
    pub fn write_zip(&self, folder: &Path) -> PathBuf {
        self.write_zip_as(&folder.join(format!("{}-{}.zip", self.name, self.version)))
    }

    /// Writes it as the zip `path`.
    pub fn write_zip_as(&self, path: &Path) -> PathBuf {
        let source = tempfile::tempdir().unwrap();
        self.write_files(source.path());
        goatkit_package::pack(source.path(), None, path).unwrap();
        path.to_owned()
    }

    /// Writes it into `folder` as a folder of its name, for hosts in dev mode.
    pub fn write_folder(&self, folder: &Path) -> PathBuf {
        let folder = folder.join(&self.name);
        self.write_files(&folder);
        folder
    }

    fn write_files(&self, folder: &Path) {
        let Self {
            name,
            version,
            component,
            lines,
            files,
        } = self;
        let lines = lines.join("\n");
        let manifest = format!("name: {name}\nversion: \"{version}\"\nruntime: wasm\n{lines}\n");
        let write = |path: &str, content: &[u8]| {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        };
        write("manifest.yaml", manifest.as_bytes());
        write("plugin.wasm", component);
        for (path, content) in files {
            write(path, content);
        }
    }
}
