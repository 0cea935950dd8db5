//! What was typed behind `gk user`, `gk role` and `gk token`.

use clap::Subcommand;

use super::DataArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Add somebody who may sign in
    Add(AddUserArgs),
    /// Show all users
    List(ListArgs),
    /// Show a user
    Show(ShowUserArgs),
    /// Give a user another password; whoever is signed in with the old one is signed out
    Password(PasswordArgs),
    /// Give a user roles, and take them away
    Role(UserRoleArgs),
    /// Sign a user out, and let him not sign in any more
    Disable(LoginArgs),
    /// Let a user sign in again
    Enable(LoginArgs),
    /// Remove a user
    Remove(LoginArgs),
}

/// The password is asked for, or read from standard input where that is no terminal.
#[derive(Debug, clap::Args)]
pub(crate) struct AddUserArgs {
    /// What he signs in with
    pub(crate) login: String,

    /// Whether he is an agent, a customer, or something else that the application knows
    #[arg(long, default_value = "agent")]
    pub(crate) kind: String,

    /// A role that he has; may be given several times
    #[arg(long = "role", value_name = "ROLE")]
    pub(crate) roles: Vec<String>,

    /// The identifier that the application knows him by [default: a number]
    #[arg(long)]
    pub(crate) id: Option<String>,

    /// Make a password, and print it
    #[arg(long)]
    pub(crate) generate: bool,

    #[command(flatten)]
    pub(crate) host: DataArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) host: DataArgs,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ShowUserArgs {
    /// What he signs in with
    pub(crate) login: String,

    #[command(flatten)]
    pub(crate) host: DataArgs,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// The password is asked for, or read from standard input where that is no terminal.
#[derive(Debug, clap::Args)]
pub(crate) struct PasswordArgs {
    /// What he signs in with
    pub(crate) login: String,

    /// Make a password, and print it
    #[arg(long)]
    pub(crate) generate: bool,

    #[command(flatten)]
    pub(crate) host: DataArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct UserRoleArgs {
    /// What he signs in with
    pub(crate) login: String,

    /// A role to give him; may be given several times
    #[arg(long, value_name = "ROLE", required_unless_present = "remove")]
    pub(crate) add: Vec<String>,

    /// A role to take away; may be given several times
    #[arg(long, value_name = "ROLE")]
    pub(crate) remove: Vec<String>,

    #[command(flatten)]
    pub(crate) host: DataArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct LoginArgs {
    /// What he signs in with
    pub(crate) login: String,

    #[command(flatten)]
    pub(crate) host: DataArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RoleCommand {
    /// Show all roles, and what they may do
    List(ListArgs),
    /// Add a role
    Add(RoleArgs),
    /// Remove a role, also from those who have it
    Remove(RoleArgs),
    /// Let a role do something, e.g. my_plugin.view
    Grant(PermissionsArgs),
    /// Take back what a role was granted
    Revoke(PermissionsArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct RoleArgs {
    /// The role's name
    pub(crate) name: String,

    #[command(flatten)]
    pub(crate) host: DataArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct PermissionsArgs {
    /// The role's name
    pub(crate) name: String,

    /// Permissions of plugins, or of the application
    #[arg(value_name = "PERMISSION", required = true)]
    pub(crate) permissions: Vec<String>,

    #[command(flatten)]
    pub(crate) host: DataArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token and print what is shown for it; nobody is told again
    Create(CreateTokenArgs),
    /// Show the tokens that there are
    List(ListArgs),
    /// Take a token back
    Revoke(RevokeTokenArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct CreateTokenArgs {
    /// What it is for
    pub(crate) name: String,

    /// What may be done with it: read, grant, operate or people; may be given several times
    #[arg(long = "scope", value_name = "SCOPE", required = true)]
    pub(crate) scopes: Vec<String>,

    /// How long it lasts [default: until it is revoked]
    #[arg(long, value_name = "N")]
    pub(crate) days: Option<u32>,

    #[command(flatten)]
    pub(crate) host: DataArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RevokeTokenArgs {
    /// The number that `gk token list` shows
    pub(crate) id: i64,

    #[command(flatten)]
    pub(crate) host: DataArgs,
}
