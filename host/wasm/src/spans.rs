//! The spans of calls, and of what guests ask of the host while they run.
//!
//! A span names what was called and how it ended: plugins, functions and fixed words, and the
//! session's identifier. No argument, answer or text of a plugin ever stands in one. Where
//! nobody listens a span costs a look at a flag. Made by `plugin` and `serve` for calls and by
//! `doors/around` for what guests ask.

use std::future::Future;

use goatkit_capability::{CallFacts, Fault, Scope};
use goatkit_package::PluginName;
use goatkit_runtime::{CallError, SPANS, Session};
use tracing::field::Empty;
use tracing::{Instrument, Span, debug_span, trace_span};

use crate::run::Target;

/// The outcome of what ended as it should.
const OK: &str = "ok";

/// The outcome of what nobody waited for to its end.
const GIVEN_UP: &str = "given_up";

/// Where a call is: in which session, and how deep.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    request_id: Option<&'a str>,
    depth: u32,
}

impl<'a> Place<'a> {
    /// The next call of a session.
    pub(crate) fn of(session: &'a Session) -> Self {
        Self {
            request_id: Some(&session.facts().request_id),
            depth: session.depth(),
        }
    }

    /// A call whose facts are there already; registering is in no session.
    pub(crate) fn within(scope: &'a Scope) -> Self {
        let facts = match scope {
            Scope::Call(facts) => Some(facts),
            Scope::Registering => None,
        };
        Self {
            request_id: facts.map(|it| it.session.request_id.as_str()),
            depth: facts.map_or(0, |CallFacts { within, .. }| within.depth),
        }
    }
}

/// The span of a call of a plugin. What was called before it in the same task is its parent.
pub(crate) fn call(plugin: &PluginName, target: &Target, place: Place<'_>) -> Span {
    debug_span!(
        target: SPANS,
        "call",
        plugin = %plugin,
        kind = target.kind(),
        function = target.name(),
        request_id = place.request_id,
        depth = place.depth,
        outcome = Empty,
    )
}

/// Makes a call within its span, which is told how the call ended.
pub(crate) async fn told<T>(
    span: Span,
    call: impl Future<Output = Result<T, CallError>>,
) -> Result<T, CallError> {
    let ending = Ending::of(&span);
    let ended = call.instrument(span).await;
    ending.with(match &ended {
        Ok(_) => OK,
        Err(error) => error.kind().as_str(),
    });
    ended
}

/// The span of what a guest asks of the host: `function` of `door`.
pub(crate) fn host_call(plugin: Option<&PluginName>, door: &str, function: &str) -> Span {
    trace_span!(
        target: SPANS,
        "host_call",
        plugin = plugin.map(tracing::field::display),
        door,
        function,
        outcome = Empty,
        fault = Empty,
    )
}

/// Does what a guest asked within its span. `Ok` is an answer, which may be a fault (`faulted`
/// notes which); anything else ends the guest.
pub(crate) async fn answered<T>(
    span: Span,
    call: impl Future<Output = wasmtime::Result<T>>,
) -> wasmtime::Result<T> {
    if span.is_disabled() {
        return call.await;
    }
    let ending = Ending::of(&span);
    let answer = call.instrument(span).await;
    ending.with(outcome_of(&answer));
    answer
}

/// The same for what does not wait.
pub(crate) fn answered_at_once<T>(
    span: &Span,
    call: impl FnOnce() -> wasmtime::Result<T>,
) -> wasmtime::Result<T> {
    let answer = span.in_scope(call);
    span.record("outcome", outcome_of(&answer));
    answer
}

/// Notes a fault on the span of what was asked, which is the one that is entered.
pub(crate) fn faulted(fault: &Fault) {
    Span::current().record("fault", fault.kind());
}

fn outcome_of<T>(answer: &wasmtime::Result<T>) -> &'static str {
    match answer {
        Ok(_) => OK,
        Err(_) => "broke_off",
    }
}

/// Records how something ended, also where nobody waits for its end.
struct Ending {
    span: Span,
    outcome: &'static str,
}

impl Ending {
    fn of(span: &Span) -> Self {
        Self {
            span: span.clone(),
            outcome: GIVEN_UP,
        }
    }

    fn with(mut self, outcome: &'static str) {
        self.outcome = outcome;
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.span.record("outcome", self.outcome);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// Nobody listens in this program.
    #[test]
    fn a_span_that_nobody_hears_costs_no_memory() {
        let plugin = PluginName::parse("stats").unwrap();
        let target = Target::Function(Arc::from("report"));
        let scope = Scope::Registering;
        let made = || {
            let place = Place::within(&scope);
            let call = call(&plugin, &target, place);
            let asked = host_call(Some(&plugin), "db", "query");
            faulted(&Fault::TimedOut);
            answered_at_once(&asked, || Ok(())).unwrap();
            (call, asked)
        };
        // The first time each place is looked at costs once for all.
        made();
        let counted = allocation_counter::measure(|| {
            for _ in 0..1000 {
                let (call, asked) = made();
                assert!(call.is_disabled() && asked.is_disabled());
            }
        });
        assert_eq!(counted.count_total, 0, "{counted:?}");
    }
}
