//! The guests of `tests/guests` and the plugins of `examples`, built for wasm when a test first
//! asks for one. However many tests run, in however many processes, one builds and the
//! others wait; cargo knows whether there is anything to do.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use goatkit_build::{PlainLines, TARGET, Toolchain, build_plugin, ensure_target, to_component};

/// The component of a guest, by the name of its file in `tests/guests/guests`.
pub fn guest(name: &str) -> Vec<u8> {
    to_component(&module(name)).unwrap()
}

/// The core module of a guest, with its world.
pub(crate) fn module(name: &str) -> Vec<u8> {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let folder = BUILT.get_or_init(build_guests);
    let module = folder.join(format!("{name}.wasm"));
    fs::read(&module)
        .unwrap_or_else(|error| panic!("there is no guest `{name}` ({error}); see tests/guests"))
}

/// The zip of `examples/hello`: the plugin `my-plugin`, whose `calculate_something` counts
/// the characters of a text.
pub fn hello() -> Vec<u8> {
    static BUILT: OnceLock<Vec<u8>> = OnceLock::new();
    BUILT.get_or_init(|| example("hello")).clone()
}

/// The zip of the plugin in a folder of `examples`, built anew where anything changed.
pub fn example(folder: &str) -> Vec<u8> {
    let _turn = turn();
    let zip = cache().join(format!("{}.zip", folder.replace('/', "-")));
    let source = repository(&format!("examples/{folder}"));
    build_plugin(&*source, Some(&zip), &PlainLines).unwrap();
    fs::read(zip).unwrap()
}

/// Runs the tests that a plugin in a folder of `examples` has of its own, on this machine and
/// without a host. Panics with what they say if one fails.
pub fn test_example(folder: &str) {
    let _turn = turn();
    let source = repository(&format!("examples/{folder}"));
    let tested = cargo(&source)
        .args(["test", "--quiet", "--locked", "--target-dir"])
        .arg(cache().join("examples"))
        .output()
        .unwrap();
    let said = [tested.stdout, tested.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(tested.status.success(), "examples/{folder}: {said}");
}

/// Cargo in a workspace of its own.
fn cargo(source: &Path) -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (variable, _) in env::vars_os() {
        if variable.to_str().is_some_and(is_for_the_host) {
            cargo.env_remove(variable);
        }
    }
    cargo.current_dir(source);
    cargo
}

/// Builds all guests and answers with the folder of their modules.
fn build_guests() -> PathBuf {
    let _turn = turn();
    let source = repository("tests/guests");
    ensure_target(&Toolchain::from_env().in_folder(&source), &PlainLines).unwrap();
    let built = cargo(&source)
        .args(["build", "--quiet", "--release", "--examples", "--locked"])
        .args(["--target", TARGET, "--target-dir"])
        .arg(cache())
        .status()
        .unwrap();
    assert!(built.success(), "tests/guests does not compile");
    cache().join(TARGET).join("release/examples")
}

/// Whether a variable is a wish of whoever builds the host, which guests must not hear of.
fn is_for_the_host(variable: &str) -> bool {
    let of_a_build = ["CARGO_", "RUSTFLAGS", "RUSTC", "RUSTDOC", "MAKEFLAGS"];
    let of_the_machine = ["CARGO_HOME", "CARGO_NET_", "CARGO_HTTP_"];
    let begins = |with: &[&str]| with.iter().any(|prefix| variable.starts_with(prefix));
    begins(&of_a_build) && !begins(&of_the_machine)
}

/// Held while one process builds.
fn turn() -> File {
    fs::create_dir_all(cache()).unwrap();
    let lock = File::create(cache().join(".lock")).unwrap();
    lock.lock().unwrap();
    lock
}

/// Where guests are compiled: apart from the host, and once for all clones.
fn cache() -> PathBuf {
    let named = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let named = named.filter(|path| path.is_absolute());
    let home = || env::home_dir().map(|home| home.join(".cache"));
    let cache = named.or_else(home).unwrap_or_else(env::temp_dir);
    cache.join("goatkit").join("test-guests")
}

fn repository(path: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.join(path).canonicalize().unwrap()
}
