//! A log in a folder that is gone afterwards, with a clock that stands still; plugins, people
//! and denials for it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use goatkit_package::PluginName;
use tempfile::TempDir;

use super::{AuditLine, AuditLog};
use crate::{
    Actor, CallFacts, Clock, Denial, Entry, EntryKind, ManualClock, Scope, SessionFacts, Within,
};

/// 2026-03-01T09:30:00Z.
pub(super) fn start() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_772_357_400)
}

pub(super) struct Bench {
    pub(super) log: Arc<AuditLog>,
    pub(super) clock: Arc<ManualClock>,
    pub(super) data: TempDir,
}

pub(super) fn bench() -> Bench {
    let data = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at(start()));
    let log = AuditLog::open(data.path(), Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
    Bench { log, clock, data }
}

impl Bench {
    pub(super) fn denied(&self, plugin: &str, asked: &str) {
        self.log
            .denied(&name(plugin), &scope("ann"), &denial(asked));
    }

    /// Everything that was noted.
    pub(super) fn read(&self) -> Vec<AuditLine> {
        self.log.flush();
        AuditLog::read(self.data.path(), None, usize::MAX).unwrap()
    }
}

pub(super) fn name(text: &str) -> PluginName {
    PluginName::parse(text).unwrap()
}

pub(super) fn denial(asked: &str) -> Denial {
    Denial {
        capability: "db".to_owned(),
        asked: asked.to_owned(),
        remedy: "ask for it".to_owned(),
    }
}

/// A call for somebody.
pub(super) fn scope(login: &str) -> Scope {
    let deadline = Instant::now();
    let actor = Actor {
        id: "1".to_owned(),
        login: login.to_owned(),
        kind: "agent".to_owned(),
        permissions: BTreeSet::new(),
    };
    let session = SessionFacts {
        actor: Some(actor),
        tenant: None,
        locale: "en".to_owned(),
        request_id: "request-1".to_owned(),
        deadline,
        entry: Entry {
            kind: EntryKind::Page,
            name: "/".to_owned(),
        },
    };
    Scope::Call(CallFacts {
        session: Arc::new(session),
        caller: None,
        within: Within::default(),
        deadline,
    })
}
