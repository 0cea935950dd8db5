//! The port on wasmtime: the only floor that knows it.
//!
//! In reading order: `engine` (what all instances share), `code` (from a component to
//! compiled code), `doors` (what a guest may import), `link` (from code to what can be
//! instantiated), `run` (an instance, and the lanes that a call runs in), `runtime` and
//! `plugin` (the port's traits), `answers` (what a plugin may answer), `serve` (requests that
//! are answered while the guest runs), `spans` (what is told of calls).
//!
//! Not here: any decision about what a plugin may do. Doors convert types; the rooms of
//! `goatkit-capability` decide.

mod answers;
mod code;
mod doors;
mod engine;
mod figures;
mod link;
mod plugin;
mod run;
mod runtime;
mod serve;
mod settings;
mod spans;

pub use code::compile_if_asked;
pub use doors::{Door, builtin_doors};
pub use run::{Shared, State as GuestState};
pub use runtime::WasmRuntime;
pub use settings::{CompileLimits, CompilerProgram, SettingsError, WasmSettings};
/// For embedders that link interfaces of their own: the version that this host is built with.
pub use wasmtime;
