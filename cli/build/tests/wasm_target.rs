//! Step 3 for real: std is fetched, built and laid into an empty sysroot, and rustc links
//! a module against it. The machine's own toolchain is not touched.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use goatkit_build::{PlainLines, TARGET, TargetSource, Toolchain, ensure_target};

/// Uses what std has on this target: the heap, formatting, a map with its hasher.
const SOURCE: &str = r#"
#[unsafe(no_mangle)]
pub extern "C" fn count(n: usize) -> usize {
    let texts = (0..n).map(|number| (format!("{number}"), number));
    texts.collect::<std::collections::HashMap<_, _>>().len()
}
"#;

fn path_with_a_rustup_that_fails(folder: &Path) -> String {
    let rustup = folder.join("rustup");
    fs::write(&rustup, "#!/bin/sh\necho 'error: no network' >&2\nexit 1\n").unwrap();
    fs::set_permissions(&rustup, fs::Permissions::from_mode(0o755)).unwrap();
    format!("{}:{}", folder.display(), std::env::var("PATH").unwrap())
}

#[test]
#[ignore = "takes a minute, apt-get and a Debian mirror; .ci/run asks for it"]
fn std_is_built_from_debians_source() {
    let work = tempfile::tempdir().unwrap();
    let sysroot = work.path().join("sysroot");
    let toolchain = Toolchain::from_env()
        .with_path(path_with_a_rustup_that_fails(work.path()))
        .with_cache(work.path().join("cache"))
        .with_sysroot(&sysroot);
    assert_eq!(
        ensure_target(&toolchain, &PlainLines).unwrap(),
        TargetSource::Built
    );
    assert_eq!(
        ensure_target(&toolchain, &PlainLines).unwrap(),
        TargetSource::Installed
    );

    let beside = fs::read_dir(sysroot.join("lib/rustlib").join(TARGET)).unwrap();
    let names: Vec<_> = beside.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["lib"], "the staging folder is gone");

    let (source, module) = (work.path().join("count.rs"), work.path().join("count.wasm"));
    fs::write(&source, SOURCE).unwrap();
    let rustc = Command::new("rustc")
        .args([
            "--edition=2024",
            "--crate-type=cdylib",
            "-O",
            "-Clto=fat",
            "--target",
            TARGET,
        ])
        .arg("--sysroot")
        .arg(&sysroot)
        .arg("-o")
        .arg(&module)
        .arg(&source)
        .output()
        .unwrap();
    assert!(
        rustc.status.success(),
        "{}",
        String::from_utf8_lossy(&rustc.stderr)
    );
    let module = fs::read(module).unwrap();
    wasmparser::validate(&module).unwrap();
    let text = String::from_utf8_lossy(&module);
    assert!(
        !text.contains(work.path().to_str().unwrap()),
        "a path of this machine shows"
    );
}
