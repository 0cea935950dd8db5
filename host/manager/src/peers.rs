//! Plugins that call each other: what the room `plugins` of the capability floor calls. The
//! callee acts for the caller's actor and within its deadline, by its own grants, one depth
//! deeper in the same session.

use goatkit_capability::plugins::{PeerCall, PeerFunction, Peers, no_plugin};
use goatkit_capability::{CallFacts, Fault};
use goatkit_package::PluginName;
use goatkit_runtime::{CallError, CallErrorKind, Function, Output, Session};
use serde::de::IgnoredAny;
use serde_json::json;

use crate::dispatch::call;
use crate::error::{FunctionTarget, not_ready};
use crate::manager::Manager;
use crate::snapshot::Snapshot;
use crate::unit::Active;

impl Peers for Manager {
    fn functions(&self) -> Vec<PeerFunction> {
        exposed(&self.snapshot())
    }

    fn call<'a>(
        &'a self,
        from: &'a PluginName,
        facts: &'a CallFacts,
        plugin: &'a PluginName,
        function: &'a str,
        args: String,
    ) -> PeerCall<'a> {
        Box::pin(self.call_peer(from, facts, plugin, function, args))
    }
}

impl Manager {
    /// Whether a plugin was granted calls of another: of any of its functions. What a template of
    /// a package may `use` follows from it.
    pub fn may_call(&self, plugin: &PluginName, other: &PluginName) -> bool {
        let snapshot = self.snapshot();
        let unit = snapshot.plugins.get(plugin);
        unit.is_some_and(|unit| unit.plugins_grant().covers_some(other.as_str()))
    }

    /// Whether a plugin may call one function of another: that was granted, and the other exposes
    /// it. Of a plugin that never registered nothing is known yet.
    pub fn may_call_function(
        &self,
        plugin: &PluginName,
        other: &PluginName,
        function: &str,
    ) -> bool {
        let snapshot = self.snapshot();
        let granted = snapshot.plugins.get(plugin);
        let granted =
            granted.is_some_and(|unit| unit.plugins_grant().covers(other.as_str(), function));
        let active = snapshot.plugins.get(other).and_then(|unit| unit.active());
        granted && active.is_some_and(|active| exposes(&active, function).is_some())
    }

    async fn call_peer(
        &self,
        from: &PluginName,
        facts: &CallFacts,
        plugin: &PluginName,
        function: &str,
        args: String,
    ) -> Result<String, Fault> {
        let Some(session) = Session::of(facts) else {
            let text = "other plugins can be called within a session only";
            return Err(Fault::Unavailable(text.to_owned()));
        };
        let target = FunctionTarget(function);
        let session = session
            .nested(from, &target)
            .map_err(|error| fault(&error))?;
        let unit = self.unit(plugin).map_err(|_| no_plugin(plugin.as_str()))?;
        let active = match self.register_in_time(&session, &unit).await {
            Some(Ok(active)) => active,
            Some(Err(error)) => return Err(fault(&not_ready(plugin, &target, &error))),
            None => return Err(Fault::TimedOut),
        };
        if exposes(&active, function).is_none() {
            return Err(not_exposed(&active, function));
        }
        match call(&session, &active.unit, function, args).await {
            Ok(Output::Html(html)) => Ok(json!(html).to_string()),
            Ok(Output::Json(text)) => checked(plugin, function, text),
            Err(error) => Err(fault(&error)),
        }
    }
}

/// What the plugins of a moment expose.
fn exposed(snapshot: &Snapshot) -> Vec<PeerFunction> {
    let active = snapshot.plugins.values().filter_map(|unit| unit.active());
    let mut exposed = Vec::new();
    for active in active {
        let functions = active.registration.functions.iter();
        let mut of_plugin: Vec<PeerFunction> = functions
            .filter(|function| function.expose)
            .map(|function| PeerFunction {
                plugin: active.name().clone(),
                name: function.name.clone(),
                args: json!(function.args).to_string(),
                returns: function.returns.clone(),
                description: function.description.clone(),
            })
            .collect();
        of_plugin.sort_by(|one, other| one.name.cmp(&other.name));
        exposed.extend(of_plugin);
    }
    exposed
}

/// The function of this name, if the plugin exposes it.
fn exposes<'a>(active: &'a Active, function: &str) -> Option<&'a Function> {
    let mut functions = active.registration.functions.iter();
    functions.find(|each| each.expose && each.name == function)
}

fn not_exposed(active: &Active, function: &str) -> Fault {
    let functions = active.registration.functions.iter();
    let mut names: Vec<&str> = functions
        .filter(|function| function.expose)
        .map(|function| function.name.as_str())
        .collect();
    names.sort_unstable();
    names.truncate(20);
    let has = match names.is_empty() {
        true => "it exposes none".to_owned(),
        false => format!("it exposes {}", names.join(", ")),
    };
    let name = active.name();
    let text = format!(
        "plugin `{name}` exposes no function `{}`: {has}",
        function.escape_debug()
    );
    Fault::failed("not-found", text)
}

/// An answer that the caller can read.
fn checked(plugin: &PluginName, function: &str, text: String) -> Result<String, Fault> {
    match serde_json::from_str::<IgnoredAny>(&text) {
        Ok(_) => Ok(text),
        Err(error) => Err(Fault::failed(
            "malformed",
            format!("the answer of `{plugin}.{function}` is no JSON: {error}"),
        )),
    }
}

/// What the caller is told of a call that gave no answer.
fn fault(error: &CallError) -> Fault {
    if let Some(fault) = error.passed_on() {
        return fault;
    }
    let text = error.to_string();
    match error.kind() {
        CallErrorKind::Unknown => Fault::failed("not-found", text),
        CallErrorKind::Invalid => Fault::Invalid(text),
        CallErrorKind::Trapped | CallErrorKind::OutOfMemory => Fault::failed("trapped", text),
        CallErrorKind::TimedOut => Fault::TimedOut,
        CallErrorKind::TooLarge => Fault::TooLarge(text),
        CallErrorKind::Busy => Fault::failed("busy", text),
        CallErrorKind::TooDeep => Fault::failed("too-deep", text),
        CallErrorKind::Malformed => Fault::failed("malformed", text),
        CallErrorKind::NotGranted
        | CallErrorKind::Broken
        | CallErrorKind::Stopped
        | CallErrorKind::Resting
        | CallErrorKind::Quarantined
        | CallErrorKind::Internal
        | CallErrorKind::Fault
        | CallErrorKind::Failed => Fault::Unavailable(text),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use goatkit_capability::{Denial, Failure};

    use super::*;

    #[test]
    fn errors_of_the_callee_are_faults_of_the_caller() {
        let (name, at) = (PluginName::parse("kb").unwrap(), &"function `f`");
        let denied = Fault::Denied(Denial {
            capability: "db".to_owned(),
            asked: "read users".to_owned(),
            remedy: "grant it".to_owned(),
        });
        let failure = Failure {
            code: "no-such-page".to_owned(),
            message: "there is none".to_owned(),
            details: None,
        };
        let told = |error: CallError| match fault(&error) {
            Fault::Denied(_) => "denied".to_owned(),
            Fault::Invalid(_) => "invalid".to_owned(),
            Fault::TooLarge(_) => "too-large".to_owned(),
            Fault::TimedOut => "timed-out".to_owned(),
            Fault::Unavailable(_) => "unavailable".to_owned(),
            Fault::Failed(failure) => failure.code,
        };
        for (error, expect) in [
            (CallError::unknown(&name, at, "none"), "not-found"),
            (CallError::invalid(&name, at, "no"), "invalid"),
            (CallError::fault(&name, at, denied), "denied"),
            (CallError::failed(&name, at, failure), "no-such-page"),
            (CallError::trapped(&name, at, "no"), "trapped"),
            (CallError::out_of_memory(&name, at, 1u64), "trapped"),
            (CallError::timed_out(&name, at, Duration::ZERO), "timed-out"),
            (CallError::too_large(&name, at, "no"), "too-large"),
            (CallError::malformed(&name, at, "no"), "malformed"),
            (CallError::busy(&name, at, 8usize), "busy"),
            (CallError::loading(&name, at), "busy"),
            (CallError::too_deep(&name, at, 8u32), "too-deep"),
            (CallError::broken(&name, at, "no"), "unavailable"),
            (
                CallError::resting(&name, at, "no", Duration::ZERO),
                "unavailable",
            ),
            (CallError::quarantined(&name, at, "no"), "unavailable"),
            (CallError::not_granted(&name, at, "no"), "unavailable"),
            (CallError::internal(&name, at, "no"), "unavailable"),
        ] {
            assert_eq!(told(error.clone()), expect, "{error}");
        }
    }
}
