//! Where people meet plugins: pages, static files, the JSON API.
//!
//! The way of a request: `hosts` refuses what calls the host by a name that it has not,
//! `router` knows who answers what, `dispatch` finds it among pages and routes, after `visit` has
//! asked who it is, `request` which language he reads and `path` what for. `pages` renders a page
//! of the application or of a plugin through `templates`, `frame` puts a plugin's page into the
//! application's; `routes` hands a request to a plugin and looks at what comes back; `denied` says
//! what somebody may not see. `guard` keeps the browser from being turned against its user,
//! `sign_in` lets people in. `events` tells browsers what plugins
//! publish, `assets` serves static files, `api` tells what there is, `show` is for
//! applications that answer requests of their own. `admin` is for administrators, and on a way of
//! its own.
//!
//! Not here: how a plugin is found, loaded or called (the manager), and wasm.

mod admin;
mod api;
mod assets;
mod closed;
mod counting;
mod denied;
mod dispatch;
mod events;
mod frame;
mod guard;
mod hosts;
mod managed;
mod own_templates;
mod pages;
mod path;
mod request;
mod router;
mod routes;
mod show;
mod sign_in;
pub mod templates;
mod visit;

pub use admin::{AdminSiteSettings, AdminState, Figures, admin_router, admin_site};
pub use own_templates::renderer;
pub use router::{WebSettings, router};
pub use show::{Page, Pages};
