//! What the floors above ask about people, whoever keeps them.

use std::future::{Future, ready};
use std::pin::Pin;

use goatkit_capability::Actor;
use http::request::Parts;

use crate::Accounts;
use crate::cookie::session_of;
use crate::place::Place;

/// The cookie by which the built-in people are known again in the application.
pub const COOKIE: &str = Place::Application.cookie();

/// The permission to use the administrators' pages and API. No plugin defines it, and no role
/// is granted it: it comes with the role [`ADMINISTRATOR`].
pub const ADMINISTER: &str = "goatkit.administer";

/// The role that is always there.
pub const ADMINISTRATOR: &str = "administrator";

/// What finds out who makes a request.
pub type Identifying<'a> = Pin<Box<dyn Future<Output = Option<Visitor>> + Send + 'a>>;

/// Says who makes a request. One is asked for each of them.
///
/// ```
/// use goatkit_capability::Actor;
/// use goatkit_people::{Directory, Identifying, Visitor};
/// use http::request::Parts;
///
/// /// Behind a proxy that signs people in.
/// struct Proxied;
///
/// impl Directory for Proxied {
///     fn identify<'a>(&'a self, request: &'a Parts) -> Identifying<'a> {
///         Box::pin(async move {
///             let login = request.headers.get("x-user")?.to_str().ok()?;
///             let actor = Actor {
///                 id: login.to_owned(),
///                 login: login.to_owned(),
///                 kind: "agent".to_owned(),
///                 permissions: ["ticket.read".to_owned()].into(),
///             };
///             let session = format!("proxied {login}");
///             Some(Visitor { actor, session })
///         })
///     }
/// }
/// ```
pub trait Directory: Send + Sync + 'static {
    /// Who makes it; nobody where nobody is signed in.
    fn identify<'a>(&'a self, request: &'a Parts) -> Identifying<'a>;

    /// The built-in people, where signing in is the host's business.
    fn accounts(&self) -> Option<&Accounts> {
        None
    }
}

/// Somebody who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    /// Who it is, and what he may do.
    pub actor: Actor,
    /// Names this sign-in, and no other one of his. Not a secret: whoever knows it is not
    /// signed in by that.
    pub session: String,
}

impl Directory for Accounts {
    fn identify<'a>(&'a self, request: &'a Parts) -> Identifying<'a> {
        let visitor = session_of(&request.headers).and_then(|token| self.visitor(token));
        Box::pin(ready(visitor))
    }

    fn accounts(&self) -> Option<&Accounts> {
        Some(self)
    }
}
