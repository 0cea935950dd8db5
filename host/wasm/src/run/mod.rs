//! An instance, and how a call runs in it.
//!
//! `state` is what a store holds (`shared` of it is the embedder's), `limiter` counts its
//! memory, `instance` makes it,
//! `exports` are what can be called in it, `lanes` drive a call to its end or its
//! deadline, `outcome` reads how it ended.

mod exports;
mod incoming;
mod instance;
mod lanes;
mod limiter;
mod outcome;
mod places;
mod shared;
mod source;
mod state;

pub(crate) use exports::{
    Activate, Deactivate, Export, Function, Handle, Register, Remove, RunHook, RunJob,
};
pub(crate) use incoming::{Head, handle_http};
pub(crate) use instance::{Indices, Instance, Linked, Prepared};
pub(crate) use lanes::{Lanes, Pace, Stopped};
pub(crate) use limiter::Budget;
pub(crate) use outcome::{Target, guest_error, trap_error};
pub(crate) use places::Places;
pub use shared::Shared;
pub(crate) use source::{Beyond, Source};
pub use state::State;
