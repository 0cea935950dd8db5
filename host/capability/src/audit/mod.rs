//! What plugins were denied, and what they used of what was granted.
//!
//! In reading order: `line` (one entry of the log), `gate` (what of a plugin's denials is
//! written), `log` (where the rooms and the administrator meet it), `writer` (the thread that
//! writes), `file` (the files below `DATA/audit`), then `uses` (how often each rule allowed
//! something) and `report` (what of requests and grants comes to nothing).
//!
//! Not here: what is denied. The rooms decide, and answer through an [`Auditor`].

mod file;
mod gate;
mod line;
mod log;
mod report;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod testing;
mod uses;
mod writer;

use std::sync::Arc;

use goatkit_package::PluginName;
use metrics::counter;

use crate::table::CAPABILITIES;
use crate::{Denial, Fault, Scope};

pub use line::AuditLine;
pub use log::AuditLog;
pub use report::{Report, Unused, report};
pub use uses::{Counter, Used, Uses};

/// A plugin's handle on the audit log, held by its rooms.
#[derive(Clone)]
pub struct Auditor {
    plugin: PluginName,
    log: Arc<AuditLog>,
}

impl Auditor {
    /// The handle of `plugin` on `log`.
    pub fn new(plugin: PluginName, log: Arc<AuditLog>) -> Self {
        Self { plugin, log }
    }

    /// Whose denials it notes.
    pub fn plugin(&self) -> &PluginName {
        &self.plugin
    }

    /// Passes a room's answer on, and notes it if it is a denial.
    ///
    /// # Errors
    /// Those of `result`.
    pub fn heard<T>(&self, scope: &Scope, result: Result<T, Fault>) -> Result<T, Fault> {
        if let Err(Fault::Denied(denial)) = &result {
            // Also those that the log counts together or has no room for.
            let plugin = self.plugin.to_string();
            counter!("goatkit_denials_total", "plugin" => plugin, "capability" => label(denial))
                .increment(1);
            self.log.denied(&self.plugin, scope, denial);
        }
        result
    }

    /// Counts a fault that a capability of the table answered, of whatever kind.
    pub fn faulted(&self, capability: &'static str, fault: &Fault) {
        let (plugin, kind) = (self.plugin.to_string(), fault.kind());
        counter!("goatkit_faults_total",
            "plugin" => plugin, "capability" => capability, "kind" => kind)
        .increment(1);
    }
}

/// The capability of a denial, as far as it is one of the table's: a function of the application
/// or of another plugin may name any, and there are only so many figures.
fn label(denial: &Denial) -> &'static str {
    let known = CAPABILITIES.iter().map(|row| row.name);
    let mut named = known.filter(|name| *name == denial.capability);
    named.next().unwrap_or("other")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::testing::{bench, denial, name, scope};
    use super::*;

    #[test]
    fn a_denial_is_counted_by_a_capability_that_there_is() {
        for (named, expect) in [("db", "db"), ("made up", "other"), ("", "other")] {
            let capability = named.to_owned();
            let denial = Denial {
                capability,
                ..denial("read users")
            };
            assert_eq!(label(&denial), expect);
        }
    }

    #[test]
    fn denials_are_noted_and_nothing_else_is() {
        let bench = bench();
        let auditor = Auditor::new(name("stats"), Arc::clone(&bench.log));
        assert_eq!(auditor.plugin(), &name("stats"));
        let hear = |answer: Result<u8, Fault>| {
            assert_eq!(auditor.heard(&scope("ann"), answer.clone()), answer);
        };
        hear(Ok(1));
        hear(Err(Fault::TimedOut));
        hear(Err(Fault::Invalid("no".to_owned())));
        assert_eq!(bench.read(), [] as [AuditLine; 0]);
        hear(Err(Fault::Denied(denial("read users"))));
        let [line] = bench.read().try_into().unwrap();
        let denial = denial("read users");
        assert_eq!(line.plugin, name("stats"));
        assert_eq!(line.capability, denial.capability);
        assert_eq!(line.asked, denial.asked);
        assert_eq!(line.remedy, denial.remedy);
        assert_eq!(line.actor.as_deref(), Some("ann"));
        assert_eq!(line.request_id.as_deref(), Some("request-1"));
        assert_eq!((line.times, line.lost), (1, 0));
    }
}
