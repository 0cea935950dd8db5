//! What a plugin is told of a server that did not take its message. The server's own words only
//! where it judged the message; where it is and who signs in, never.

use std::error::Error as Source;
use std::io;

use lettre::transport::smtp::Error;

use super::super::backend::Counted;
use crate::Fault;
use crate::json_schema::shortened;

/// Bytes of what a server said, in an error.
const MAX_TOLD_BYTES: usize = 300;

/// What the server refused. It counts: else a plugin could try addresses without end.
pub(super) fn refused(error: &Error, counted: &Counted, what: impl FnOnce() -> String) -> Fault {
    let Some(said) = said(error) else {
        return broken_off();
    };
    // 530: it wants to know who asks before it looks at anything.
    if error.status().is_some_and(|code| code.to_string() == "530") {
        return not_signed_in();
    }
    counted.count();
    let what = what();
    Fault::failed(
        "rejected",
        format!("the mail server refuses {what}: {said}"),
    )
}

/// What the server answered that is not yes: its code and its words, on one line.
pub(super) fn said(error: &Error) -> Option<String> {
    let code = error.status()?;
    let words = error.source().map(ToString::to_string).unwrap_or_default();
    let words = shortened(&words, MAX_TOLD_BYTES);
    Some(format!("{code} {}", words.replace(char::is_control, " ")))
}

/// A fault, and what of it is for the operator's log alone: where the server is and what it is
/// called is not the plugin's to know.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) fault: Fault,
    pub(super) detail: Option<String>,
}

impl From<Fault> for Failed {
    fn from(fault: Fault) -> Self {
        Self {
            fault,
            detail: None,
        }
    }
}

pub(super) fn unreached(error: &io::Error) -> Failed {
    let message = format!("the mail server cannot be reached: {}", error.kind());
    Failed {
        fault: Fault::failed("connect", message),
        detail: Some(error.to_string()),
    }
}

pub(super) fn untrusted(error: &(dyn Source + 'static)) -> Failed {
    let fault = not_encrypted(
        "its certificate or its TLS is not accepted; the operator sets `certificates` of [mail] \
         in gk.toml if it is the host's own",
    );
    Failed {
        fault,
        detail: Some(innermost(error)),
    }
}

pub(super) fn not_encrypted(why: &str) -> Fault {
    Fault::failed(
        "tls",
        format!("the connection to the mail server cannot be encrypted: {why}"),
    )
}

pub(super) fn not_signed_in() -> Fault {
    Fault::failed(
        "sign-in",
        "the mail server does not let the host sign in: the operator sets `user` and \
         `password_file` of [mail] in gk.toml",
    )
}

pub(super) fn broken_off() -> Fault {
    Fault::failed(
        "closed",
        "the mail server broke the connection off, or does not speak SMTP: the message was not \
         sent",
    )
}

pub(super) fn unconfirmed() -> Fault {
    Fault::failed(
        "closed",
        "the connection to the mail server broke off before it confirmed the message: it may \
         have taken it",
    )
}

pub(super) fn stopping() -> Fault {
    Fault::Unavailable("the host is stopping".to_owned())
}

/// The error that the others are about.
fn innermost(error: &(dyn Source + 'static)) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}
