//! fails: answers every error that an export may answer, by name.

use goatkit_plugin::{Arguments, Denial, Error, Failure, Fault};

goatkit_test_guests::guest! {
    fail(how: "string") -> "json";
    |_, args| {
        let how: String = Arguments::parse(&["how"], args)?.take()?;
        Err(error(&how))
    }
}

fn error(how: &str) -> Error {
    match how {
        "unknown" => Error::Unknown("no such ticket".to_owned()),
        "invalid" => Error::invalid("the number is odd"),
        "at-length" => Error::invalid("\u{1b}[2J".repeat(1 << 18)),
        "failed" => Error::Failed(failure()),
        "fault-denied" => Error::Fault(Fault::Denied(Denial {
            capability: "db".to_owned(),
            asked: "read users".to_owned(),
            remedy: "grant db.read".to_owned(),
        })),
        "fault-invalid" => Error::Fault(Fault::Invalid("no SQL".to_owned())),
        "fault-too-large" => Error::Fault(Fault::TooLarge("1,000 rows".to_owned())),
        "fault-timed-out" => Error::Fault(Fault::TimedOut),
        "fault-unavailable" => Error::Fault(Fault::Unavailable("no mail".to_owned())),
        "fault-failed" => Error::Fault(Fault::Failed(failure())),
        other => Error::invalid(format!("cannot fail as {other}")),
    }
}

fn failure() -> Failure {
    Failure {
        code: "conflict".to_owned(),
        message: "someone was faster".to_owned(),
        details: Some("{\"by\": 7}".to_owned()),
    }
}
