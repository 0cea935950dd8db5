//! What goes wrong between the floors above and a plugin.

use std::fmt;
use std::time::Duration;

use goatkit_capability::{Failure, Fault};
use goatkit_package::PluginName;

use crate::shown::shown;
use crate::trap::TrapKind;

/// Why a call did not give an answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("plugin `{}`, {}: {}", .0.plugin, .0.target, shown(&.0.reason.to_string()))]
pub struct CallError(Box<Parts>);

/// Boxed, so that an answer that is no error stays small.
#[derive(Debug, Clone, PartialEq)]
struct Parts {
    plugin: PluginName,
    target: String,
    reason: Reason,
}

/// The kinds of [`CallError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallErrorKind {
    /// The plugin has nothing of that name.
    Unknown,
    /// The arguments do not fit.
    Invalid,
    /// A host function refused or failed, and the plugin passed that on.
    Fault,
    /// The plugin says that it failed.
    Failed,
    /// An administrator has not granted what the plugin asks.
    NotGranted,
    /// The plugin does not load.
    Broken,
    /// Somebody has stopped the plugin.
    Stopped,
    /// The plugin's code broke off.
    Trapped,
    /// The call was stopped at its deadline.
    TimedOut,
    /// The plugin wanted more memory than its limit.
    OutOfMemory,
    /// The answer, or something on the way, is over a limit.
    TooLarge,
    /// The answer is not what the contract says.
    Malformed,
    /// No instance came free, or the plugin was not ready, before the deadline.
    Busy,
    /// Plugins called each other too deeply.
    TooDeep,
    /// It failed again and again, and is left alone for a while.
    Resting,
    /// It failed again and again, and is left alone until somebody lets it try again.
    Quarantined,
    /// The host's fault, not the plugin's.
    Internal,
}

impl CallErrorKind {
    /// The kind as a word for figures and spans: there are as many as there are kinds.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Invalid => "invalid",
            Self::Fault => "fault",
            Self::Failed => "failed",
            Self::NotGranted => "not_granted",
            Self::Broken => "broken",
            Self::Stopped => "stopped",
            Self::Resting => "resting",
            Self::Quarantined => "quarantined",
            Self::Trapped => "trapped",
            Self::TimedOut => "timed_out",
            Self::OutOfMemory => "out_of_memory",
            Self::TooLarge => "too_large",
            Self::Malformed => "malformed",
            Self::Busy => "busy",
            Self::TooDeep => "too_deep",
            Self::Internal => "internal",
        }
    }
}

/// The reason with its particulars; [`CallErrorKind`] is its `Copy` face.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum Reason {
    #[error("{0}")]
    Unknown(String),
    #[error("{0}")]
    Invalid(String),
    #[error("{0}")]
    Fault(Fault),
    #[error("{0}")]
    Failed(Failure),
    #[error("not granted: {0}")]
    NotGranted(String),
    #[error("the plugin does not load: {0}")]
    Broken(String),
    #[error("{0}")]
    Stopped(String),
    #[error("it broke off: {1}")]
    Trapped(TrapKind, String),
    #[error("it was stopped at its deadline; one call of it may take {0:?}")]
    TimedOut(Duration),
    #[error(
        "it wanted more than its memory limit of {0} bytes; raise `limits.memory` in its manifest.yaml if it needs more"
    )]
    OutOfMemory(u64),
    #[error("{0}")]
    TooLarge(String),
    #[error("{0}")]
    Malformed(String),
    #[error(
        "all of its {0} instances are busy; raise `limits.instances` in its manifest.yaml if that happens often"
    )]
    Busy(usize),
    #[error("the host is busy: it has reached its bound on sessions or instances")]
    HostBusy,
    #[error("the host is stopping")]
    Stopping,
    #[error("it is still being made ready; try again in a moment")]
    Loading,
    #[error("plugins called each other more than {0} deep")]
    TooDeep(u32),
    #[error("{why}")]
    Resting { why: String, left: Duration },
    #[error("{0}")]
    Quarantined(String),
    #[error("{0}")]
    Internal(String),
}

macro_rules! constructors {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),*) => $variant:ident;)*) => {
        impl CallError {
            $(
                $(#[$doc])*
                pub fn $name(plugin: &PluginName, target: &dyn fmt::Display, $($arg: $type),*) -> Self {
                    Self::of(plugin, target, Reason::$variant$(($arg.into()))*)
                }
            )*
        }
    };
}

constructors! {
    /// There is no such plugin, or it has nothing of that name.
    unknown(what: impl Into<String>) => Unknown;
    /// The arguments do not fit; `why` names the one.
    invalid(why: impl Into<String>) => Invalid;
    /// A host function's fault that the plugin passed on.
    fault(fault: Fault) => Fault;
    /// The plugin says that it failed.
    failed(failure: Failure) => Failed;
    /// An administrator has to grant something first; `what` says what, and how.
    not_granted(what: impl Into<String>) => NotGranted;
    /// The plugin does not load.
    broken(why: impl Into<String>) => Broken;
    /// Somebody has stopped the plugin; `why` says who, and what to do.
    stopped(why: impl Into<String>) => Stopped;
    /// The call was stopped after `limit`.
    timed_out(limit: Duration) => TimedOut;
    /// The plugin wanted more than `limit` bytes.
    out_of_memory(limit: u64) => OutOfMemory;
    /// Something was over a limit, which `what` names.
    too_large(what: impl Into<String>) => TooLarge;
    /// The answer is not what the contract says.
    malformed(what: impl Into<String>) => Malformed;
    /// None of `instances` came free in time.
    busy(instances: usize) => Busy;
    /// The plugin was not ready before the deadline.
    loading() => Loading;
    /// The host lets nobody in any more.
    stopping() => Stopping;
    /// The host's bound on sessions was reached until the deadline.
    host_busy() => HostBusy;
    /// Plugins called each other more than `most` deep.
    too_deep(most: u32) => TooDeep;
    /// It is left alone until somebody lets it try again; `why` says so.
    quarantined(why: impl Into<String>) => Quarantined;
    /// The host's fault.
    internal(what: impl Into<String>) => Internal;
}

impl CallError {
    /// It is left alone for as long as is `left`; `why` says until when, and why.
    pub fn resting(
        plugin: &PluginName,
        target: &dyn fmt::Display,
        why: impl Into<String>,
        left: Duration,
    ) -> Self {
        let why = why.into();
        Self::of(plugin, target, Reason::Resting { why, left })
    }

    /// The plugin's code broke off, in no way that has a word of its own.
    pub fn trapped(plugin: &PluginName, target: &dyn fmt::Display, why: impl Into<String>) -> Self {
        Self::trapped_by(plugin, target, TrapKind::Other, why)
    }

    /// The plugin's code broke off in the way of `kind`.
    pub fn trapped_by(
        plugin: &PluginName,
        target: &dyn fmt::Display,
        kind: TrapKind,
        why: impl Into<String>,
    ) -> Self {
        let reason = Reason::Trapped(kind, why.into());
        Self::of(plugin, target, reason)
    }

    fn of(plugin: &PluginName, target: &dyn fmt::Display, reason: Reason) -> Self {
        Self(Box::new(Parts {
            plugin: plugin.clone(),
            target: target.to_string(),
            reason,
        }))
    }

    /// When it makes sense to try again, where that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        match self.0.reason {
            Reason::Resting { left, .. } => Some(left),
            _ => None,
        }
    }

    /// How the plugin's code broke off, if it did.
    pub fn trap(&self) -> Option<TrapKind> {
        match self.0.reason {
            Reason::Trapped(kind, _) => Some(kind),
            _ => None,
        }
    }

    /// The plugin that was called.
    pub fn plugin(&self) -> &PluginName {
        &self.0.plugin
    }

    /// What was called: "function `f`", `gk-register`, …
    pub fn target(&self) -> &str {
        &self.0.target
    }

    /// What was called and why it gave no answer: the text without the plugin's name.
    pub fn message(&self) -> String {
        format!("{}: {}", self.0.target, shown(&self.0.reason.to_string()))
    }

    /// What the plugin itself says went wrong: a host function's fault that it passed on, or a
    /// failure of its own.
    pub fn passed_on(&self) -> Option<Fault> {
        match &self.0.reason {
            Reason::Fault(fault) => Some(fault.clone()),
            Reason::Failed(failure) => Some(Fault::Failed(failure.clone())),
            _ => None,
        }
    }

    /// The kind of error.
    pub fn kind(&self) -> CallErrorKind {
        match self.0.reason {
            Reason::Unknown(_) => CallErrorKind::Unknown,
            Reason::Invalid(_) => CallErrorKind::Invalid,
            Reason::Fault(_) => CallErrorKind::Fault,
            Reason::Failed(_) => CallErrorKind::Failed,
            Reason::NotGranted(_) => CallErrorKind::NotGranted,
            Reason::Broken(_) => CallErrorKind::Broken,
            Reason::Stopped(_) => CallErrorKind::Stopped,
            Reason::Trapped(..) => CallErrorKind::Trapped,
            Reason::TimedOut(_) => CallErrorKind::TimedOut,
            Reason::OutOfMemory(_) => CallErrorKind::OutOfMemory,
            Reason::TooLarge(_) => CallErrorKind::TooLarge,
            Reason::Malformed(_) => CallErrorKind::Malformed,
            Reason::Busy(_) | Reason::HostBusy | Reason::Stopping | Reason::Loading => {
                CallErrorKind::Busy
            }
            Reason::TooDeep(_) => CallErrorKind::TooDeep,
            Reason::Resting { .. } => CallErrorKind::Resting,
            Reason::Quarantined(_) => CallErrorKind::Quarantined,
            Reason::Internal(_) => CallErrorKind::Internal,
        }
    }
}

/// Why a package did not become a plugin.
#[derive(Debug, Clone, thiserror::Error)]
#[error("plugin `{plugin}`: {message}")]
pub struct LoadError {
    plugin: PluginName,
    kind: LoadErrorKind,
    message: String,
}

/// The kinds of [`LoadError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadErrorKind {
    /// The package or its component is not what it should be.
    BadPackage,
    /// The component wants what its manifest does not ask, or what nobody provides.
    Import,
    /// The component lacks an export.
    Export,
    /// `gk-register` failed, or its answer does not hold.
    Registration,
    /// It was not granted what it cannot do without.
    NotGranted,
    /// Somebody has stopped the plugin.
    Stopped,
    /// Not the package's fault: disk, memory, time, a bug. It may be gone the next time.
    Internal,
}

impl LoadError {
    /// An error of `plugin`; `message` says what was wrong, where, and what to do.
    pub fn new(plugin: &PluginName, kind: LoadErrorKind, message: impl Into<String>) -> Self {
        Self {
            plugin: plugin.clone(),
            kind,
            message: shown(&message.into()),
        }
    }

    /// The plugin that did not load.
    pub fn plugin(&self) -> &PluginName {
        &self.plugin
    }

    /// The kind of error.
    pub fn kind(&self) -> LoadErrorKind {
        self.kind
    }

    /// The text without the plugin's name.
    pub fn message(&self) -> &str {
        &self.message
    }
}
