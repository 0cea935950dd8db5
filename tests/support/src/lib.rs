//! What the tests share: guests, packages made of them, and a host to put them in.
//!
//! Everything here panics when the machine does not play along: a test has nobody to
//! report an error to but its reader. Deliberately not here: what a test expects.

#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a test ends with a panic"
)]

mod components;
mod guests;
mod host;
mod memory;
mod open_loop;
mod package;
mod processes;
mod text;

pub use components::{Use, with_module};
pub use guests::{example, guest, hello, test_example};
pub use host::{DataFolder, HostSettings, TestHost, actor, name, ready};
pub use memory::{Peak, anonymous_memory};
pub use open_loop::{Measured, OpenLoop};
pub use package::Package;
pub use processes::{again, children, compiler, until};
pub use text::TextGuest;
