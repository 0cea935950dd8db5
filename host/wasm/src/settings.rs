//! What a host may choose about the wasm runtime.

use std::path::PathBuf;

/// Settings of a [`WasmRuntime`](crate::WasmRuntime).
#[derive(Debug, Clone)]
pub struct WasmSettings {
    /// The folder of compiled code. Made with mode 0700.
    pub cache: PathBuf,
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
            memory_budget: 2 << 30,
            pool: 1000,
            largest_memory: 512 << 20,
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
