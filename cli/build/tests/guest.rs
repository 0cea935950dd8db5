//! Real guests: from source to module, to component; what stands in the way.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use goatkit_build::{BuildError, GuestBuild, Silent, build_guest, describe, to_component};

/// No dependencies; a panic with its file's name, a map, a text.
const LIB: &str = r#"
#[unsafe(no_mangle)]
pub extern "C" fn answer(n: usize) -> usize {
    let mut seen = std::collections::BTreeMap::new();
    seen.insert(n, file!().to_owned());
    assert!(n < 100, "{n} is too large, says {}", seen[&n]);
    seen[&n].len()
}
"#;

fn manifest(more: &str) -> String {
    format!(
        "[package]\nname = \"guest\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n{more}"
    )
}

const CDYLIB: &str = "[lib]\ncrate-type = [\"cdylib\"]\n";

fn lay(dir: &Path, manifest: &str, lib: &str) {
    fs::create_dir_all(dir.join("src")).unwrap();
    fs::write(dir.join("Cargo.toml"), manifest).unwrap();
    fs::write(dir.join("src/lib.rs"), lib).unwrap();
}

fn build(dir: &Path) -> Result<Vec<u8>, BuildError> {
    let target = dir.join("target");
    let built = build_guest(&GuestBuild::new(dir).with_target_dir(target), &Silent);
    built.inspect_err(|error| eprintln!("{error}\n{}", error.diagnostics().unwrap_or_default()))
}

/// The error's text for a crate, with its folder written as `DIR`.
fn refusal(manifest: &str, lib: &str) -> String {
    let work = tempfile::tempdir().unwrap();
    lay(work.path(), manifest, lib);
    let text = build(work.path()).unwrap_err().to_string();
    text.replace(work.path().to_str().unwrap(), "DIR")
}

#[test]
fn the_same_source_gives_the_same_bytes_wherever_it_lies() {
    let work = tempfile::tempdir().unwrap();
    let modules = ["one", "another/folder"].map(|name| {
        let dir = work.path().join(name);
        lay(&dir, &manifest(CDYLIB), LIB);
        build(&dir).unwrap()
    });
    assert!(modules[0] == modules[1], "the two modules differ");
    let text = String::from_utf8_lossy(&modules[0]).into_owned();
    assert!(text.contains("src/lib.rs"));
    for own in [
        work.path(),
        Path::new(env!("CARGO_MANIFEST_DIR")),
        &std::env::home_dir().unwrap(),
    ] {
        assert!(
            !text.contains(own.to_str().unwrap()),
            "{} shows",
            own.display()
        );
    }
}

#[test]
fn a_folder_without_a_crate() {
    let work = tempfile::tempdir().unwrap();
    let text = build(work.path()).unwrap_err().to_string();
    assert!(
        text.contains("has no Cargo.toml: name a plugin's folder"),
        "{text}"
    );
}

#[test]
fn a_crate_that_makes_no_module() {
    assert_eq!(
        refusal(&manifest(""), LIB),
        "guest makes no WebAssembly module: write `crate-type = [\"cdylib\"]` under `[lib]` in DIR/Cargo.toml"
    );
}

#[test]
fn a_crate_that_cargo_cannot_read() {
    let text = refusal("[package]\nname = 3\n", LIB);
    assert!(
        text.starts_with("cargo cannot read DIR: cargo failed"),
        "{text}"
    );
    assert!(text.contains("invalid type: integer `3`"), "{text}");
}

#[test]
fn a_source_that_does_not_compile() {
    let work = tempfile::tempdir().unwrap();
    lay(
        work.path(),
        &manifest(CDYLIB),
        "pub fn f() -> u32 { \"text\" }",
    );
    let error = build(work.path()).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("does not compile: error[E0308]: mismatched types"),
        "{error}"
    );
    let diagnostics = error.diagnostics().unwrap();
    assert!(diagnostics.contains("src/lib.rs:1:21"), "{diagnostics}");
}

#[test]
fn a_module_that_calls_javascript() {
    let text = refusal(
        &manifest(CDYLIB),
        r#"#[link(wasm_import_module = "__wbindgen_placeholder__")]
           unsafe extern "C" { fn now() -> f64; }
           #[unsafe(no_mangle)] pub extern "C" fn f() -> f64 { unsafe { now() } }"#,
    );
    assert!(
        text.contains("calls JavaScript, which only a browser has"),
        "{text}"
    );
}

/// With the bindings that a plugin's author generates.
#[test]
fn a_guest_of_the_contract_becomes_a_component() {
    let work = tempfile::tempdir().unwrap();
    let wit = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../wit")
        .canonicalize()
        .unwrap();
    let lib = r#"
wit_bindgen::generate!({
    path: "WIT",
    inline: "package test:guest; world guest { include goatkit:plugin/plugin-base@0.1.0; }",
    world: "test:guest/guest",
    generate_all,
});
use exports::goatkit::plugin::registration::{Guest, Plugin};
struct Tiny;
impl Guest for Tiny {
    fn gk_register() -> Result<Plugin, goatkit::plugin::types::CallError> {
        goatkit::plugin::log::write(goatkit::plugin::log::Level::Info, "here", &[]);
        Ok(Plugin {
            name: "tiny".into(), version: "1.0.0".into(), functions: vec![], hooks: vec![],
            menu_items: vec![], pages: vec![], routes: vec![], widgets: vec![], jobs: vec![],
            permissions: vec![], event_authorizer: None, mount: None, extra: vec![],
        })
    }
}
export!(Tiny);
"#;
    let bindings = "[dependencies]\nwit-bindgen = { version = \"0.61\", default-features = false, features = [\"macros\", \"realloc\"] }\n";
    lay(
        work.path(),
        &manifest(&format!("{CDYLIB}{bindings}")),
        &lib.replace("WIT", wit.to_str().unwrap()),
    );

    let component = to_component(&build(work.path()).unwrap()).unwrap();
    let interface = describe(&component).unwrap();
    let names = |names: Vec<goatkit_build::InterfaceName>| -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    };
    assert_eq!(
        names(interface.exports),
        ["goatkit:plugin/registration@0.1.0"]
    );
    let imports = names(interface.imports);
    assert!(
        imports.contains(&"goatkit:plugin/log@0.1.0".to_owned()),
        "{imports:?}"
    );
    assert!(
        imports
            .iter()
            .all(|name| name.starts_with("goatkit:plugin/")),
        "{imports:?}"
    );
    assert!(
        component.len() < 64 << 10,
        "a guest that does nothing has {} bytes",
        component.len()
    );
    assert_eq!(to_component(&component).unwrap(), component);
}
