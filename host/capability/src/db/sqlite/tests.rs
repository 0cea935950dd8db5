//! The room on a real database.
#![allow(clippy::unwrap_used)]

mod attacks;
mod cancel;
mod faults;
mod handle;
mod own;
mod walls;
