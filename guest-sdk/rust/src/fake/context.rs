//! What a call is told about itself: the fields of the session.

use crate::context::{Actor, Entry};
use crate::testing::session;
use crate::types::{Fault, Timestamp};

pub(crate) fn actor() -> Result<Option<Actor>, Fault> {
    Ok(session(|session| session.actor.clone()))
}

pub(crate) fn has_permission(permission: &str) -> Result<bool, Fault> {
    Ok(session(|session| {
        session.actor.is_some() && session.permissions.contains(permission)
    }))
}

pub(crate) fn tenant() -> Result<Option<String>, Fault> {
    Ok(session(|session| session.tenant.clone()))
}

pub(crate) fn locale() -> Result<String, Fault> {
    Ok(session(|session| session.locale.clone()))
}

pub(crate) fn now() -> Result<Timestamp, Fault> {
    Ok(session(|session| session.now))
}

pub(crate) fn request_id() -> Result<String, Fault> {
    Ok(session(|session| session.request_id.clone()))
}

pub(crate) fn deadline() -> Result<u64, Fault> {
    let nanoseconds = session(|session| session.deadline.as_nanos());
    Ok(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
}

pub(crate) fn entry() -> Result<Entry, Fault> {
    Ok(session(|session| session.entry.clone()))
}

pub(crate) fn caller() -> Result<Option<String>, Fault> {
    Ok(session(|session| session.caller.clone()))
}
