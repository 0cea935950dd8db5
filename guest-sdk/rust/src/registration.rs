//! What a plugin brings, as the contract's interface `registration` has it.
//!
//! [`macro@crate::plugin`] fills these in; tests read them through
//! [`Plugin::registration`](crate::Plugin::registration).

pub use crate::raw::exports::goatkit::plugin::registration::{
    Access, Argument, Function, Job, MenuItem, Page, Plugin, Route, Widget,
};
