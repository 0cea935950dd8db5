//! What was typed behind those of `gk plugin` that see to plugins of a host: which serve, what they
//! hold and say, what becomes of them.

use std::path::PathBuf;

use super::DataArgs;

/// One plugin of a host.
#[derive(Debug, clap::Args)]
pub(crate) struct NamedArgs {
    /// The plugin's name
    pub(crate) name: String,

    #[command(flatten)]
    pub(crate) host: DataArgs,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Without --purge its data stays, and it finds it when it is installed again.
#[derive(Debug, clap::Args)]
pub(crate) struct UninstallArgs {
    /// The plugin's name
    pub(crate) name: String,

    #[command(flatten)]
    pub(crate) host: DataArgs,

    /// Remove all that is kept of it as well, after its own `remove` has run
    #[arg(long)]
    pub(crate) purge: bool,

    /// Leave all as it is where its own `remove` fails
    #[arg(long, requires = "purge")]
    pub(crate) careful: bool,

    /// Do it without being asked
    #[arg(long)]
    pub(crate) yes: bool,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// The lines are in the memory of the host that runs.
#[derive(Debug, clap::Args)]
pub(crate) struct LogsArgs {
    /// The plugin's name
    pub(crate) name: String,

    /// How many of the last lines to show
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) last: usize,

    /// Go on with what it says from now on
    #[arg(long)]
    pub(crate) follow: bool,

    /// The data folder of the host that runs
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,

    /// Print one JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
}

/// What happens is in the memory of the host that runs.
#[derive(Debug, clap::Args)]
pub(crate) struct EventsArgs {
    /// How many of the last events to show
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) last: usize,

    /// Go on with what happens from now on
    #[arg(long)]
    pub(crate) follow: bool,

    /// The data folder of the host that runs
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,

    /// Print one JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
}
