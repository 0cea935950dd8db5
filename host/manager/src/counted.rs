//! Counts what is called of plugins, how long that takes and how it breaks off, in the one place
//! that every call goes through, whoever asks for it: what a runtime loads is put into this, and
//! nothing else of it is ever called. So here is also where one that is left alone is not called
//! (`life`), and where calls end whose plugin somebody stops (`unit`). It is there for as long as
//! its plugin is in memory.
//!
//! Not here: who asks to see the figures, and in which form (the floors above).

use std::fmt;
use std::future::ready;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use goatkit_runtime::{
    BoxFuture, CallError, Exports, HookRun, HttpAnswer, HttpRequest, JobRun, Output, Plugin,
    Registration, RouteAnswer, RouteRequest, Session, Usage,
};
use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};
use semver::Version;

use crate::life::{Conduct, Going};
use crate::unit::Ending;

/// Calls by plugin, kind and outcome.
const CALLS: &str = "goatkit_calls_total";

/// Calls that run. Each has an instance of its plugin.
const RUNNING: &str = "goatkit_calls_running";

/// How long calls take, with what they wait for, by plugin and kind.
const SECONDS: &str = "goatkit_call_seconds";

/// Calls whose plugin's code broke off, by plugin and by how.
const TRAPS: &str = "goatkit_traps_total";

/// Versions of plugins that are in memory, also those that are replaced and drain.
const LOADED: &str = "goatkit_plugins_loaded";

/// The kind of call that there are most of, and the outcome of those that went well.
const FUNCTION: &str = "function";
const OK: &str = "ok";

/// The outcome of a call that nobody waited for to its end.
const GIVEN_UP: &str = "given_up";

/// A plugin whose calls are counted.
pub(crate) struct Counted {
    conduct: Arc<Conduct>,
    plugin: Arc<dyn Plugin>,
    ending: Arc<Ending>,
    // Looked up once, at the first call: whoever wants figures installs a recorder before.
    running: OnceLock<Gauge>,
    /// Functions that answered, which are most calls.
    answered: OnceLock<Counter>,
    /// How long functions took.
    seconds: OnceLock<Histogram>,
}

impl Counted {
    /// The same plugin, counted until it is stopped, and left alone where `conduct` says so.
    pub(crate) fn of(
        conduct: &Arc<Conduct>,
        plugin: Arc<dyn Plugin>,
        ending: Arc<Ending>,
    ) -> Arc<dyn Plugin> {
        gauge!(LOADED).increment(1);
        Arc::new(Self {
            conduct: Arc::clone(conduct),
            plugin,
            ending,
            running: OnceLock::new(),
            answered: OnceLock::new(),
            seconds: OnceLock::new(),
        })
    }

    fn running(&self) -> &Gauge {
        let plugin = || self.conduct.name().to_string();
        self.running
            .get_or_init(|| gauge!(RUNNING, "plugin" => plugin()))
    }

    fn counter(&self, kind: &'static str, outcome: &'static str) -> Counter {
        let plugin = self.conduct.name().to_string();
        counter!(CALLS, "plugin" => plugin, "kind" => kind, "outcome" => outcome)
    }

    /// Counts a call of `what`, unless the plugin is left alone.
    fn call<'a, T: Send + 'a>(
        &'a self,
        kind: &'static str,
        what: &str,
        call: impl FnOnce() -> BoxFuture<'a, Result<T, CallError>>,
    ) -> BoxFuture<'a, Result<T, CallError>> {
        match self.conduct.refusal(&CallTarget { kind, what }) {
            None => self.count(kind, call()),
            Some(error) => {
                self.counter(kind, error.kind().as_str()).increment(1);
                Box::pin(ready(Err(error)))
            }
        }
    }

    fn count_trap(&self, error: &CallError) {
        if let Some(kind) = error.trap() {
            let plugin = self.conduct.name().to_string();
            counter!(TRAPS, "plugin" => plugin, "kind" => kind.as_str()).increment(1);
        }
    }

    fn seconds(&self, kind: &'static str) -> Histogram {
        let plugin = self.conduct.name().to_string();
        histogram!(SECONDS, "plugin" => plugin, "kind" => kind)
    }

    fn count<'a, T: Send + 'a>(
        &'a self,
        kind: &'static str,
        call: BoxFuture<'a, Result<T, CallError>>,
    ) -> BoxFuture<'a, Result<T, CallError>> {
        Box::pin(async move {
            let mut tally = Tally::begin(self, kind);
            let ended = match self.ending.unless(call).await {
                Ok(ended) => ended,
                Err(why) => {
                    let name = self.conduct.name();
                    Err(CallError::stopped(name, &kind, why.text(name)))
                }
            };
            tally.outcome = match &ended {
                Ok(_) => OK,
                Err(error) => {
                    self.count_trap(error);
                    error.kind().as_str()
                }
            };
            tally.note(ended.as_ref().err());
            ended
        })
    }
}

/// A call in an error's text.
struct CallTarget<'a> {
    kind: &'static str,
    what: &'a str,
}

impl fmt::Display for CallTarget<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.kind, self.what)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        gauge!(LOADED).decrement(1);
    }
}

/// One call, which is counted when it is dropped.
struct Tally<'a> {
    of: &'a Counted,
    kind: &'static str,
    outcome: &'static str,
    going: Going<'a>,
    began: Instant,
}

impl<'a> Tally<'a> {
    fn begin(of: &'a Counted, kind: &'static str) -> Self {
        of.running().increment(1);
        Self {
            of,
            kind,
            outcome: GIVEN_UP,
            going: of.conduct.begin(),
            began: Instant::now(),
        }
    }

    /// How it ended. What makes a version ready, or takes leave of it, says nothing of its calls.
    fn note(&self, error: Option<&CallError>) {
        match error {
            _ if !is_a_call(self.kind) => {}
            None => self.going.went_well(),
            Some(error) => self.going.failed(error, self.began.elapsed()),
        }
    }
}

impl Drop for Tally<'_> {
    fn drop(&mut self) {
        let Self {
            of,
            kind,
            outcome,
            began,
            ..
        } = self;
        of.running().decrement(1);
        let seconds = began.elapsed();
        match *kind {
            FUNCTION => of
                .seconds
                .get_or_init(|| of.seconds(FUNCTION))
                .record(seconds),
            kind => of.seconds(kind).record(seconds),
        }
        match (*kind, *outcome) {
            (FUNCTION, OK) => {
                let answered = of.answered.get_or_init(|| of.counter(FUNCTION, OK));
                answered.increment(1);
            }
            (kind, outcome) => of.counter(kind, outcome).increment(1),
        }
    }
}

fn is_a_call(kind: &str) -> bool {
    matches!(kind, FUNCTION | "job" | "hook" | "route" | "mount")
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
        let call = || self.plugin.call_function(session, name, args);
        self.call(FUNCTION, name, call)
    }

    fn run_job<'a>(
        &'a self,
        session: &'a Session,
        job: JobRun,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        let name = job.name.clone();
        self.call("job", &name, || self.plugin.run_job(session, job))
    }

    fn run_hook<'a>(
        &'a self,
        session: &'a Session,
        hook: HookRun,
    ) -> BoxFuture<'a, Result<Option<String>, CallError>> {
        let name = hook.name.clone();
        self.call("hook", &name, || self.plugin.run_hook(session, hook))
    }

    fn handle<'a>(
        &'a self,
        session: &'a Session,
        request: RouteRequest,
    ) -> BoxFuture<'a, Result<RouteAnswer, CallError>> {
        let route = request.route.clone();
        self.call("route", &route, || self.plugin.handle(session, request))
    }

    /// Until its answer's head is there; what follows flows.
    fn serve_http<'a>(
        &'a self,
        session: &'a Session,
        request: HttpRequest,
    ) -> BoxFuture<'a, Result<HttpAnswer, CallError>> {
        let path = request.uri().path().to_owned();
        let call = || self.plugin.serve_http(session, request);
        self.call("mount", &path, call)
    }

    fn activate<'a>(
        &'a self,
        session: &'a Session,
        from: Option<&'a Version>,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        self.count("activate", self.plugin.activate(session, from))
    }

    fn deactivate<'a>(&'a self, session: &'a Session) -> BoxFuture<'a, Result<(), CallError>> {
        self.count("deactivate", self.plugin.deactivate(session))
    }

    fn remove<'a>(&'a self, session: &'a Session) -> BoxFuture<'a, Result<(), CallError>> {
        self.count("remove", self.plugin.remove(session))
    }

    fn usage(&self) -> Usage {
        self.plugin.usage()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
