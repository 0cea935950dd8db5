//! `gk serve`: the plugins and templates of a data folder.

use std::fs;
use std::path::Path;

use anyhow::Result;
use goatkit_host::HostBuilder;

use crate::args::ServeArgs;
use crate::listen::{self, Loopback};

pub(crate) fn run(args: &ServeArgs) -> Result<()> {
    let listener = Loopback::parse(&args.listen)?.bind()?;
    make(&args.data);
    let mut host = HostBuilder::new(&args.data);
    if args.dev {
        host = host.dev();
    }
    listen::serve(listener, host, async |_| Ok(()))
}

/// Makes a data folder that is not there, and says so: the name may be mistyped. A folder
/// that cannot be made is told by the host.
fn make(data: &Path) {
    if !data.exists() && fs::create_dir_all(data).is_ok() {
        eprintln!("note: made the data folder {}", data.display());
    }
}
