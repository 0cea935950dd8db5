//! `gk`, GoatKit's command line.
//!
//! Arguments are read in two stages: `args` holds what was typed, and each command's own
//! file makes checked values of it before it does anything. `failure` is how a command that
//! did not succeed says why and what to do; standard output is for answers only.
//!
//! Exit codes: 0; 1 for a command that was refused or failed; 2 for a command line that
//! cannot be understood.
//!
//! Not here: compiling and packing (`goatkit-build`), and all that a host does
//! (`goatkit-host`).

mod args;
mod audit;
mod build;
mod call;
mod checkout;
mod config;
mod conformance;
mod demo;
mod descriptors;
mod failure;
mod figures;
mod follow;
mod grants;
mod init;
mod inspect;
mod install;
mod jobs;
mod life;
mod listen;
mod logging;
mod office;
mod password;
mod progress;
mod role;
mod serve;
mod table;
mod telemetry;
mod token;
mod uninstall;
mod user;
mod workbench;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command, PluginCommand};
use logging::Audience;
use telemetry::{Telemetry, Traces};

/// Runs the command line and answers with the exit code.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(error) => return usage(&error),
    };
    match execute(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            failure::report(&error);
            ExitCode::FAILURE
        }
    }
}

fn execute(
    Args {
        command, verbose, ..
    }: Args,
) -> anyhow::Result<()> {
    let telemetry = match telemetry_of(&command) {
        Some(data) => Telemetry::start(data)?,
        None => None,
    };
    logging::start(audience(&command), verbose, telemetry.as_ref());
    let traces = telemetry.as_ref().map_or(Traces::Own, Telemetry::traces);
    let done = perform(command, traces);
    if let Some(telemetry) = telemetry {
        telemetry.stop();
    }
    done
}

/// The data folder whose operator says where spans go, of a command that serves one.
fn telemetry_of(command: &Command) -> Option<&Path> {
    match command {
        Command::Serve(args) => Some(&args.data),
        Command::Demo(args) => args.data.as_deref(),
        _ => None,
    }
}

fn perform(command: Command, traces: Traces) -> anyhow::Result<()> {
    match command {
        Command::Plugin(PluginCommand::Init(args)) => init::run(args),
        Command::Plugin(PluginCommand::Build(args)) => build::run(&args),
        Command::Plugin(PluginCommand::Inspect(args)) => inspect::run(&args),
        Command::Plugin(PluginCommand::Call(args)) => call::run(args),
        Command::Plugin(PluginCommand::Install(args)) => install::run(&args),
        Command::Plugin(PluginCommand::Grant(args)) => grants::grant(&args),
        Command::Plugin(PluginCommand::Revoke(args)) => grants::revoke(&args),
        Command::Plugin(PluginCommand::Grants(args)) => grants::show(&args),
        Command::Plugin(PluginCommand::Audit(args)) => audit::run(&args),
        Command::Plugin(PluginCommand::Config(args)) => config::run(&args),
        Command::Plugin(PluginCommand::Jobs(args)) => jobs::run(args),
        Command::Plugin(PluginCommand::List(args)) => life::list(&args),
        Command::Plugin(PluginCommand::Status(args)) => life::status(&args),
        Command::Plugin(PluginCommand::Enable(args)) => life::enable(&args),
        Command::Plugin(PluginCommand::Disable(args)) => life::disable(&args),
        Command::Plugin(PluginCommand::Pin(args)) => life::pin(&args),
        Command::Plugin(PluginCommand::Unpin(args)) => life::unpin(&args),
        Command::Plugin(PluginCommand::Reload(args)) => life::reload(&args),
        Command::Plugin(PluginCommand::Unload(args)) => life::unload(&args),
        Command::Plugin(PluginCommand::Retry(args)) => life::retry(&args),
        Command::Plugin(PluginCommand::Uninstall(args)) => uninstall::run(&args),
        Command::Plugin(PluginCommand::Logs(args)) => follow::logs(&args),
        Command::Plugin(PluginCommand::Events(args)) => follow::events(&args),
        Command::Conformance(args) => conformance::run(&args),
        Command::User(command) => user::run(command),
        Command::Role(command) => role::run(command),
        Command::Token(command) => token::run(command),
        Command::Serve(args) => serve::run(&args, traces),
        Command::Demo(args) => demo::run(args, traces),
    }
}

fn audience(command: &Command) -> Audience {
    match command {
        Command::Plugin(_)
        | Command::Conformance(_)
        | Command::User(_)
        | Command::Role(_)
        | Command::Token(_) => Audience::Caller,
        Command::Serve(_) | Command::Demo(_) => Audience::Operator,
    }
}

/// What clap has to say: help and version are answers, the rest is wrong usage.
fn usage(error: &clap::Error) -> ExitCode {
    // There is nobody to tell if that cannot be written.
    let _ = error.print();
    match error.use_stderr() {
        true => ExitCode::from(2),
        false => ExitCode::SUCCESS,
    }
}
