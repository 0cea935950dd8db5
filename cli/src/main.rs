//! The program `gk`. Everything is in the library, so that it can be tested and documented.

use std::process::ExitCode;

fn main() -> ExitCode {
    // `gk` is started again for each component that is compiled.
    goatkit_host::compile_if_asked();
    goatkit_cli::run(std::env::args_os())
}
