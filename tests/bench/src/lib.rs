//! What the benchmarks share: the guest, the same guest in bare wasmtime, the platform
//! around it, and the table of ratios.
//!
//! Nothing here decides a test: benchmarks measure, tests assert.

pub mod bare;
pub mod desk;
pub mod machine;
pub mod measured;
pub mod outside;
pub mod peers;
pub mod platform;
pub mod report;
pub mod rounds;
pub mod samples;
pub mod site;
pub mod table;

/// What a benchmark does when its own set-up fails.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// The function that is called, and its arguments.
pub const FUNCTION: &str = "calculate_something";
/// See [`FUNCTION`].
pub const ARGS: &str = "[\"input\"]";
