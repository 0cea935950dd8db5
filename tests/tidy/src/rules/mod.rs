//! The rules, one file each: a table, and a pure function that says what breaks it.

pub mod commands;
pub mod floors;
pub mod folders;
pub mod heavy;
pub mod inherit;
pub mod opening;
pub mod panics;
pub mod unsafety;
pub mod walk;
