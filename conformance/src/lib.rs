//! Proves a package against the contract, and a runtime with a package.
//!
//! `prove` is what `gk conformance` does: checks that hold for every package, and for the
//! package `conformance` the whole `table`, one row per thing that the contract promises, what
//! is permitted beside what is refused. `run` goes through the table on the port, so that one
//! runtime is held to the same answers as another. `world` is the application that the table
//! knows: its tables, settings, functions and people.
//!
//! Whoever writes an SDK in another language writes the package `conformance` with it:
//! `package/` in this folder has all of it but the component, and
//! `tests/guests/guests/conformance.rs` says what its functions answer.
//!
//! Not here: any runtime. Whoever proves brings one.

mod case;
mod general;
mod pattern;
mod prove;
mod report;
mod run;
mod table;
mod world;

pub use case::{Args, Call, Case, Expect, Who};
pub use prove::prove;
pub use report::{Check, Report};
pub use run::run;
pub use table::{FUNCTIONS, TABLE};
pub use world::WorldError;
