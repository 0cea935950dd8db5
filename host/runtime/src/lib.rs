//! The port: what the floors above may ask of anything that runs plugins.
//!
//! A [`Runtime`] loads a package and gives a [`Plugin`]; a plugin is called within a
//! [`Session`], under [`Limits`], and answers an [`Output`] or a [`CallError`]. The wasm
//! runtime and the process runtime implement these traits; manager, templates and router
//! know nothing else of them.
//!
//! Not here: wasmtime, processes, and any decision about when a plugin lives.

mod error;
mod http;
mod limits;
mod plugin;
mod registration;
mod route;
mod session;
mod shown;
mod trap;

pub use error::{CallError, CallErrorKind, LoadError, LoadErrorKind};
pub use http::{HttpAnswer, HttpBody, HttpRequest, MAX_HTTP_ANSWER_BYTES, MAX_HTTP_REQUEST_BYTES};
pub use limits::{Ceilings, Limits};
pub use plugin::{
    BoxFuture, Exports, HookRun, JobRun, Loadable, Output, Plugin, PluginId, Runtime, Usage,
};
pub use registration::{
    Access, Argument, Extra, Function, Job, MAIN_MENU, MenuItem, Page, Registration, Route, Widget,
};
pub use route::{Content, RouteAnswer, RouteRequest, View};
pub use session::{Admission, PluginGate, Session, SessionGate};
pub use trap::TrapKind;

/// The target of every span that tells what a host does for whom: of requests, renders, calls,
/// and of what plugins ask of the host. No span of this target carries an argument, an answer, a
/// path or a text of anybody's, so that all of them may leave the machine.
pub const SPANS: &str = "goatkit::spans";
