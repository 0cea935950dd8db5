//! `gk serve`: the plugins and templates of a data folder.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use goatkit_host::{CompilerProgram, Host, HostBuilder};

use crate::args::ServeArgs;
use crate::listen::{self, Listeners, Ready};
use crate::telemetry::Traces;

pub(crate) fn run(args: &ServeArgs, traces: Traces) -> Result<()> {
    let listeners = Listeners::bind(&args.listen, args.admin.as_deref())?;
    make(&args.data);
    let mut host = HostBuilder::new(&args.data)
        .compiler(CompilerProgram::this())
        .sign_in();
    if args.dev {
        host = host.dev();
    }
    if args.safe_mode {
        host = host.safe_mode();
    }
    let ready = async |host: &Arc<Host>| {
        Ok(Ready {
            router: host.router(),
            says: String::new(),
        })
    };
    listen::serve(listeners, host, traces, ready)
}

/// Makes a data folder that is not there, and says so: the name may be mistyped. A folder
/// that cannot be made is told by the host.
fn make(data: &Path) {
    if !data.exists() && fs::create_dir_all(data).is_ok() {
        eprintln!("note: made the data folder {}", data.display());
    }
}
