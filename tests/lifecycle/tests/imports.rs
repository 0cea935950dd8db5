//! Components that want what there is not, and files that are no plugin's component.
//! None of these runs: they are refused by their types.

use goatkit_runtime::LoadErrorKind;
use goatkit_test_support::Package;

use crate::expect::expect_broken;

/// A component of nothing but an import.
fn importing(name: &str, contents: &str) -> Package {
    let text = format!(r#"(component (import "{name}" (instance {contents})))"#);
    Package::new("wants", wat::parse_str(text).unwrap())
}

async fn refused(package: Package, kind: LoadErrorKind, says: &[&str]) {
    expect_broken(package, kind, says).await;
}

#[tokio::test]
async fn an_interface_that_nobody_provides_is_named() {
    for interface in [
        "wasi:nn/graph",
        "goatkit:plugin/telepathy",
        "wasi:http/incoming-handler",
    ] {
        let package = importing(&format!("{interface}@0.2.0"), "");
        let says = format!("it imports `{interface}`, which this host does not provide");
        refused(package, LoadErrorKind::Import, &[&says]).await;
    }
}

#[tokio::test]
async fn another_version_of_an_interface_is_named_with_the_hosts() {
    let package = importing("goatkit:plugin/log@0.2.0", "");
    let says = [
        "`goatkit:plugin/log` in version 0.2.0",
        "provides 0.1.0",
        "newer host",
    ];
    refused(package, LoadErrorKind::Import, &says).await;
}

#[tokio::test]
async fn a_function_of_a_newer_contract_is_named_with_both_versions() {
    let package = importing("goatkit:plugin/log@0.1.7", r#"(export "flush" (func))"#);
    let says = ["0.1.7", "(0.1.0)", "flush"];
    refused(package, LoadErrorKind::Import, &says).await;
}

#[tokio::test]
async fn a_function_of_another_type_is_named() {
    let package = importing("goatkit:plugin/log@0.1.0", r#"(export "write" (func))"#);
    refused(
        package,
        LoadErrorKind::Import,
        &["goatkit:plugin/log@0.1.0", "write"],
    )
    .await;
}

#[tokio::test]
async fn a_component_of_another_world_lacks_the_one_export_that_is_a_must() {
    let package = Package::new("other", wat::parse_str("(component)").unwrap());
    let says = ["it does not export `goatkit:plugin/registration@0.1.0`"];
    refused(package, LoadErrorKind::Export, &says).await;
}

#[tokio::test]
async fn an_export_of_another_type_is_named() {
    let text = r#"(component
        (instance $empty)
        (export "goatkit:plugin/registration@0.1.0" (instance $empty)))"#;
    let package = Package::new("other", wat::parse_str(text).unwrap());
    let says = ["`goatkit:plugin/registration@0.1.0`", "gk-register"];
    refused(package, LoadErrorKind::Export, &says).await;
}

#[tokio::test]
async fn what_is_no_component_is_told_what_it_is() {
    let module = Package::new("core", wat::parse_str("(module)").unwrap());
    let says = ["is a core module", "`gk plugin build`"];
    refused(module, LoadErrorKind::BadPackage, &says).await;

    let text = Package::new("text", b"#!/bin/sh\n".to_vec());
    refused(text, LoadErrorKind::BadPackage, &["is no WebAssembly"]).await;

    let mut cut = wat::parse_str("(component (core module))").unwrap();
    cut.pop();
    let says = ["its component does not compile"];
    refused(Package::new("cut", cut), LoadErrorKind::BadPackage, &says).await;
}
