//! From a plugin's source folder to a component and a zip.
//!
//! Used by `gk plugin build`, `gk demo`, the tests and the benchmarks. Nothing here runs a
//! plugin, and there is no wasmtime: compilers and encoders only.
//!
//! In reading order: [`ensure_target`] has rustc build for wasm, [`build_guest`] makes a
//! core module, [`to_component`] a component of it, and [`build_plugin`] does it all and packs
//! the zip.

mod browser;
mod component;
mod error;
mod fingerprint;
mod guest;
mod metadata;
mod plugin;
mod progress;
pub mod target;
mod tool;
mod toolchain;

pub use browser::{Culprit, Reason};
pub use component::{ComponentInterface, InterfaceName, describe, to_component};
pub use error::{BuildError, ComponentError};
pub use fingerprint::{Fingerprint, FingerprintError, fingerprint};
pub use guest::{GuestBuild, build_guest};
pub use plugin::{BuiltPlugin, build_plugin};
pub use progress::{PlainLines, Progress, Silent};
pub use target::{TARGET, TargetError, TargetSource, ensure_target};
pub use tool::ToolError;
pub use toolchain::Toolchain;
