//! What the tests of this crate share: small packages, zips, and zips bent out of shape.

#![allow(clippy::unwrap_used)]

use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::{Digest, PackageError, Store, StoredPackage};

pub(crate) const MANIFEST: &str = "name: my-plugin\nversion: \"1.0.0\"\nruntime: wasm\n";

/// The least package there is, as files.
pub(crate) fn least() -> Vec<(&'static str, &'static [u8])> {
    vec![
        ("manifest.yaml", MANIFEST.as_bytes()),
        ("plugin.wasm", b"\0asm"),
    ]
}

/// The least package with one file more.
pub(crate) fn with(name: &str, content: &[u8]) -> Vec<u8> {
    let mut files = least();
    files.push((name, content));
    zip_of(&files)
}

pub(crate) fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Where the header of an entry is, in the list of names at the end.
pub(crate) fn central(zip: &[u8], name: &str) -> usize {
    find(zip, b"PK\x01\x02", 46, name)
}

/// Where the header of an entry is, before its data.
pub(crate) fn local(zip: &[u8], name: &str) -> usize {
    find(zip, b"PK\x03\x04", 30, name)
}

fn find(zip: &[u8], signature: &[u8], name_at: usize, name: &str) -> usize {
    (0..zip.len())
        .find(|at| {
            zip[*at..].starts_with(signature) && zip[at + name_at..].starts_with(name.as_bytes())
        })
        .unwrap()
}

/// Overwrites bytes.
pub(crate) fn put(zip: &mut [u8], at: usize, bytes: &[u8]) {
    zip[at..at + bytes.len()].copy_from_slice(bytes);
}

/// Replaces a text by another one of the same length, everywhere.
pub(crate) fn renamed(mut zip: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    for at in 0..=zip.len() - from.len() {
        if zip[at..].starts_with(from) {
            put(&mut zip, at, to);
        }
    }
    zip
}

/// A data folder with a store in it, and a place for packages.
pub(crate) struct House {
    pub(crate) data: TempDir,
    pub(crate) store: Store,
}

impl House {
    pub(crate) fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let store = Store::open(data.path()).unwrap();
        Self { data, store }
    }

    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.data.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub(crate) fn admit(&self, zip: &[u8]) -> Result<StoredPackage, PackageError> {
        self.store.admit(&self.file("p.zip", zip))
    }

    /// What is said of a zip, without the path that it begins with.
    pub(crate) fn refusal(&self, zip: &[u8]) -> String {
        let error = self.admit(zip).unwrap_err();
        let path = self.data.path().join("p.zip");
        assert_eq!(error.package(), path);
        error
            .to_string()
            .strip_prefix(&format!("{}: ", path.display()))
            .unwrap()
            .to_owned()
    }

    /// How many copies, finished or not, are in the store.
    pub(crate) fn stored(&self) -> usize {
        let entries = std::fs::read_dir(self.data.path().join("store")).unwrap();
        entries
            .filter(|entry| entry.as_ref().unwrap().file_name() != ".lock")
            .count()
    }
}

/// Lays out a folder.
pub(crate) fn folder_of(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        write(folder.path(), name, content);
    }
    folder
}

pub(crate) fn write(folder: &Path, name: &str, content: &[u8]) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

/// A package with something in every folder.
pub(crate) fn full() -> Vec<(&'static str, &'static [u8])> {
    let mut files = least();
    files.extend([
        ("README.md", b"read me".as_slice()),
        ("Makefile", b"all:"),
        ("templates/page.html", b"<p>{{ x }}</p>"),
        ("templates/parts/row.html", b"row"),
        ("static/app.css", b"p { color: red }"),
        ("static/img/logo.svg", b"<svg/>"),
        ("static/.DS_Store", b"junk"),
        (
            "i18n/en.yaml",
            b"greeting: Hello {name}\nmenu: { title: Title }",
        ),
        ("i18n/de.yaml", b"greeting: Hallo {name}"),
        ("migrations/002_more.sql", b"create table b (x);"),
        ("migrations/001_create.sql", b"create table a (x);"),
    ]);
    files
}

pub(crate) fn inside(house: &House, digest: Digest, file: &str) -> PathBuf {
    house
        .data
        .path()
        .join("store")
        .join(digest.to_string())
        .join(file)
}
