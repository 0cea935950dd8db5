//! The shared types of the contract, to and from the rooms'.

use std::time::{SystemTime, UNIX_EPOCH};

use goatkit_capability::{Denial, Failure, Fault};

use super::contract::types as wit;
use crate::run::State;
use crate::spans;

impl wit::Host for State {
    /// Every fault that a door answers comes through here.
    fn convert_fault(&mut self, fault: Fault) -> wasmtime::Result<wit::Fault> {
        spans::faulted(&fault);
        let auditor = self.rooms.powers.auditor();
        auditor.faulted(self.door, &fault);
        Ok(fault.into())
    }
}

impl From<Fault> for wit::Fault {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Denied(Denial {
                capability,
                asked,
                remedy,
            }) => Self::Denied(wit::Denial {
                capability,
                asked,
                remedy,
            }),
            Fault::Invalid(why) => Self::Invalid(why),
            Fault::TooLarge(what) => Self::TooLarge(what),
            Fault::TimedOut => Self::TimedOut,
            Fault::Unavailable(why) => Self::Unavailable(why),
            Fault::Failed(failure) => Self::Failed(wit::Failure {
                code: failure.code,
                message: failure.message,
                details: failure.details.map(|details| details.to_string()),
            }),
        }
    }
}

impl From<wit::Fault> for Fault {
    fn from(fault: wit::Fault) -> Self {
        match fault {
            wit::Fault::Denied(wit::Denial {
                capability,
                asked,
                remedy,
            }) => Self::Denied(Denial {
                capability,
                asked,
                remedy,
            }),
            wit::Fault::Invalid(why) => Self::Invalid(why),
            wit::Fault::TooLarge(what) => Self::TooLarge(what),
            wit::Fault::TimedOut => Self::TimedOut,
            wit::Fault::Unavailable(why) => Self::Unavailable(why),
            wit::Fault::Failed(failure) => Self::Failed(failure.into()),
        }
    }
}

impl From<wit::Failure> for Failure {
    fn from(failure: wit::Failure) -> Self {
        let wit::Failure {
            code,
            message,
            details,
        } = failure;
        let details = details.map(details_of);
        Self {
            code,
            message,
            details,
        }
    }
}

/// Bytes of a failure's details that are read as JSON: as values they take many times more.
const MAX_DETAILS: usize = 64 << 10;

/// Details that are no JSON are shown as the text that they are.
fn details_of(mut text: String) -> serde_json::Value {
    if text.len() > MAX_DETAILS {
        text.truncate(text.floor_char_boundary(MAX_DETAILS));
        return text.into();
    }
    serde_json::from_str(&text).unwrap_or(text.into())
}

impl From<SystemTime> for wit::Timestamp {
    fn from(time: SystemTime) -> Self {
        let (seconds, nanoseconds) = match time.duration_since(UNIX_EPOCH) {
            Ok(after) => (after.as_secs().cast_signed(), after.subsec_nanos()),
            // Before 1970 the nanoseconds still count forwards.
            Err(before) => match (
                before.duration().as_secs().cast_signed(),
                before.duration().subsec_nanos(),
            ) {
                (seconds, 0) => (-seconds, 0),
                (seconds, nanoseconds) => (-seconds - 1, 1_000_000_000 - nanoseconds),
            },
        };
        Self {
            seconds,
            nanoseconds,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_before_1970_count_forwards() {
        let check = |time: SystemTime, seconds: i64, nanoseconds: u32| {
            let stamp = wit::Timestamp::from(time);
            assert_eq!((stamp.seconds, stamp.nanoseconds), (seconds, nanoseconds));
        };
        check(UNIX_EPOCH + Duration::new(5, 7), 5, 7);
        check(UNIX_EPOCH - Duration::from_secs(5), -5, 0);
        check(UNIX_EPOCH - Duration::new(4, 999_999_999), -5, 1);
    }

    #[test]
    fn faults_come_back_as_they_went() {
        let failure = Failure {
            code: "conflict".to_owned(),
            message: "taken".to_owned(),
            details: Some(serde_json::json!({ "by": 1 })),
        };
        let denial = Denial {
            capability: "db".to_owned(),
            asked: "read users".to_owned(),
            remedy: "grant it".to_owned(),
        };
        for fault in [
            Fault::Denied(denial),
            Fault::Invalid("i".to_owned()),
            Fault::TooLarge("t".to_owned()),
            Fault::TimedOut,
            Fault::Unavailable("u".to_owned()),
            Fault::Failed(failure),
        ] {
            assert_eq!(Fault::from(wit::Fault::from(fault.clone())), fault);
        }
    }
}
