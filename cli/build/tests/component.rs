//! Which bytes become a component, and what is said of those that do not.

#![allow(clippy::unwrap_used)]

use goatkit_build::{describe, to_component};

fn wasm(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

fn refusal(bytes: &[u8]) -> String {
    to_component(bytes).unwrap_err().to_string()
}

#[test]
fn what_is_no_component_and_becomes_none() {
    for bytes in [&b""[..], b"text", b"\0asm"] {
        assert_eq!(
            refusal(bytes),
            "the file is not WebAssembly: it must begin with `\\0asm`"
        );
    }
    let text = refusal(&wasm("(module)"));
    assert!(
        text.starts_with("the module has no section `component-type`"),
        "{text}"
    );
    assert!(text.contains("wit-bindgen"), "{text}");
    let text = refusal(b"\0asm\x01\0\0\0\xff\x01\0");
    assert!(
        text.starts_with("the file is not valid WebAssembly: "),
        "{text}"
    );
    let text = refusal(b"\0asm\x0d\0\x01\0\xff\x01\0");
    assert!(
        text.starts_with("the file is not valid WebAssembly: "),
        "{text}"
    );
}

#[test]
fn a_component_stays_as_it_is() {
    let component = wasm("(component)");
    assert_eq!(to_component(&component).unwrap(), component);
}

const COMPONENT: &str = r#"(component
    (import "goatkit:plugin/log@0.1.0" (instance))
    (import "plain" (func))
    (component (import "inner" (func)))
    (core module (import "core" "f" (func)))
    (instance $nothing)
    (export "a:b/c" (instance $nothing)))"#;

#[test]
fn a_component_tells_its_imports_and_exports_and_not_those_within() {
    let interface = describe(&wasm(COMPONENT)).unwrap();
    let imports: Vec<String> = interface.imports.iter().map(ToString::to_string).collect();
    assert_eq!(imports, ["goatkit:plugin/log@0.1.0", "plain"]);
    let log = &interface.imports[0];
    assert_eq!(log.package.as_deref(), Some("goatkit:plugin"));
    assert_eq!(
        (log.interface.as_str(), log.version.as_deref()),
        ("log", Some("0.1.0"))
    );
    let [export] = interface.exports.as_slice() else {
        panic!("{:?}", interface.exports)
    };
    assert_eq!(export.to_string(), "a:b/c");
    assert_eq!(export.version, None);
}

#[test]
fn a_module_has_no_interface() {
    let text = describe(&wasm("(module)")).unwrap_err().to_string();
    assert_eq!(
        text,
        "the file is no component: if it is a core module, `gk plugin build` makes one of it"
    );
}
