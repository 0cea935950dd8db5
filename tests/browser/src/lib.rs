//! Tests in a real headless Chromium, and the attacks that a hostile package tries there.
//!
//! [`Browser`] drives Chromium, [`Site`] is any little web server, [`Canary`] one that hostile
//! content wants to reach, [`attacks`] reads what such content does (`attacks.txt`), and
//! [`naive`] is an application without a guard: an attack that does nothing there proves
//! nothing where it is stopped.
//!
//! A test asks what came of it: a script says that it ran on the console, which no policy
//! keeps it from, and what leaves the application arrives at a canary.
//!
//! Nothing but loopback is ever reached: Chromium resolves no other name. Deliberately not
//! here: what a test expects, and anything of the product.

#![allow(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "a test ends with a panic"
)]

mod browser;
mod canary;
mod console;
mod driver;
mod page;
mod rest;
mod site;
mod watch;

pub mod attacks;
pub mod naive;
pub mod package;

pub use browser::{Browser, Rounds};
pub use canary::Canary;
pub use console::{Console, Line, ran};
pub use page::{Cookie, Page};
pub use site::{Answer, Request, Site, fetch};
pub use watch::{Done, Outcome, Watch};
