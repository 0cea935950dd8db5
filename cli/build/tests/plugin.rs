//! From a plugin's folder to its zip.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use goatkit_build::{BuildError, BuiltPlugin, Silent, build_plugin};

const MANIFEST: &str =
    "name: my-plugin\nversion: \"1.2.0\"\nruntime: wasm\ncomponent: plugin.wasm\n";

/// A plugin in another language: its component is already there.
fn lay(dir: &Path, component: Option<&[u8]>) {
    fs::create_dir_all(dir.join("static")).unwrap();
    fs::write(dir.join("manifest.yaml"), MANIFEST).unwrap();
    fs::write(dir.join("static/style.css"), "p { margin: 0 }\n").unwrap();
    fs::write(dir.join("notes.txt"), "no part of the package").unwrap();
    if let Some(component) = component {
        fs::write(dir.join("plugin.wasm"), component).unwrap();
    }
}

fn build(dir: &Path) -> Result<BuiltPlugin, BuildError> {
    build_plugin(dir, None, &Silent)
}

/// The error's text, with the folder written as `DIR`.
fn refusal(component: Option<&[u8]>) -> String {
    let work = tempfile::tempdir().unwrap();
    lay(work.path(), component);
    let text = build(work.path()).unwrap_err().to_string();
    text.replace(work.path().to_str().unwrap(), "DIR")
}

#[test]
fn a_finished_component_is_packed_the_same_way_twice() {
    let component = wat::parse_str("(component)").unwrap();
    let work = tempfile::tempdir().unwrap();
    let zips = ["one", "another"].map(|name| {
        let dir = work.path().join(name);
        lay(&dir, Some(&component));
        let built = build(&dir).unwrap();
        assert_eq!(built.path, dir.join("dist/my-plugin-1.2.0.zip"));
        let zip = fs::read(&built.path).unwrap();
        assert_eq!(built.size, zip.len() as u64);
        (zip, built.digest)
    });
    assert!(zips[0] == zips[1]);

    let again = build(&work.path().join("one")).unwrap();
    assert_eq!(
        again.digest, zips[0].1,
        "the zip of the first time is no part of the second"
    );
}

#[test]
fn the_zip_goes_where_it_is_wanted() {
    let work = tempfile::tempdir().unwrap();
    lay(work.path(), Some(&wat::parse_str("(component)").unwrap()));
    let out = work.path().join("some/where.zip");
    assert_eq!(
        build_plugin(work.path(), Some(&out), &Silent).unwrap().path,
        out
    );
    assert!(out.is_file());
}

#[test]
fn what_stands_in_the_way() {
    let text = refusal(None);
    assert!(
        text.starts_with("DIR has no Cargo.toml to build, and no component at DIR/plugin.wasm"),
        "{text}"
    );
    let text = refusal(Some(b"text"));
    assert!(
        text.starts_with("DIR/plugin.wasm: the file is not WebAssembly"),
        "{text}"
    );
    let text = refusal(Some(&wat::parse_str("(module)").unwrap()));
    assert!(
        text.starts_with("DIR/plugin.wasm: the module has no section"),
        "{text}"
    );

    let empty = tempfile::tempdir().unwrap();
    let text = build(empty.path()).unwrap_err().to_string();
    assert!(text.contains("manifest.yaml"), "{text}");
}
