//! Reads how a call ended. Traps are read here and nowhere else.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use goatkit_capability::config::Config;
use goatkit_package::PluginName;
use goatkit_runtime::{CallError, TrapKind};
use wasmtime::{PoolConcurrencyLimitError, Trap};
use wasmtime_wasi::I32Exit;

use super::limiter::{Limiter, Refused};
use crate::doors::bindings::goatkit::plugin::types as wit;

/// What is called in a plugin. Shown only when something goes wrong.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    Register,
    Activate,
    Deactivate,
    Remove,
    Function(Arc<str>),
    Job(Arc<str>),
    Hook(Arc<str>),
    Route(Arc<str>),
    Incoming,
}

impl Target {
    /// What kind of call it is, as a word: the same one in spans as in figures.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Activate => "activate",
            Self::Deactivate => "deactivate",
            Self::Remove => "remove",
            Self::Function(_) => "function",
            Self::Job(_) => "job",
            Self::Hook(_) => "hook",
            Self::Route(_) => "route",
            Self::Incoming => "mount",
        }
    }

    /// Which one of its kind, as it was registered.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Self::Function(name) | Self::Job(name) | Self::Hook(name) | Self::Route(name) => {
                Some(name)
            }
            Self::Register | Self::Activate | Self::Deactivate | Self::Remove | Self::Incoming => {
                None
            }
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Register => f.write_str("gk-register"),
            Self::Activate => f.write_str("activate"),
            Self::Deactivate => f.write_str("deactivate"),
            Self::Remove => f.write_str("remove"),
            Self::Function(name) => write!(f, "function `{name}`"),
            Self::Job(name) => write!(f, "job `{name}`"),
            Self::Hook(name) => write!(f, "hook `{name}`"),
            Self::Route(name) => write!(f, "route `{name}`"),
            Self::Incoming => f.write_str("`wasi:http/incoming-handler`"),
        }
    }
}

/// The error of a call that broke off inside wasmtime.
pub(crate) fn trap_error(
    plugin: &PluginName,
    target: &Target,
    error: &wasmtime::Error,
    limiter: &mut Limiter,
    limit: Duration,
) -> CallError {
    // A refusal explains how a guest gives up, and not how else a call may end.
    let gave_up = match error.downcast_ref::<Trap>() {
        Some(trap) => *trap == Trap::UnreachableCodeReached,
        None => !error.is::<I32Exit>(),
    };
    match limiter.take_refused().filter(|_| gave_up) {
        Some(Refused::Plugin) => return CallError::out_of_memory(plugin, target, limiter.limit()),
        Some(Refused::Host) => {
            let text = "the host's memory budget for plugins is used up; try again later";
            return CallError::internal(plugin, target, text);
        }
        None => {}
    }
    if let Some(I32Exit(code)) = error.downcast_ref() {
        let text = format!("it called exit with code {code}");
        return CallError::trapped_by(plugin, target, TrapKind::Exited, text);
    }
    if error.downcast_ref::<PoolConcurrencyLimitError>().is_some() {
        return CallError::host_busy(plugin, target);
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => CallError::timed_out(plugin, target, limit),
        Some(trap) => {
            let text = match trap {
                Trap::StackOverflow => "it recursed too deeply: its stack is full".to_owned(),
                Trap::UnreachableCodeReached => {
                    "it panicked or aborted; its log may say why".to_owned()
                }
                trap => trap.to_string(),
            };
            CallError::trapped_by(plugin, target, kind_of(*trap), text)
        }
        None if is_hostcall_fuel(error) => {
            let text = "what it passed is larger than the host takes in one call";
            CallError::too_large(plugin, target, text)
        }
        None => CallError::trapped(plugin, target, format!("{:#}", error.root_cause())),
    }
}

/// The word for a trap.
fn kind_of(trap: Trap) -> TrapKind {
    match trap {
        Trap::UnreachableCodeReached => TrapKind::Panicked,
        Trap::StackOverflow => TrapKind::StackOverflow,
        Trap::MemoryOutOfBounds | Trap::TableOutOfBounds | Trap::HeapMisaligned => {
            TrapKind::OutOfBounds
        }
        Trap::IntegerDivisionByZero | Trap::IntegerOverflow | Trap::BadConversionToInteger => {
            TrapKind::Arithmetic
        }
        _ => TrapKind::Other,
    }
}

/// wasmtime keeps this error's type to itself.
fn is_hostcall_fuel(error: &wasmtime::Error) -> bool {
    error
        .root_cause()
        .to_string()
        .contains("fuel allocated for hostcalls")
}

/// The error that an export itself answered, without the plugin's secrets.
pub(crate) fn guest_error(
    config: &Config,
    plugin: &PluginName,
    target: &Target,
    mut error: wit::CallError,
) -> CallError {
    texts(&mut error).for_each(|text| config.redact(text));
    match error {
        wit::CallError::Unknown(what) => {
            CallError::unknown(plugin, target, format!("it has no `{what}`"))
        }
        wit::CallError::Invalid(why) => CallError::invalid(plugin, target, why),
        wit::CallError::Fault(fault) => CallError::fault(plugin, target, fault.into()),
        wit::CallError::Failed(failure) => CallError::failed(plugin, target, failure.into()),
    }
}

/// All that a plugin wrote into an error.
fn texts(error: &mut wit::CallError) -> impl Iterator<Item = &mut String> {
    let texts = match error {
        wit::CallError::Unknown(text)
        | wit::CallError::Invalid(text)
        | wit::CallError::Fault(
            wit::Fault::Invalid(text) | wit::Fault::TooLarge(text) | wit::Fault::Unavailable(text),
        ) => [Some(text), None, None],
        wit::CallError::Fault(wit::Fault::Denied(it)) => [
            Some(&mut it.capability),
            Some(&mut it.asked),
            Some(&mut it.remedy),
        ],
        wit::CallError::Fault(wit::Fault::Failed(it)) | wit::CallError::Failed(it) => [
            Some(&mut it.code),
            Some(&mut it.message),
            it.details.as_mut(),
        ],
        wit::CallError::Fault(wit::Fault::TimedOut) => [None, None, None],
    };
    texts.into_iter().flatten()
}
