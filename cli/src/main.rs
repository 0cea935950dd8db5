//! The program `gk`. Everything is in the library, so that it can be tested and documented.

use std::process::ExitCode;

fn main() -> ExitCode {
    goatkit_cli::run(std::env::args_os())
}
