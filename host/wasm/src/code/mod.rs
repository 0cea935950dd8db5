//! From a component's bytes to code that may be linked.
//!
//! `cache` keeps compiled code on disk (how much of it, `trim` decides), `compile` makes it
//! once per component, in a process of its own (`program` runs it, `child` is what it does,
//! `needs` reads the bytes before), `imports` holds what a component wants against its
//! manifest. Nothing here runs a guest.

mod cache;
mod child;
mod compile;
mod imports;
mod needs;
mod program;
mod trim;

pub(crate) use cache::CodeCache;
pub use child::compile_if_asked;
pub(crate) use compile::{Compiled, Compiler, Home, Wanted};
pub(crate) use imports::{Provided, check_imports, imports_of};
