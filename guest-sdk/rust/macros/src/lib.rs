//! The attribute that makes a module a GoatKit plugin. Authors reach it as
//! `goatkit_plugin::plugin`.
//!
//! Three steps: `declaration` reads the attribute's arguments, `module` the module's functions
//! (and `job` those with that mark), `expand` writes the implementations. What those mean, and
//! every type they mention, is in the crate `goatkit-plugin`.

mod declaration;
mod expand;
mod job;
mod module;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

/// Makes the module a plugin: each of its `pub fn`s is a function of the plugin.
///
/// The registration has a function's name, its arguments with their types, what it
/// returns and its doc comment. Name and version are the package's, from `Cargo.toml`;
/// they have to equal those in `manifest.yaml`. Functions that are not `pub` are helpers.
///
/// - Arguments are anything that serde can read, also by reference (`&str`). Those at the
///   end that are an `Option` may be left out.
/// - What is returned is an `Answer`: a plain value, `Json<T>`, `Html`, or a `Result` of
///   one whose error converts into `goatkit_plugin::Error`.
/// - `#[activate]` (on a function that takes an `Option<String>`, the version before),
///   `#[deactivate]` and `#[remove]` mark what is done once per version; they return
///   `Result<(), E>` and are no functions of the plugin.
/// - `#[job]` marks what is done at given times. It takes nothing, or the
///   `goatkit_plugin::jobs::Run`, returns `Result<(), E>` and is no function of the plugin. Its
///   name is the function's, with `-` for `_`. Times and more may be said in the mark:
///   `#[job(name = "…", cron = "0 7 * * 1", time_zone = "Europe/Vienna", args = "{}", retries = 1)]`.
///   Without `cron` it has no times of its own, and is there for `goatkit_plugin::schedule`.
///
/// The attribute's arguments declare what needs no code:
///
/// - `menu(label = "…", path = "/…", icon = "…")`: a menu item; the icon may be left out
/// - `page(path = "/…", template = "….html", title = "…", …)`: a template shown under a
///   path, to whoever has the `permission = "…"`, or to everyone (`public`), or to whoever
///   is signed in (`signed_in`, which it is when nothing is said)
/// - `permissions("…", "…")`: names that the application gives to its users
///
/// The module gets a struct `Plugin`, for tests: `goatkit_plugin::Plugin` is implemented
/// for it.
#[proc_macro_attribute]
pub fn plugin(arguments: TokenStream, module: TokenStream) -> TokenStream {
    expand::plugin(arguments.into(), module.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
