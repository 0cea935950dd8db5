//! What holds while a plugin's code runs: the facts of the session and of the call.
//! Made by the floors above, carried by the runtimes, read by the rooms.

use std::any::Any;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Instant;

use goatkit_package::PluginName;

use crate::Fault;

/// Who a session acts for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The application's own identifier.
    pub id: String,
    /// What the person signs in with.
    pub login: String,
    /// `agent`, `customer`, `system`, or another word of the application's.
    pub kind: String,
    /// The permissions that the application gives the person.
    pub permissions: BTreeSet<String>,
}

/// What a session was entered by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The kind of entry.
    pub kind: EntryKind,
    /// Its name: a page's path, a hook's name, a function's name.
    pub name: String,
}

/// The kinds of entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A page of the application or of a plugin.
    Page,
    /// The command line.
    Command,
    /// `activate`, `deactivate` or `remove`.
    Lifecycle,
    /// The run of a job.
    Job,
    /// A request that a plugin answers by its route.
    Route,
    /// Something that the application, or another plugin, tells of.
    Hook,
}

impl EntryKind {
    /// The word that plugins see.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Command => "command",
            Self::Lifecycle => "lifecycle",
            Self::Job => "job",
            Self::Route => "route",
            Self::Hook => "hook",
        }
    }
}

/// What holds for a whole session: one page render, request, job or hook run.
#[derive(Debug, Clone)]
pub struct SessionFacts {
    /// Who it is for; nobody when no one is signed in.
    pub actor: Option<Actor>,
    /// The organisation it belongs to, where the application has several.
    pub tenant: Option<String>,
    /// A BCP 47 tag.
    pub locale: String,
    /// The identifier in every log line.
    pub request_id: String,
    /// When the session ends, whatever its calls are doing.
    pub deadline: Instant,
    /// What it was entered by.
    pub entry: Entry,
}

/// What holds for one call within a session.
#[derive(Debug, Clone)]
pub struct CallFacts {
    /// The session's facts.
    pub session: Arc<SessionFacts>,
    /// The plugin that made this call; nothing when the application did.
    pub caller: Option<PluginName>,
    /// When this call is stopped: never later than the session's deadline.
    pub deadline: Instant,
    /// Where it is in its session.
    pub within: Within,
}

/// A place in a session, as the floors above know it: a room that calls another plugin hands it
/// back to them. Nothing here looks into it.
#[derive(Clone, Default)]
pub struct Within {
    /// The session itself; nothing outside of one. Weak, because a session keeps instances, and an
    /// instance keeps what its last call was in.
    pub session: Option<Weak<dyn Any + Send + Sync>>,
    /// How many plugins called each other to come here.
    pub depth: u32,
}

impl fmt::Debug for Within {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Within")
            .field("depth", &self.depth)
            .finish_non_exhaustive()
    }
}

/// What a plugin's code runs for.
#[derive(Debug, Clone, Default)]
pub enum Scope {
    /// `gk-register`, a pure function of the package: there is no call, and no room but
    /// the log answers.
    #[default]
    Registering,
    /// A call.
    Call(CallFacts),
}

impl Scope {
    /// The call's facts, or the fault that every room but the log answers without one.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] while the plugin registers.
    pub fn call(&self) -> Result<&CallFacts, Fault> {
        match self {
            Self::Call(facts) => Ok(facts),
            Self::Registering => Err(Fault::Unavailable(
                "gk-register is a pure function of the package: only the log answers while it runs"
                    .to_owned(),
            )),
        }
    }
}

#[cfg(test)]
impl Scope {
    /// A call of nobody's that is stopped at `deadline`, for the tests of the rooms.
    pub(crate) fn of_nobody(deadline: Instant) -> Self {
        let session = SessionFacts {
            actor: None,
            tenant: None,
            locale: "en".to_owned(),
            request_id: "test".to_owned(),
            deadline,
            entry: Entry {
                kind: EntryKind::Page,
                name: "/".to_owned(),
            },
        };
        Self::Call(CallFacts {
            session: Arc::new(session),
            caller: None,
            within: Within::default(),
            deadline,
        })
    }
}
