//! The attribute that makes a module a GoatKit plugin. Authors reach it as
//! `goatkit_plugin::plugin`.
//!
//! Three steps: `declaration` reads the attribute's arguments, `module` the module's functions
//! (and `marks` and `job` those with a mark), `expand` writes the implementations and
//! `registration` what is registered. What those mean, and every type they mention, is in the
//! crate `goatkit-plugin`.

mod declaration;
mod expand;
mod fields;
mod job;
mod marks;
mod module;
mod registration;
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
/// - `#[route(GET, "items/{id}", permission = "…")]` marks what answers requests: a method, a path
///   with parameters (`{name}` for a segment, `{*name}` for the rest), and who may reach it. It
///   takes nothing, or the `goatkit_plugin::routes::Request`, returns an `IntoResponse` or a
///   `Result` of one, and is no function of the plugin. With `webhook` it is called by servers.
///   A function may have several of these marks.
/// - `#[hook("before_render:page:ticket.*")]` marks what is told of something: `before_render`,
///   `after_save` or `on_event`, and of what. It takes nothing, or the
///   `goatkit_plugin::hooks::Hook`, returns an `Answer`, and is no function of the plugin. Of
///   several that fit, the first one of the module runs.
/// - `#[widget(place = "dashboard", title = "…", …)]` on a `pub fn` that returns `Html` and needs no
///   arguments: what it returns is shown in that place, too. Its `id` is the function's name, with
///   `-` for `_`; `order = 5` puts it behind those with a lower one.
/// - `#[expose]` on a `pub fn`: other plugins may call it.
/// - `#[authorizes_events]` on a `pub fn(channel: &str) -> bool`: whether the browser of who asks
///   may listen to one of the plugin's channels.
///
/// The attribute's arguments declare what needs no code:
///
/// - `menu(label = "…", path = "…")`: a menu item. It may have an `icon = "…"`, an `id`, a
///   `location` (`main`, `admin`, `customer`, `profile` or another menu of the application), an
///   `order` (lower ones first) and a `parent`, the id of the item that it stands below. Who may
///   see what it leads to may see it, or fewer, if it says so as a page does
/// - `page(path = "…", template = "….html", title = "…", …)`: a template shown under a path
/// - `permissions("…", "…")`: names that the application gives to its users
/// - `mount(permission = "…")`: who may reach what the component answers by
///   `wasi:http/incoming-handler`
///
/// Pages, routes and widgets are for whoever has the `permission = "…"`, or for everyone
/// (`public`), or for whoever is signed in (`signed_in`, which it is when nothing is said).
///
/// A path that does not begin with `/` is below the plugin's own prefix: `items/{id}` is
/// `/plugins/my-plugin/items/{id}`. Other paths have to be granted, by `reach.routes` in
/// `manifest.yaml`.
///
/// The module gets a struct `Plugin`, for tests: `goatkit_plugin::Plugin` is implemented
/// for it.
#[proc_macro_attribute]
pub fn plugin(arguments: TokenStream, module: TokenStream) -> TokenStream {
    expand::plugin(arguments.into(), module.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
