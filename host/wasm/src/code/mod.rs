//! From a component's bytes to code that may be linked.
//!
//! `cache` keeps compiled code on disk, `compile` makes it once per component, `imports`
//! holds what a component wants against its manifest. Nothing here runs a guest.

mod cache;
mod compile;
mod imports;

pub(crate) use cache::CodeCache;
pub(crate) use compile::Compiler;
pub(crate) use imports::{Provided, check_imports, imports_of};
