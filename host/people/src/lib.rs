//! Who makes a request: users, their roles, and how they sign in.
//!
//! [`Directory`] is what the floors above ask; an application answers it from people of its
//! own, or leaves it to [`Accounts`], the built-in ones. Those are kept in tables of the
//! platform's database (`layout`): `users`, `roles`, and `sessions`, which are in memory too,
//! because each request asks for one. `sign_in` is held back by `throttle` and `hashing`.
//! `tokens` are what programs show where administrators work. What may be a login, a password
//! or a role is decided in `words`.
//!
//! Not here: cookies' attributes, forms and what a permission opens (the web floor), and what
//! permissions there are (plugins and the application).

mod accounts;
mod cookie;
mod directory;
mod error;
mod hashing;
mod layout;
mod place;
mod roles;
mod secret;
mod sessions;
mod sign_in;
mod throttle;
mod tokens;
mod users;
mod words;

pub use accounts::Accounts;
pub use cookie::{session_at, session_of};
pub use directory::{ADMINISTER, ADMINISTRATOR, COOKIE, Directory, Identifying, Visitor};
pub use error::PeopleError;
pub use place::Place;
pub use roles::Role;
pub use secret::generated_password;
pub use sessions::{LONGEST, LONGEST_IDLE};
pub use sign_in::{SessionToken, SignInError};
pub use tokens::{NewToken, SCOPES, Scope, Token, TokenSecret, Tokens};
pub use users::{NewUser, User, UserChange};
pub use words::{MAX_PASSWORD_BYTES, MIN_PASSWORD_LETTERS, Password};
