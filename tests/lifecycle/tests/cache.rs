//! Compiled code on disk: used when it is whole, made anew when it is not.
//!
//! A file that was made anew has another inode than the one that it took the place of.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::time::Instant;

use goatkit_test_support::{
    DataFolder, HostSettings, Package, TestHost, Use, compiler, guest, with_module,
};
use goatkit_wasm::{CompileLimits, CompilerProgram};
use serde_json::json;
use wasm_encoder::{DataSection, Module};

use crate::compiling::many_functions;

/// A data folder in which the sibling was compiled, and its code.
async fn compiled() -> (DataFolder, std::path::PathBuf) {
    let data = DataFolder::with(&[]);
    TestHost::on(&data).expect_sibling().await;
    let [code] = data.compiled().try_into().unwrap();
    (data, code)
}

fn inode(path: &Path) -> u64 {
    fs::metadata(path).unwrap().ino()
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

/// What `damage` leaves is not loaded: the code is made anew, and whole again.
async fn made_anew(what: &str, damage: impl FnOnce(&Path, &Path)) {
    let (data, code) = compiled().await;
    damage(&data.cache(), &code);
    let damaged = inode(&code);
    TestHost::on(&data).expect_sibling().await;
    let made = inode(&code);
    assert_ne!(made, damaged, "{what}");
    TestHost::on(&data).expect_sibling().await;
    assert_eq!(inode(&code), made, "{what}: what was made anew is used");
}

#[tokio::test]
async fn the_next_start_compiles_nothing() {
    let (data, code) = compiled().await;
    let made = inode(&code);
    TestHost::on(&data).expect_sibling().await;
    assert_eq!(data.compiled().as_slice(), std::slice::from_ref(&code));
    assert_eq!(inode(&code), made);
}

#[tokio::test]
async fn damaged_code_is_never_loaded() {
    made_anew("the first byte", |_, code| flip(code, 0)).await;
    made_anew("a byte in the middle", |_, code| {
        let length = fs::metadata(code).unwrap().len();
        flip(code, usize::try_from(length).unwrap() / 2);
    })
    .await;
    made_anew("cut", |_, code| {
        let bytes = fs::read(code).unwrap();
        fs::write(code, &bytes[..bytes.len() / 2]).unwrap();
    })
    .await;
    made_anew("empty", |_, code| fs::write(code, "").unwrap()).await;
}

#[tokio::test]
async fn code_with_another_sum_is_never_loaded() {
    let sum = |code: &Path| code.with_extension("sum");
    made_anew("a byte of the sum", |_, code| flip(&sum(code), 0)).await;
    made_anew("a short sum", |_, code| {
        fs::write(sum(code), "short").unwrap()
    })
    .await;
    made_anew("no sum", |_, code| fs::remove_file(sum(code)).unwrap()).await;
}

#[tokio::test]
async fn code_of_another_key_is_never_loaded() {
    made_anew("another key", |cache, _| flip(&cache.join("key"), 0)).await;
    made_anew("no key", |cache, _| {
        fs::remove_file(cache.join("key")).unwrap()
    })
    .await;
    made_anew("a short key", |cache, _| {
        fs::write(cache.join("key"), "k").unwrap()
    })
    .await;
}

#[tokio::test]
async fn the_folder_is_its_owners_alone() {
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let (data, code) = compiled().await;
    assert_eq!(mode(&data.cache()), 0o700);
    assert_eq!(mode(&code), 0o600);
    assert_eq!(mode(&data.cache().join("key")), 0o600);

    fs::set_permissions(data.cache(), Permissions::from_mode(0o777)).unwrap();
    TestHost::on(&data).expect_sibling().await;
    assert_eq!(mode(&data.cache()), 0o700, "also a folder that was there");
}

/// A component as large as an interpreter's is compiled at the first start and never again: the
/// second start has nothing that could compile it. How long that takes is printed.
async fn starts_without_compiling(module: &[u8]) {
    let component = with_module(&guest("good"), module, Use::Idle);
    let size = component.len();
    assert!(size >= 10 << 20, "{size} bytes");
    let data = DataFolder::with(&[Package::new("good", component)]);
    let start = async |compiler: CompilerProgram| {
        let settings = HostSettings {
            compiler: Some(compiler),
            ..HostSettings::default()
        };
        let host = TestHost::with(&data, &settings);
        let began = Instant::now();
        let answer = host.call("good", "echo", json!(["a"])).await.unwrap();
        assert_eq!(answer, json!("a"));
        began.elapsed()
    };
    let first = start(compiler(CompileLimits::default())).await;
    let nothing = CompilerProgram {
        program: "/no/such/program".into(),
        args: Vec::new(),
        limits: CompileLimits::default(),
    };
    let second = start(nothing).await;
    println!("a component of {size} bytes: {first:?} at the first start, {second:?} at the second");
}

#[tokio::test]
async fn a_large_component_is_not_compiled_a_second_time() {
    let mut data = DataSection::new();
    // A package does not take what packs too well.
    let noise = |at: u32| at.wrapping_mul(0x9E37_79B9).to_be_bytes()[0];
    data.passive((0..10_u32 << 20).map(noise));
    let mut module = Module::new();
    module.section(&data);
    starts_without_compiling(&module.finish()).await;
}

#[tokio::test]
#[ignore = "ten megabytes of code take long to compile"]
async fn a_component_of_much_code_is_not_compiled_a_second_time() {
    starts_without_compiling(&many_functions(32_000)).await;
}
