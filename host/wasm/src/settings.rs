//! What a host may choose about the wasm runtime.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// How long compiling one component may take. What compilers for Python and JavaScript make
/// takes 20 s on a slow machine; what takes longer than this was written to.
const COMPILE_TIME: Duration = Duration::from_secs(120);

/// Bytes that compiling one component may take. An interpreter's component takes less than
/// one GiB; without a bound one package could take all that the machine has.
const COMPILE_MEMORY: u64 = 4 << 30;

/// Bytes of compiled code that are kept: of a hundred interpreters, or ten thousand plugins in
/// Rust. Without a bound every version of every plugin would stay on the disk for ever.
const CACHE_BYTES: u64 = 4 << 30;

/// Settings of a [`WasmRuntime`](crate::WasmRuntime).
#[derive(Debug, Clone)]
pub struct WasmSettings {
    /// The folder of compiled code. Made with mode 0700.
    pub cache: PathBuf,
    /// Bytes of compiled code that are kept there.
    pub cache_bytes: u64,
    /// What compiles components. With none they are compiled in this process, where neither
    /// memory nor time bounds them and nothing can stop them: a component that is made for it
    /// takes the host down. For tools that look at one package.
    pub compiler: Option<CompilerProgram>,
    /// Bytes of all memories and tables of all instances of this host.
    pub memory_budget: u64,
    /// Core instances, and as many memories and tables, that the pool holds. A component
    /// in Rust needs one to three, one in Python fourteen.
    pub pool: u32,
    /// Bytes of the largest memory that any plugin may have.
    pub largest_memory: u64,
}

impl WasmSettings {
    /// The defaults, with compiled code kept in `cache`.
    pub fn new(cache: PathBuf) -> Self {
        Self {
            cache,
            cache_bytes: CACHE_BYTES,
            compiler: None,
            memory_budget: 2 << 30,
            pool: 1000,
            largest_memory: 512 << 20,
        }
    }
}

/// A program that compiles a component in a process of its own, which can be killed: one that
/// calls [`compile_if_asked`](crate::compile_if_asked) before anything else.
#[derive(Debug, Clone)]
pub struct CompilerProgram {
    /// The program.
    pub program: PathBuf,
    /// Its arguments, before those that say what is to be compiled.
    pub args: Vec<OsString>,
    /// What one component may take.
    pub limits: CompileLimits,
}

impl CompilerProgram {
    /// The program that runs, with the default limits. Also when another was put into its
    /// place meanwhile: code is compiled by the wasmtime that will run it.
    pub fn this() -> Self {
        Self {
            program: PathBuf::from("/proc/self/exe"),
            args: Vec::new(),
            limits: CompileLimits::default(),
        }
    }
}

/// What compiling one component may take before it is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompileLimits {
    /// On the clock.
    pub time: Duration,
    /// Bytes of memory.
    pub memory: u64,
}

impl Default for CompileLimits {
    fn default() -> Self {
        Self {
            time: COMPILE_TIME,
            memory: COMPILE_MEMORY,
        }
    }
}

/// Why a wasm runtime could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The folder of compiled code cannot be used.
    #[error(
        "cannot use {path} for compiled code: {source}; choose a data folder that this user may write"
    )]
    Cache {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// wasmtime refused the settings.
    #[error("cannot start wasmtime: {0}")]
    Engine(String),
    /// A thread or a runtime could not be started.
    #[error("cannot start a thread: {0}")]
    Thread(std::io::Error),
}
