//! `gk serve`: the plugins and templates of a data folder.

use anyhow::Result;
use goatkit_host::HostBuilder;

use crate::args::ServeArgs;
use crate::listen::{self, Loopback};

pub(crate) fn run(args: &ServeArgs) -> Result<()> {
    let listener = Loopback::parse(&args.listen)?.bind()?;
    let mut host = HostBuilder::new(&args.data);
    if args.dev {
        host = host.dev();
    }
    listen::serve(listener, host)
}
