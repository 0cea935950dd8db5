//! What was typed. What it means is decided in the file of each command.

mod people;
mod plugins;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

pub(crate) use people::{
    AddUserArgs, CreateTokenArgs, ListArgs, LoginArgs, PasswordArgs, PermissionsArgs,
    RevokeTokenArgs, RoleArgs, RoleCommand, ShowUserArgs, TokenCommand, UserCommand, UserRoleArgs,
};
pub(crate) use plugins::{EventsArgs, LogsArgs, NamedArgs, UninstallArgs};

/// GoatKit's command line: make plugins, try them, serve them.
#[derive(Debug, Parser)]
#[command(name = "gk", version, propagate_version = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Say more on standard error; RUST_LOG chooses in detail
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make, build and try plugins
    #[command(subcommand)]
    Plugin(PluginCommand),
    /// Prove a package against the contract
    Conformance(ConformanceArgs),
    /// Say who may sign in
    #[command(subcommand)]
    User(UserCommand),
    /// Say what users may do
    #[command(subcommand)]
    Role(RoleCommand),
    /// Let programs administer a host
    #[command(subcommand)]
    Token(TokenCommand),
    /// Serve the plugins and templates of a data folder
    Serve(ServeArgs),
    /// Build the examples and serve them
    Demo(DemoArgs),
}

#[derive(Debug, Subcommand)]
pub(crate) enum PluginCommand {
    /// Write a new plugin that builds and runs unchanged
    Init(InitArgs),
    /// Build a plugin's component and pack its zip
    Build(BuildArgs),
    /// Show what a package is and what it registers; nothing but gk-register runs
    Inspect(InspectArgs),
    /// Call a function of a package and print its answer as JSON
    Call(CallArgs),
    /// Show what a package asks, ask whether it may, and put it into a host
    Install(InstallArgs),
    /// Grant a plugin what it asks
    Grant(DecideArgs),
    /// Revoke what a plugin was granted, from its next call on
    Revoke(DecideArgs),
    /// Show what plugins ask, and what was decided
    Grants(GrantsArgs),
    /// Show what plugins were denied, and what of their grants they never used
    Audit(AuditArgs),
    /// Show and set a plugin's settings
    Config(ConfigArgs),
    /// Show what plugins do at given times, or run a job at once
    Jobs(JobsArgs),
    /// Show the plugins of a host, how they do, and what they hold
    List(ListArgs),
    /// Show how a plugin does
    Status(NamedArgs),
    /// Let a plugin serve that was disabled
    Enable(NamedArgs),
    /// Let a plugin serve no longer: at once, and also after a restart or an upgrade
    Disable(NamedArgs),
    /// Keep a plugin in memory, also after a restart
    Pin(NamedArgs),
    /// Keep a plugin in memory no longer than it is used
    Unpin(NamedArgs),
    /// Load a plugin's file anew beside what serves, which then takes its place
    Reload(NamedArgs),
    /// Take a plugin out of memory; its next call brings it back
    Unload(NamedArgs),
    /// Let a plugin try again that is left alone
    Retry(NamedArgs),
    /// Take a plugin out of a host
    Uninstall(UninstallArgs),
    /// Show what a plugin logs
    Logs(LogsArgs),
    /// Show what happens to plugins
    Events(EventsArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct DataArgs {
    /// The data folder; a host that runs on it is asked, else the folder is worked on
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(crate) struct InstallArgs {
    /// The zip
    pub(crate) file: PathBuf,

    #[command(flatten)]
    pub(crate) host: DataArgs,

    /// Grant all that it asks, without being asked
    #[arg(long, conflicts_with = "grants")]
    pub(crate) yes: bool,

    /// Grant what this file says and refuse the rest, without being asked
    #[arg(long, value_name = "FILE")]
    pub(crate) grants: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct DecideArgs {
    /// The plugin's name
    pub(crate) name: String,

    /// Capabilities such as db, reach.routes or limits, or rules such as "db: read ticket"
    /// [default: all that it asks]
    #[arg(value_name = "CAPABILITY")]
    pub(crate) rules: Vec<String>,

    #[command(flatten)]
    pub(crate) host: DataArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct GrantsArgs {
    /// The plugin's name [default: all plugins]
    pub(crate) name: Option<String>,

    #[command(flatten)]
    pub(crate) host: DataArgs,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct AuditArgs {
    /// The plugin's name [default: all plugins]
    pub(crate) name: Option<String>,

    /// How many of the last denials to show
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) last: usize,

    #[command(flatten)]
    pub(crate) host: DataArgs,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Without KEY all settings are shown; of secrets only whether they are set.
#[derive(Debug, clap::Args)]
pub(crate) struct ConfigArgs {
    /// The plugin's name
    pub(crate) name: String,

    /// The setting
    #[arg(requires = "change")]
    pub(crate) key: Option<String>,

    /// Its new value: JSON, or a text; `-` reads it from standard input, as secrets should be
    #[arg(group = "change", allow_hyphen_values = true)]
    pub(crate) value: Option<String>,

    /// Take back what was set
    #[arg(long, group = "change")]
    pub(crate) unset: bool,

    #[command(flatten)]
    pub(crate) host: DataArgs,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct JobsArgs {
    #[command(subcommand)]
    pub(crate) command: Option<JobsCommand>,

    /// The plugin's name [default: all plugins]
    pub(crate) name: Option<String>,

    /// The data folder; a host that runs on it is asked, else the folder is worked on
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum JobsCommand {
    /// Run a job at once, beside its timetable, and wait for its end
    Run(RunJobArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct RunJobArgs {
    /// The plugin's name
    pub(crate) name: String,

    /// The job: its name in the registration, or the identifier that `gk plugin jobs` shows
    pub(crate) job: String,

    /// What it is told instead of its own arguments, as JSON
    #[arg(long, value_name = "JSON")]
    pub(crate) args: Option<String>,

    #[command(flatten)]
    pub(crate) host: DataArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct InitArgs {
    /// The plugin's name, e.g. my-plugin
    pub(crate) name: String,

    /// The folder to make [default: the plugin's name]
    #[arg(long, value_name = "DIR")]
    pub(crate) path: Option<PathBuf>,

    /// The folder of the crate goatkit-plugin [default: that of the checkout gk was built from]
    #[arg(long, value_name = "PATH")]
    pub(crate) sdk: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct BuildArgs {
    /// The plugin's folder
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,

    /// Where to write the zip [default: DIR/dist/NAME-VERSION.zip]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct InspectArgs {
    /// The zip, or an unpacked package
    pub(crate) file: PathBuf,

    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// The answer is printed as JSON; HTML is printed as {"html": "…"}.
#[derive(Debug, clap::Args)]
pub(crate) struct CallArgs {
    /// The zip, or an unpacked package
    pub(crate) file: PathBuf,

    /// The function's name
    pub(crate) function: String,

    /// The arguments, a JSON array in the function's order
    #[arg(default_value = "[]", allow_hyphen_values = true)]
    pub(crate) args: String,

    /// The language of the person on whose behalf it is called
    #[arg(long, default_value = "en")]
    pub(crate) locale: String,

    /// For whom, e.g. agent:2 [default: the system itself]
    #[arg(long, value_name = "KIND:ID")]
    pub(crate) actor: Option<String>,

    /// A data folder whose grants, settings and database count [default: one that is thrown
    /// away, in which everything is granted]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

/// Each of its functions is called, with nothing granted. A package that has the functions of
/// the package `conformance` is held against all that the contract promises besides.
#[derive(Debug, clap::Args)]
pub(crate) struct ConformanceArgs {
    /// The zip, or an unpacked package
    pub(crate) file: PathBuf,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ServeArgs {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: String,

    /// The data folder: packages in DIR/plugins, the application's pages in DIR/templates
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,

    /// Another address, for administrators with a browser or a program [default: none; `gk` on
    /// this machine needs none]
    #[arg(long, value_name = "ADDR")]
    pub(crate) admin: Option<String>,

    /// Serve unpacked plugins too
    #[arg(long)]
    pub(crate) dev: bool,

    /// Run no hooks and jobs, and show no pages, routes, widgets and menus of plugins: for a host
    /// that one of them keeps from working
    #[arg(long)]
    pub(crate) safe_mode: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct DemoArgs {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub(crate) listen: String,

    /// Another address, for administrators with a browser or a program
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub(crate) admin: String,

    /// A data folder to keep [default: one that is thrown away at the end]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        Args::command().debug_assert();
    }
}
