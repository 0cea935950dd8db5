//! What was typed. What it means is decided in the file of each command.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

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

    /// A data folder to work in [default: one that is thrown away]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ServeArgs {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: String,

    /// The data folder: packages in DIR/plugins, the application's pages in DIR/templates
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,

    /// Serve unpacked plugins too
    #[arg(long)]
    pub(crate) dev: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct DemoArgs {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub(crate) listen: String,

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
