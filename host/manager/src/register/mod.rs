//! What `gk-register` answers: checked, then kept by digest, so that menus and pages
//! stand after a restart without loading anything.

mod check;
mod jobs;
mod kept;

pub use check::check_registration;
pub(crate) use kept::{Activated, Kept};
