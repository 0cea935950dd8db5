//! Counts what is called of plugins, in the one place that every call goes through, whoever asks
//! for it: what a runtime loads is put into this, and nothing else of it is ever called.
//!
//! Not here: who asks to see the figures, and in which form (the floors above).

use std::sync::Arc;

use goatkit_package::PluginName;
use goatkit_runtime::{
    BoxFuture, CallError, CallErrorKind, Exports, HookRun, HttpAnswer, HttpRequest, JobRun, Output,
    Plugin, Registration, RouteAnswer, RouteRequest, Session,
};
use metrics::{counter, gauge};
use semver::Version;

/// Calls by plugin, kind and outcome.
const CALLS: &str = "goatkit_calls_total";

/// Calls that run. Each has an instance of its plugin.
const RUNNING: &str = "goatkit_calls_running";

/// The outcome of a call that nobody waited for to its end.
const GIVEN_UP: &str = "given_up";

/// A plugin whose calls are counted.
pub(crate) struct Counted {
    name: PluginName,
    plugin: Arc<dyn Plugin>,
}

impl Counted {
    /// The same plugin, counted.
    pub(crate) fn of(name: &PluginName, plugin: Arc<dyn Plugin>) -> Arc<dyn Plugin> {
        let name = name.clone();
        Arc::new(Self { name, plugin })
    }

    fn count<'a, T: Send + 'a>(
        &'a self,
        kind: &'static str,
        call: BoxFuture<'a, Result<T, CallError>>,
    ) -> BoxFuture<'a, Result<T, CallError>> {
        Box::pin(async move {
            let mut tally = Tally::begin(&self.name, kind);
            let ended = call.await;
            tally.outcome = match &ended {
                Ok(_) => "ok",
                Err(error) => word(error.kind()),
            };
            ended
        })
    }
}

/// One call, which is counted when it is dropped.
struct Tally<'a> {
    plugin: &'a PluginName,
    kind: &'static str,
    outcome: &'static str,
}

impl<'a> Tally<'a> {
    fn begin(plugin: &'a PluginName, kind: &'static str) -> Self {
        gauge!(RUNNING, "plugin" => plugin.to_string()).increment(1);
        Self {
            plugin,
            kind,
            outcome: GIVEN_UP,
        }
    }
}

impl Drop for Tally<'_> {
    fn drop(&mut self) {
        let plugin = self.plugin.to_string();
        gauge!(RUNNING, "plugin" => plugin.clone()).decrement(1);
        counter!(CALLS, "plugin" => plugin, "kind" => self.kind, "outcome" => self.outcome)
            .increment(1);
    }
}

/// A kind of error as a label: there are as many as there are words here.
fn word(kind: CallErrorKind) -> &'static str {
    match kind {
        CallErrorKind::Unknown => "unknown",
        CallErrorKind::Invalid => "invalid",
        CallErrorKind::Fault => "fault",
        CallErrorKind::Failed => "failed",
        CallErrorKind::NotGranted => "not_granted",
        CallErrorKind::Broken => "broken",
        CallErrorKind::Trapped => "trapped",
        CallErrorKind::TimedOut => "timed_out",
        CallErrorKind::OutOfMemory => "out_of_memory",
        CallErrorKind::TooLarge => "too_large",
        CallErrorKind::Malformed => "malformed",
        CallErrorKind::Busy => "busy",
        CallErrorKind::TooDeep => "too_deep",
        CallErrorKind::Internal => "internal",
    }
}

impl Plugin for Counted {
    fn exports(&self) -> Exports {
        self.plugin.exports()
    }

    fn register(&self) -> BoxFuture<'_, Result<Registration, CallError>> {
        self.count("register", self.plugin.register())
    }

    fn call_function<'a>(
        &'a self,
        session: &'a Session,
        name: &'a str,
        args: String,
    ) -> BoxFuture<'a, Result<Output, CallError>> {
        let call = self.plugin.call_function(session, name, args);
        self.count("function", call)
    }

    fn run_job<'a>(
        &'a self,
        session: &'a Session,
        job: JobRun,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        self.count("job", self.plugin.run_job(session, job))
    }

    fn run_hook<'a>(
        &'a self,
        session: &'a Session,
        hook: HookRun,
    ) -> BoxFuture<'a, Result<Option<String>, CallError>> {
        self.count("hook", self.plugin.run_hook(session, hook))
    }

    fn handle<'a>(
        &'a self,
        session: &'a Session,
        request: RouteRequest,
    ) -> BoxFuture<'a, Result<RouteAnswer, CallError>> {
        self.count("route", self.plugin.handle(session, request))
    }

    /// Until its answer's head is there; what follows flows.
    fn serve_http<'a>(
        &'a self,
        session: &'a Session,
        request: HttpRequest,
    ) -> BoxFuture<'a, Result<HttpAnswer, CallError>> {
        self.count("mount", self.plugin.serve_http(session, request))
    }

    fn activate<'a>(
        &'a self,
        session: &'a Session,
        from: Option<&'a Version>,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        self.count("activate", self.plugin.activate(session, from))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
