//! Components that are compiled in a process of their own: good ones, and those that are made
//! to take the host's time and memory. This program is that process as well.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{self, Child, Stdio};
use std::time::Duration;

use goatkit_runtime::LoadErrorKind;
use goatkit_test_support::{
    DataFolder, HostSettings, Package, TestHost, Use, again, children, compiler, guest, until,
    with_module,
};
use goatkit_wasm::{CompileLimits, CompilerProgram};
use serde_json::json;
use wasm_encoder::{
    BlockType, CodeSection, Function, FunctionSection, Module, TypeSection, ValType,
};

use crate::expect::expect_broken_on;

/// The data folder of the host that this program is, if it was started as one.
const HOST: &str = "GOATKIT_TEST_HOST";

fn on(data: &DataFolder, compiler: CompilerProgram) -> TestHost {
    let settings = HostSettings {
        compiler: Some(compiler),
        ..HostSettings::default()
    };
    TestHost::with(data, &settings)
}

fn within(time: Duration, memory: u64) -> CompileLimits {
    CompileLimits { time, memory }
}

/// `good` with a module more, which takes long to compile and is never used.
fn with_bomb(module: &[u8]) -> Package {
    Package::new("good", with_module(&guest("good"), module, Use::Idle))
}

/// A module of functions that are as long as a function may be, near enough.
fn huge_functions(functions: u32) -> Vec<u8> {
    module(functions, |function, noise| {
        // Values that all live to the end: what is hard for a compiler.
        for value in 0..60_000 {
            let mut code = function.instructions();
            code.local_get(value % LOCALS).i32_const(noise());
            code.i32_mul().local_get((value + 7) % LOCALS).i32_add();
            code.local_set((value * 13 + 5) % LOCALS);
        }
    })
}

/// A module of very many functions, of some 300 bytes each.
pub(crate) fn many_functions(functions: u32) -> Vec<u8> {
    module(functions, |function, noise| {
        for value in 0..LOCALS {
            let mut code = function.instructions();
            code.local_get(value).i32_const(noise()).i32_rem_u();
            code.local_set((value + 3) % LOCALS);
        }
    })
}

/// A module of functions whose code is nested as deeply as possible.
fn deep_nesting(functions: u32) -> Vec<u8> {
    module(functions, |function, noise| {
        let mut code = function.instructions();
        for depth in 0..20_000 {
            code.local_get(depth % LOCALS).if_(BlockType::Empty);
            code.i32_const(noise()).local_set(depth % LOCALS);
        }
        for _ in 0..20_000 {
            code.end();
        }
    })
}

/// Numbers that a function has to work with.
const LOCALS: u32 = 40;

/// A module of functions, with what numbers there are that do not pack well.
fn module(functions: u32, body: impl Fn(&mut Function, &mut dyn FnMut() -> i32)) -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    let (mut declared, mut code) = (FunctionSection::new(), CodeSection::new());
    let mut last = 1_u32;
    let mut noise = move || {
        last = last.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (last >> 1) as i32
    };
    for _ in 0..functions {
        let mut function = Function::new([(LOCALS, ValType::I32)]);
        body(&mut function, &mut noise);
        function.instructions().end();
        declared.function(0);
        code.function(&function);
    }
    let mut module = Module::new();
    module.section(&types).section(&declared).section(&code);
    module.finish()
}

/// What of a folder of compiled code is neither code, nor its sum, nor the key.
fn left_over(data: &DataFolder) -> Vec<OsString> {
    let files = fs::read_dir(data.cache()).unwrap();
    let mut names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
    names.retain(|name| {
        let name = Path::new(name);
        name != "key"
            && !name
                .extension()
                .is_some_and(|it| it == "cwasm" || it == "sum")
    });
    names
}

/// A host on `data` whose compiler has only this, after the sibling was compiled without haste.
async fn tight(data: &DataFolder, limits: CompileLimits) -> TestHost {
    TestHost::on(data).expect_sibling().await;
    on(data, compiler(limits))
}

/// Sees to it that nothing of what was stopped is left: no file, and no process, not even one
/// that nobody waited for.
fn expect_nothing_left(data: &DataFolder) {
    assert_eq!(left_over(data), Vec::<OsString>::new());
    assert_eq!(data.compiled().len(), 1, "the sibling's");
    // Other tests of this program have children of their own, which go.
    let mine = children(process::id());
    until("no process is left", || {
        mine.iter()
            .all(|child| !children(process::id()).contains(child))
    });
}

#[tokio::test]
async fn a_good_component_is_compiled_in_a_process_of_its_own() {
    let data = DataFolder::with(&[Package::of_guest("good")]);
    let host = on(&data, compiler(CompileLimits::default()));
    let answer = host.call("good", "echo", json!(["a"])).await.unwrap();
    assert_eq!(answer, json!("a"));
    host.expect_sibling().await;
    assert_eq!(left_over(&data), Vec::<OsString>::new());
}

#[tokio::test]
async fn a_compiler_that_cannot_be_run_is_the_hosts_fault() {
    let data = DataFolder::with(&[]);
    let program = |path: &str, args: &[&str]| CompilerProgram {
        program: path.into(),
        args: args.iter().map(Into::into).collect(),
        limits: CompileLimits::default(),
    };
    let fails = async |program, says: &str| {
        let host = on(&data, program);
        let error = host.find("my-plugin").await.err().unwrap().to_string();
        assert!(error.contains(says), "{error}");
        assert!(
            host.state("my-plugin") != goatkit_manager::State::Broken,
            "{error}"
        );
        assert_eq!(data.compiled(), Vec::<std::path::PathBuf>::new());
    };
    fails(
        program("/no/such/program", &[]),
        "cannot run the program that compiles",
    )
    .await;
    fails(
        program("/bin/sh", &["-c", "echo why >&2; exit 9"]),
        "exit code 9 why",
    )
    .await;
    fails(program("/bin/sh", &["-c", "kill -KILL $$"]), "was killed").await;
    fails(program("/bin/true", &[]), "without compiling").await;
    on(&data, compiler(CompileLimits::default()))
        .expect_sibling()
        .await;
}

#[tokio::test]
async fn a_compiler_that_crashes_on_a_component_is_not_asked_again() {
    let crashes = CompilerProgram {
        program: "/bin/sh".into(),
        args: ["-c", "echo at 7 >&2; kill -SEGV $$"]
            .map(Into::into)
            .into(),
        limits: CompileLimits::default(),
    };
    let data = DataFolder::with(&[Package::of_guest("good")]);
    TestHost::on(&data).expect_sibling().await;
    let host = on(&data, crashes);
    let says = ["crashed on its component", "signal 11", "at 7"];
    expect_broken_on(&host, "good", LoadErrorKind::BadPackage, &says).await;
    expect_nothing_left(&data);
}

#[tokio::test]
async fn bombs_are_stopped_when_they_take_too_long() {
    for module in [huge_functions(8), many_functions(20_000), deep_nesting(200)] {
        let data = DataFolder::with(&[with_bomb(&module)]);
        let host = tight(&data, within(Duration::from_millis(300), 4 << 30)).await;
        let says = ["took longer than 300ms", "let compiling take longer"];
        expect_broken_on(&host, "good", LoadErrorKind::BadPackage, &says).await;
        expect_nothing_left(&data);
    }
}

#[tokio::test]
async fn bombs_are_stopped_when_they_take_too_much_memory() {
    for module in [huge_functions(8), many_functions(20_000), deep_nesting(200)] {
        let data = DataFolder::with(&[with_bomb(&module)]);
        let host = tight(&data, within(Duration::from_secs(600), 32 << 20)).await;
        let says = ["took more than 33554432 bytes", "let compiling take more"];
        expect_broken_on(&host, "good", LoadErrorKind::BadPackage, &says).await;
        expect_nothing_left(&data);
    }
}

#[tokio::test]
async fn what_was_stopped_is_compiled_where_there_is_more() {
    let data = DataFolder::with(&[with_bomb(&many_functions(2_000))]);
    let host = tight(&data, within(Duration::from_secs(600), 16 << 20)).await;
    let says = ["bytes of memory"];
    expect_broken_on(&host, "good", LoadErrorKind::BadPackage, &says).await;
    let host = on(&data, compiler(CompileLimits::default()));
    let answer = host.call("good", "echo", json!(["a"])).await.unwrap();
    assert_eq!(answer, json!("a"));
}

/// A compiler that is at work for ever on what is larger than any guest, and compiles the rest.
fn busy_with_bombs() -> CompilerProgram {
    let real = compiler(CompileLimits::default());
    let script = format!(
        "test $(stat -L -c %s /dev/stdin) -lt {LARGE} || exec sleep 100000; exec \"$0\" \"$@\""
    );
    let mut args: Vec<OsString> = vec!["-c".into(), script.into(), real.program.into()];
    args.extend(real.args);
    CompilerProgram {
        program: "/bin/sh".into(),
        args,
        limits: real.limits,
    }
}

/// Bytes of a component that no guest has.
const LARGE: usize = 4 << 20;

#[tokio::test]
async fn while_one_is_compiled_another_plugin_loads() {
    let data = DataFolder::with(&[with_bomb(&huge_functions(8))]);
    let host = on(&data, busy_with_bombs());
    let mut bomb = Box::pin(host.find("good"));
    tokio::select! {
        biased;
        _ = &mut bomb => panic!("it is compiled for ever"),
        () = host.expect_sibling() => {}
    }
    drop(bomb);
    drop(host);
    // The host has stopped: what it compiled for is gone, as soon as its tasks have their turn.
    tokio::task::yield_now().await;
    expect_nothing_left(&data);
}

/// No test: what this program does as a host that is killed.
#[tokio::test]
async fn hosts_when_asked() {
    let Some(folder) = std::env::var_os(HOST) else {
        return;
    };
    let host = on(
        &DataFolder::at(folder.as_ref()),
        compiler(CompileLimits::default()),
    );
    let _ = host.find("good").await;
}

#[tokio::test]
async fn what_a_killed_host_was_compiling_ends_and_leaves_nothing() {
    let data = DataFolder::with(&[with_bomb(&huge_functions(40))]);
    TestHost::on(&data).expect_sibling().await;
    let mut host: Child = again("compiling::hosts_when_asked")
        .env(HOST, data.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let at_work = |id: u32| {
        let words = fs::read_to_string(format!("/proc/{id}/cmdline"));
        words.is_ok_and(|words| words.contains("goatkit-compile-component"))
    };
    let mut compiling = None;
    until("the host compiles", || {
        compiling = children(host.id())
            .into_iter()
            .find(|&child| at_work(child));
        compiling.is_some()
    });
    host.kill().unwrap();
    host.wait().unwrap();
    let compiling = compiling.unwrap();
    until("what compiles goes with it", || !at_work(compiling));
    assert_eq!(left_over(&data), Vec::<OsString>::new());
    assert_eq!(data.compiled().len(), 1, "the sibling's");
    TestHost::on(&data).expect_sibling().await;
}
