//! Where people meet plugins: pages, static files, the JSON API.
//!
//! The way of a request: `hosts` refuses what calls the host by a name that it has not,
//! `router` finds who answers, `request` reads who asks and `path` what for, `pages` renders a page
//! of the application or of a plugin through `templates`, `frame` puts a plugin's page into the
//! application's. `assets` serves static files, `api` tells what
//! there is. `admin` is for administrators, and on a way of its own.
//!
//! Not here: how a plugin is found, loaded or called (the manager), and wasm.

mod admin;
mod api;
mod assets;
mod frame;
mod hosts;
mod managed;
mod own_templates;
mod pages;
mod path;
mod request;
mod router;
pub mod templates;

pub use admin::{AdminState, admin_router};
pub use own_templates::renderer;
pub use request::Identify;
pub use router::{WebSettings, router};
