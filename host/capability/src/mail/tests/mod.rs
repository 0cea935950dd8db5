//! The room as a plugin meets it: what goes out, what is refused, what is counted.

mod attacks;
mod bench;
mod bounds;
mod hour;
mod real;
mod secure;
mod sending;
mod server;
mod smtp;
