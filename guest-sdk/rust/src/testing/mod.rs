//! A session for a plugin's own tests: what the capabilities answer in this process, and
//! what [`log`](crate::log) got.
//!
//! Each thread has its own, so tests do not meet. Nothing is granted and no setting is
//! declared until a session says so. Nothing leaves the process: requests are answered by the
//! session, and mails, jobs and what was rendered are kept for the test to look at.
//!
//! Not here: the host's policy, that is which tables a statement touches, limits of size and
//! permissions; clocks, by which jobs would run; templates. Whatever needs these is tested
//! with `gk plugin call` or the conformance suite.
//!
//! ```
//! use goatkit_plugin::testing::{Session, take_log};
//! use goatkit_plugin::{Fault, context, log};
//!
//! fn greet() -> Result<String, Fault> {
//!     let login = context::actor()?.map_or("stranger".into(), |actor| actor.login);
//!     log::info(format!("greeted {login}"));
//!     Ok(format!("Hello {login}"))
//! }
//!
//! assert_eq!(greet().unwrap(), "Hello stranger");
//! let session = Session::default().signed_in("jane", "agent");
//! assert_eq!(session.run(greet).unwrap(), "Hello jane");
//!
//! let messages: Vec<String> = take_log().into_iter().map(|line| line.message).collect();
//! assert_eq!(messages, ["greeted stranger", "greeted jane"]);
//! ```

mod answers;
mod call;
mod database;
mod grants;
mod powers;
mod request;
#[cfg(feature = "sqlite")]
mod sqlite;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::context::{Actor, Entry};
use crate::log::Level;
use crate::types::Timestamp;

pub use answers::{Answers, Asked, Reply};
pub use call::take_log;
pub(crate) use call::{Open, call, session, write};
pub use database::{Database, rows};
pub(crate) use grants::{MailGrant, denied};
pub use powers::Powers;
pub(crate) use powers::{Setting, SharedDatabase};
#[cfg(feature = "sqlite")]
pub use sqlite::Sqlite;
pub(crate) use world::Kept;
pub use world::{Attachment, Mail, Published, Sent, response};

/// What a call is told about itself. The default is a page, in English, at the beginning
/// of 2026, that nobody is signed in for and nothing is granted to.
#[derive(Clone, Debug)]
pub struct Session {
    /// Who the call is made for.
    pub actor: Option<Actor>,
    /// The permissions of whoever is signed in.
    pub permissions: BTreeSet<String>,
    /// The organisation.
    pub tenant: Option<String>,
    /// A BCP 47 tag.
    pub locale: String,
    /// What the clock shows; it stands still.
    pub now: Timestamp,
    /// The session's identifier.
    pub request_id: String,
    /// How long until the call would be stopped.
    pub deadline: Duration,
    /// What the session was entered by.
    pub entry: Entry,
    /// The plugin that made the call.
    pub caller: Option<String>,
    /// Texts by locale and key; `en` is the locale that others fall back to.
    pub translations: BTreeMap<String, BTreeMap<String, String>>,
    /// What the call may do besides: [`Session::grant`] and the other builders.
    pub powers: Powers,
}

/// One line of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// How urgent it is.
    pub level: Level,
    /// The text.
    pub message: String,
    /// Names and JSON texts.
    pub fields: Vec<(String, String)>,
}

impl Default for Session {
    fn default() -> Self {
        Self {
            actor: None,
            permissions: BTreeSet::new(),
            tenant: None,
            locale: "en".to_owned(),
            now: Timestamp {
                seconds: 1_767_225_600,
                nanoseconds: 0,
            },
            request_id: "test".to_owned(),
            deadline: Duration::from_secs(2),
            entry: Entry {
                kind: "page".to_owned(),
                name: "/".to_owned(),
            },
            caller: None,
            translations: BTreeMap::new(),
            powers: Powers::default(),
        }
    }
}

impl Session {
    /// With someone signed in, whose identifier is the login.
    pub fn signed_in(mut self, login: &str, kind: &str) -> Self {
        self.actor = Some(Actor {
            id: login.to_owned(),
            login: login.to_owned(),
            kind: kind.to_owned(),
            extra: Vec::new(),
        });
        self
    }

    /// With a permission for whoever is signed in.
    pub fn permitted(mut self, permission: &str) -> Self {
        self.permissions.insert(permission.to_owned());
        self
    }

    /// In another locale.
    pub fn locale(mut self, locale: &str) -> Self {
        locale.clone_into(&mut self.locale);
        self
    }

    /// With the text of one key in one locale.
    pub fn translation(mut self, locale: &str, key: &str, text: &str) -> Self {
        let texts = self.translations.entry(locale.to_owned()).or_default();
        texts.insert(key.to_owned(), text.to_owned());
        self
    }
}
