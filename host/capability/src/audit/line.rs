//! One entry of the audit log, with the bounds of its fields. Made where something is denied,
//! read back for the administrator.

use std::time::SystemTime;

use goatkit_package::PluginName;
use serde::{Deserialize, Serialize};

use crate::json_schema::shortened;
use crate::{Denial, Scope, timestamp};

/// Bytes of a capability, a login and a request's identifier: they are names.
const MAX_NAME_BYTES: usize = 128;

/// Bytes of what was asked. A plugin words it in part, and it must not fill the log.
const MAX_ASKED_BYTES: usize = 256;

/// Bytes of a remedy, which is a sentence of the host's about what was asked.
const MAX_REMEDY_BYTES: usize = 512;

/// A denial, or several equal ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLine {
    /// When; of several, when the last was.
    #[serde(with = "timestamp")]
    pub time: SystemTime,
    /// Who was denied it.
    pub plugin: PluginName,
    /// The capability's name; empty in a line that tells of lost ones only.
    pub capability: String,
    /// What was asked, as in [`Denial::asked`].
    pub asked: String,
    /// What would allow it.
    pub remedy: String,
    /// The login of whom the plugin worked for; of several, whom it did last.
    pub actor: Option<String>,
    /// The session's identifier in the log; of several, the last one's.
    pub request_id: Option<String>,
    /// How many denials the line stands for.
    pub times: u64,
    /// Denials of the plugin before this line that no line tells, because there were too many
    /// at once or they could not be written.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub lost: u64,
}

impl AuditLine {
    /// The line of one denial.
    pub(super) fn of(
        plugin: &PluginName,
        scope: &Scope,
        denial: &Denial,
        time: SystemTime,
    ) -> Self {
        let session = match scope {
            Scope::Call(call) => Some(&call.session),
            Scope::Registering => None,
        };
        let name = |text: &String| shortened(text, MAX_NAME_BYTES);
        let actor = session.and_then(|session| session.actor.as_ref());
        Self {
            time,
            plugin: plugin.clone(),
            capability: name(&denial.capability),
            asked: shortened(&denial.asked, MAX_ASKED_BYTES),
            remedy: shortened(&denial.remedy, MAX_REMEDY_BYTES),
            actor: actor.map(|actor| name(&actor.login)),
            request_id: session.map(|session| name(&session.request_id)),
            times: 1,
            lost: 0,
        }
    }

    /// A line that only tells how many were lost.
    pub(super) fn lost(plugin: PluginName, time: SystemTime, lost: u64) -> Self {
        Self {
            time,
            plugin,
            capability: String::new(),
            asked: String::new(),
            remedy: String::new(),
            actor: None,
            request_id: None,
            times: 0,
            lost,
        }
    }

    /// All denials that are lost when the line is.
    pub(super) fn weight(&self) -> u64 {
        self.times + self.lost
    }

    /// Whether the same plugin was denied the same thing.
    pub(super) fn equals(&self, other: &Self) -> bool {
        self.plugin == other.plugin
            && self.asked == other.asked
            && self.capability == other.capability
    }

    /// The time as people read it: RFC 3339 in UTC.
    pub fn time_text(&self) -> String {
        timestamp::text(self.time)
    }
}

/// A reference, because serde gives one.
fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::testing::{denial, name, scope, start};
    use super::*;

    fn check(line: &AuditLine, expect: &str) {
        assert_eq!(serde_json::to_string(line).unwrap(), expect);
        assert_eq!(&serde_json::from_str::<AuditLine>(expect).unwrap(), line);
    }

    #[test]
    fn a_line_is_written_in_json_and_read_back() {
        let plugin = name("stats");
        let denial = denial("read users");
        check(
            &AuditLine::of(&plugin, &scope("ann"), &denial, start()),
            r#"{"time":"2026-03-01T09:30:00.000Z","plugin":"stats","capability":"db","asked":"read users","remedy":"ask for it","actor":"ann","request_id":"request-1","times":1}"#,
        );
        check(
            &AuditLine::of(&plugin, &Scope::Registering, &denial, start()),
            r#"{"time":"2026-03-01T09:30:00.000Z","plugin":"stats","capability":"db","asked":"read users","remedy":"ask for it","actor":null,"request_id":null,"times":1}"#,
        );
        check(
            &AuditLine::lost(plugin, start(), 7),
            r#"{"time":"2026-03-01T09:30:00.000Z","plugin":"stats","capability":"","asked":"","remedy":"","actor":null,"request_id":null,"times":0,"lost":7}"#,
        );
    }

    #[test]
    fn fields_are_cut_to_their_bounds_between_characters() {
        let long = "ü\u{1}".repeat(1000);
        let denial = Denial {
            capability: long.clone(),
            asked: long.clone(),
            remedy: long.clone(),
        };
        let line = AuditLine::of(&name("stats"), &scope(&long), &denial, start());
        for (field, most) in [
            (line.capability.as_str(), MAX_NAME_BYTES),
            (line.asked.as_str(), MAX_ASKED_BYTES),
            (line.remedy.as_str(), MAX_REMEDY_BYTES),
            (line.actor.as_deref().unwrap(), MAX_NAME_BYTES),
        ] {
            assert!(field.len() <= most + '…'.len_utf8(), "{}", field.len());
            assert!(field.len() > most - 4, "{}", field.len());
            assert!(field.ends_with('…'));
        }
        let json = serde_json::to_string(&line).unwrap();
        assert!(!json.contains('\u{1}') && json.lines().count() == 1);
    }
}
