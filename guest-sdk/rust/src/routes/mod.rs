//! Requests that the plugin answers itself: what a function that [`macro@crate::plugin`] finds
//! marked `#[route]` gets and answers.
//!
//! Who asks may reach the route: the host has looked. Who it is, [`context`](crate::context)
//! says. What a function answers as an error, the host answers: [`Error::invalid`](crate::Error)
//! with 400, [`Error::not_found`](crate::Error) with 404, a fault `denied` with 403, the codes
//! `conflict` and `rate-limited` with 409 and 429, all else with 502.
//!
//! ```
//! #[goatkit_plugin::plugin(permissions("desk.view", "desk.edit"))]
//! mod desk {
//!     use goatkit_plugin::routes::{Request, Response};
//!     use goatkit_plugin::{Error, json};
//!     use serde::Deserialize;
//!
//!     #[derive(Deserialize)]
//!     struct Edited {
//!         title: String,
//!     }
//!
//!     /// Below the plugin's own prefix: `/plugins/my-plugin/items/7`.
//!     #[route(GET, "items/{id}", permission = "desk.view")]
//!     fn item(request: Request) -> Result<Response, Error> {
//!         let id: u64 = request.param("id")?;
//!         if id > 99 {
//!             return Err(Error::not_found(format!("item {id}")));
//!         }
//!         Response::page("item.html", "item.title", json!({ "id": id, "q": request.query("q") }))
//!     }
//!
//!     #[route(POST, "items/{id}", permission = "desk.edit")]
//!     fn edit(request: Request) -> Result<Response, Error> {
//!         let edited: Edited = request.form()?;
//!         if edited.title.is_empty() {
//!             return Err(Error::invalid("an item has a title"));
//!         }
//!         Ok(Response::redirect(&request.path))
//!     }
//! }
//! # fn main() {
//! # use goatkit_plugin::routes::{Content, Request};
//! # use goatkit_plugin::testing::Session;
//! # let item = concat!("/plugins/", env!("CARGO_PKG_NAME"), "/items/7");
//! # let get = Session::default().request::<desk::Plugin>(Request::get(&format!("{item}?q=a")));
//! # let Content::Page(view) = get.unwrap().body else { panic!() };
//! # assert_eq!(view.data, r#"{"id":7,"q":"a"}"#);
//! # let form = goatkit_plugin::json!({ "title": "A" });
//! # let post = Session::default().request::<desk::Plugin>(Request::post(item).with_form(&form));
//! # assert_eq!(post.unwrap().body, Content::Redirect(item.to_owned()));
//! # }
//! ```

mod request;
mod response;

pub use crate::raw::routes::exports::goatkit::plugin::routes::{Content, Request, Response, View};
pub use response::IntoResponse;
