//! Components that use the async ABI: they run on an engine of their own, within the same
//! limits. The guest here is written by hand, and its `functions.call` is an `async func`.

use std::fs;
use std::path::Path;
use std::time::Duration;

use goatkit_runtime::{CallErrorKind, Output};
use goatkit_test_support::{Package, until};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::expect::expect_text;
use crate::incoming::Bench;

/// What it does is said by the first letter of the function: `echo` answers its arguments,
/// `later` the same after it has let others go first, `spin` never ends, `trap` breaks off,
/// `own` answers and then never ends.
///
/// Its registration is a record full of zeros: one that registers nothing.
const GUEST: &str = r#"
(module
  (import "[export]goatkit:plugin/functions@0.1.0" "[task-return]call"
    (func $return (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (global $free (mut i32) (i32.const 1024))
  (global $args (mut i32) (i32.const 0))
  (global $length (mut i32) (i32.const 0))
  (global $turns (mut i32) (i32.const 3))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
    (global.set $free (i32.add (local.get $at) (local.get 3)))
    (local.get $at))
  (func (export "goatkit:plugin/registration@0.1.0#gk-register") (result i32)
    (i32.const 60000))
  (func $answer
    (call $return (i32.const 0) (i32.const 0) (global.get $args) (global.get $length)
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))
  (func (export "[async-lift]goatkit:plugin/functions@0.1.0#call")
    (param $name i32) (param i32) (param $at i32) (param $bytes i32) (result i32)
    (local $does i32)
    (global.set $args (local.get $at))
    (global.set $length (local.get $bytes))
    (local.set $does (i32.load8_u (local.get $name)))
    (if (i32.eq (local.get $does) (i32.const 0x73)) (then (loop $spin (br $spin))))
    (if (i32.eq (local.get $does) (i32.const 0x74)) (then (unreachable)))
    (if (i32.eq (local.get $does) (i32.const 0x6c)) (then (return (i32.const 1))))
    (call $answer)
    (if (i32.eq (local.get $does) (i32.const 0x6f)) (then (loop $spin (br $spin))))
    (i32.const 0))
  (func (export "[callback][async-lift]goatkit:plugin/functions@0.1.0#call")
    (param i32 i32 i32) (result i32)
    (global.set $turns (i32.sub (global.get $turns) (i32.const 1)))
    (if (global.get $turns) (then (return (i32.const 1))))
    (call $answer)
    (i32.const 0)))
"#;

/// The contract with `functions.call` as an `async func`, and the component of the guest in it.
fn component() -> Vec<u8> {
    let contract = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
    let folder = tempfile::tempdir().unwrap();
    for file in fs::read_dir(contract).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|it| it == "wit") {
            let text = fs::read_to_string(&path).unwrap();
            let text = match path.ends_with("functions.wit") {
                true => text.replace("call: func(", "call: async func("),
                false => text,
            };
            fs::write(folder.path().join(path.file_name().unwrap()), text).unwrap();
        }
    }
    let world = "package goatkit:plugin@0.1.0;\n\
                 world by-hand { export registration; export functions; }";
    fs::write(folder.path().join("by-hand.wit"), world).unwrap();
    let mut contract = Resolve::default();
    let (package, _) = contract.push_dir(folder.path()).unwrap();
    let world = contract.select_world(&[package], Some("by-hand")).unwrap();
    let mut module = wat::parse_str(GUEST).unwrap();
    embed_component_metadata(&mut module, &contract, world, StringEncoding::UTF8, true).unwrap();
    let mut encoder = ComponentEncoder::default();
    encoder.module(&module).unwrap().encode().unwrap()
}

async fn bench() -> Bench {
    // Longer than one that behaves takes on the busiest machine.
    let package = Package::new("by-hand", component()).line("limits: { call: 3s }");
    Bench::with(package, Duration::from_secs(30)).await
}

async fn echoes(bench: &Bench, function: &str) {
    let session = bench.session(None);
    let answer = bench
        .plugin
        .call_function(&session, function, "[1]".to_owned());
    assert_eq!(answer.await.unwrap(), Output::Json("[1]".to_owned()));
}

async fn fails(bench: &Bench, function: &str, kind: CallErrorKind, says: &[&str]) {
    let session = bench.session(None);
    let answer = bench
        .plugin
        .call_function(&session, function, "[1]".to_owned());
    let error = answer.await.unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    expect_text(&error.to_string(), says);
}

#[tokio::test]
async fn an_async_export_is_called() {
    let bench = bench().await;
    assert!(bench.plugin.register().await.unwrap().functions.is_empty());
    for _ in 0..3 {
        echoes(&bench, "echo").await;
        echoes(&bench, "later").await;
    }
}

#[tokio::test]
async fn an_async_export_ends_at_its_deadline() {
    let bench = bench().await;
    let says = ["function `spin`", "stopped at its deadline"];
    fails(&bench, "spin", CallErrorKind::TimedOut, &says).await;
    echoes(&bench, "echo").await;
}

#[tokio::test]
async fn an_async_export_breaks_off() {
    let bench = bench().await;
    let says = ["function `trap`", "panicked or aborted"];
    fails(&bench, "trap", CallErrorKind::Trapped, &says).await;
    echoes(&bench, "echo").await;
}

#[tokio::test]
async fn what_goes_on_after_its_answer_acts_in_nobodys_later_call() {
    let bench = bench().await;
    let session = bench.session(None);
    for function in ["own", "echo", "own", "echo"] {
        let answer = bench
            .plugin
            .call_function(&session, function, "[1]".to_owned());
        // Whether the answer or the deadline is first is the engine's affair.
        match answer.await {
            Ok(answer) => assert_eq!(answer, Output::Json("[1]".to_owned())),
            Err(error) => assert_eq!((error.kind(), function), (CallErrorKind::TimedOut, "own")),
        }
        // One that is stopped goes at its next tick.
        until("none is parked", || bench.plugin.usage().instances == 0);
    }
}
