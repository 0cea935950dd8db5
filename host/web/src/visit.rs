//! One request: who makes it, and what holds for its answer. Made by the handlers, before they
//! look for what is asked.

use std::time::{Duration, Instant};

use axum::http::request::Parts;
use goatkit_capability::{Actor, Entry, EntryKind, SessionFacts};
use goatkit_people::Visitor;
use goatkit_runtime::Session;

use crate::guard::{Forms, Nonce};
use crate::request::{locale, request_id};
use crate::router::Web;

/// Who makes a request, and what the answer may carry for him.
#[derive(Clone)]
pub(crate) struct Visit {
    /// Nobody where nobody is signed in.
    pub(crate) actor: Option<Actor>,
    /// A BCP 47 tag.
    pub(crate) locale: String,
    pub(crate) surroundings: Surroundings,
}

/// What stands around whatever is rendered for a visit.
#[derive(Debug, Clone, Default)]
pub(crate) struct Surroundings {
    /// What the page's own scripts carry.
    pub(crate) nonce: Option<Nonce>,
    /// The tokens of forms; none where nobody is signed in.
    pub(crate) forms: Option<Forms>,
}

impl Visit {
    /// Asks who makes the request.
    pub(crate) async fn of(web: &Web, request: &Parts) -> Self {
        let visitor = match &web.people {
            Some(people) => people.identify(request).await,
            None => None,
        };
        let (actor, forms) = match visitor {
            Some(Visitor { actor, session }) => (Some(actor), Some(web.csrf.forms(&session))),
            None => (None, None),
        };
        Self {
            actor,
            locale: locale(&request.headers).unwrap_or_else(|| web.locale.to_string()),
            surroundings: Surroundings {
                nonce: Nonce::new(),
                forms,
            },
        }
    }

    /// The same request, made by nobody.
    pub(crate) fn of_nobody(self) -> Self {
        Self {
            actor: None,
            surroundings: Surroundings {
                forms: None,
                ..self.surroundings
            },
            ..self
        }
    }

    /// A session for it, which ends after `time`.
    pub(crate) fn session(
        &self,
        web: &Web,
        kind: EntryKind,
        name: &str,
        time: Duration,
    ) -> Session {
        web.manager.session(SessionFacts {
            actor: self.actor.clone(),
            tenant: None,
            locale: self.locale.clone(),
            request_id: request_id(),
            deadline: Instant::now() + time,
            entry: Entry {
                kind,
                name: name.to_owned(),
            },
        })
    }
}
