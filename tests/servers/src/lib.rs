//! Real servers for tests, started on free loopback ports over folders that are gone
//! afterwards. A server ends with its value: when that is dropped, when the test panics, and
//! when the test's process is killed.
//!
//! A program that is missing is installed from Debian's packages. Where that does not work it is
//! a failure, never a test that is left out: the panic names the package.
//!
//! Not here: servers that misbehave. Those are written by the tests that need them.

pub mod attacks;
mod chromedriver;
mod install;
mod ports;
mod process;
mod redis;
mod smtp;

pub use chromedriver::Chromedriver;
pub use redis::Redis;
pub use smtp::{Certificate, Received, SignIn, Smtp, SmtpOptions, SmtpTls};
