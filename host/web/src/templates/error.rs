//! What goes wrong while a page is rendered: where it stood, and what a person can do.
//!
//! A [`Problem`] is what the other files of this folder raise. It travels through minijinja
//! as the source of one of its errors and comes out as a [`RenderError`] with its place.

use std::time::Duration;
use std::{fmt, io};

use goatkit_runtime::{CallError, CallErrorKind};
use minijinja::ErrorKind;

use crate::closed::Open;

/// Why a page was not rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderError {
    kind: RenderErrorKind,
    template: String,
    line: Option<usize>,
    message: String,
    retry_after: Option<Duration>,
}

/// The kinds of [`RenderError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RenderErrorKind {
    /// There is no template of that name.
    NotFound,
    /// The template is wrong.
    BadTemplate,
    /// It uses a plugin that is not there or does not load.
    UnknownPlugin,
    /// It calls a function that nothing defines, or that two plugins define.
    UnknownFunction,
    /// A plugin's function did not answer.
    Call(CallErrorKind),
    /// It wanted more steps, depth, text or time than a page gets.
    LimitReached,
    /// It asked for something that it may not have.
    Denied,
    /// No thread came free before the session's deadline.
    Busy,
    /// The host's fault.
    Internal,
}

/// Something that is wrong at the place where it is raised. It knows its own place only if
/// that is not the place where minijinja is.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    pub(super) kind: RenderErrorKind,
    pub(super) message: String,
    pub(super) line: Option<usize>,
    /// When it makes sense to try again, where that is known.
    pub(super) retry_after: Option<Duration>,
}

impl Problem {
    /// Markup that cannot be closed.
    pub(super) fn open(why: Open) -> Self {
        match why {
            Open::Endless => Self::bad(why.to_string()),
            Open::Deep | Open::Large | Open::Late => Self::limit(why.to_string()),
        }
    }

    pub(super) fn new(kind: RenderErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            line: None,
            retry_after: None,
        }
    }

    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self::new(RenderErrorKind::BadTemplate, message)
    }

    pub(super) fn limit(message: impl Into<String>) -> Self {
        Self::new(RenderErrorKind::LimitReached, message)
    }

    pub(super) fn at(mut self, line: usize) -> Self {
        self.line = Some(line);
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

impl From<CallError> for Problem {
    fn from(error: CallError) -> Self {
        Self {
            retry_after: error.retry_after(),
            ..Self::new(RenderErrorKind::Call(error.kind()), error.to_string())
        }
    }
}

impl From<Problem> for minijinja::Error {
    fn from(problem: Problem) -> Self {
        // `ignore missing` goes by the kind.
        let kind = match problem.kind {
            RenderErrorKind::NotFound => ErrorKind::TemplateNotFound,
            _ => ErrorKind::InvalidOperation,
        };
        Self::new(kind, problem.message.clone()).with_source(problem)
    }
}

impl RenderError {
    /// An error about a whole template.
    pub(super) fn about(template: &str, problem: Problem) -> Self {
        let Problem {
            kind,
            message,
            line,
            retry_after,
        } = problem;
        Self {
            kind,
            template: shown(template).to_owned(),
            line,
            message,
            retry_after,
        }
    }

    /// Reads what minijinja answered for `root`: the innermost place is where it happened.
    pub(super) fn read(root: &str, error: &minijinja::Error) -> Self {
        let mut found = Self {
            kind: kind_of(error),
            template: shown(root).to_owned(),
            line: None,
            message: message_of(error),
            retry_after: None,
        };
        let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
        while let Some(current) = next {
            if let Some(error) = current.downcast_ref::<minijinja::Error>() {
                found.step_into(error);
            } else if let Some(problem) = current.downcast_ref::<Problem>() {
                found.kind = problem.kind;
                found.message.clone_from(&problem.message);
                found.line = problem.line.or(found.line);
                found.retry_after = problem.retry_after;
            }
            if let Some(full) = current.downcast_ref::<io::Error>().and_then(overflow) {
                found.kind = full.kind;
                found.message.clone_from(&full.message);
            }
            next = current.source();
        }
        found
    }

    fn step_into(&mut self, error: &minijinja::Error) {
        if let (Some(name), Some(line)) = (error.name(), error.line()) {
            shown(name).clone_into(&mut self.template);
            self.line = Some(line);
        }
        self.kind = kind_of(error);
        self.message = message_of(error);
    }

    /// The kind of error.
    pub fn kind(&self) -> RenderErrorKind {
        self.kind
    }

    /// The template in which it happened: not always the one that was asked for.
    pub fn template(&self) -> &str {
        &self.template
    }

    /// The line of the template, from 1.
    pub fn line(&self) -> Option<usize> {
        self.line
    }

    /// When it makes sense to try again, where that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The text without the place.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "template `{}`", self.template)?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for RenderError {}

/// What stopped a page's writer. An I/O error does not name what it wraps as its source.
fn overflow(error: &io::Error) -> Option<&Problem> {
    error.get_ref()?.downcast_ref()
}

/// The name without what tells the application's templates from a package's.
fn shown(name: &str) -> &str {
    name.strip_prefix(super::APPLICATION).unwrap_or(name)
}

/// minijinja has one kind for many things: what it says about depth and lengths is a limit.
const LIMITS: &[&str] = &[
    "recursion limit exceeded",
    "range has too many elements",
    "maximum recursion limits",
];

fn kind_of(error: &minijinja::Error) -> RenderErrorKind {
    let limited = |text: &str| LIMITS.iter().any(|limit| text.contains(limit));
    match error.kind() {
        ErrorKind::TemplateNotFound => RenderErrorKind::NotFound,
        ErrorKind::OutOfFuel => RenderErrorKind::LimitReached,
        ErrorKind::UnknownFunction => RenderErrorKind::UnknownFunction,
        _ if error.detail().is_some_and(limited) => RenderErrorKind::LimitReached,
        _ => RenderErrorKind::BadTemplate,
    }
}

fn message_of(error: &minijinja::Error) -> String {
    match (error.kind(), error.detail()) {
        (ErrorKind::OutOfFuel, _) => "it takes more steps than a page may take".to_owned(),
        (ErrorKind::TemplateNotFound, None) => "there is no such template".to_owned(),
        (kind, None) => kind.to_string(),
        (ErrorKind::InvalidOperation | ErrorKind::TemplateNotFound, Some(detail)) => {
            detail.to_owned()
        }
        (kind, Some(detail)) => format!("{kind}: {detail}"),
    }
}
