//! The sessions that the table's calls are made in.

use std::collections::BTreeSet;
use std::time::Instant;

use goatkit_capability::{Actor, Entry, EntryKind, SessionFacts};
use goatkit_package::PluginName;
use goatkit_runtime::{Session, SessionGate};

use super::PATIENCE;
use crate::case::Who;

/// What an actor needs in order to close tickets.
pub(super) const MAY_CLOSE: &str = "desk.close";

/// The identifier of every session.
const REQUEST: &str = "request-1";

/// A session for somebody; `neighbour` is the plugin that may be in between.
pub(super) fn session(who: Who, neighbour: &PluginName, gate: &SessionGate) -> Session {
    let session = Session::open(facts(who), gate);
    match who {
        // A new session is not too deep.
        Who::Neighbour => session.nested(neighbour, &"the table").unwrap_or(session),
        Who::Agent | Who::Customer | Who::Nobody => session,
    }
}

fn facts(who: Who) -> SessionFacts {
    let (actor, tenant, locale) = match who {
        Who::Agent | Who::Neighbour => {
            let ada = actor("7", "ada", "agent", &[MAY_CLOSE]);
            (Some(ada), Some("north"), "de-AT")
        }
        Who::Customer => (Some(actor("9", "bob", "customer", &[])), None, "en"),
        Who::Nobody => (None, None, "fr"),
    };
    SessionFacts {
        actor,
        tenant: tenant.map(str::to_owned),
        locale: locale.to_owned(),
        request_id: REQUEST.to_owned(),
        deadline: Instant::now() + PATIENCE,
        entry: Entry {
            kind: EntryKind::Page,
            name: "/desk".to_owned(),
        },
    }
}

fn actor(id: &str, login: &str, kind: &str, permissions: &[&str]) -> Actor {
    let permissions = permissions.iter().map(|it| (*it).to_owned());
    Actor {
        id: id.to_owned(),
        login: login.to_owned(),
        kind: kind.to_owned(),
        permissions: permissions.collect::<BTreeSet<_>>(),
    }
}
