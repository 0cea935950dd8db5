//! What of calls is counted, asked in the form in which it is shown.

use std::time::{Duration, Instant};

use goatkit_capability::grants::Policy;
use goatkit_capability::{Entry, EntryKind, SessionFacts};
use goatkit_package::PluginName;
use goatkit_runtime::{SessionGate, TrapKind};
use metrics_exporter_prometheus::PrometheusBuilder;

use super::*;
use crate::testing::World;

/// A plugin whose functions end as they are called.
struct Ends;

/// A call that never ends.
fn pending_call<'a, T: Send + 'a>() -> BoxFuture<'a, Result<T, CallError>> {
    Box::pin(std::future::pending())
}

fn name() -> PluginName {
    PluginName::parse("stats").unwrap()
}

impl Plugin for Ends {
    fn exports(&self) -> Exports {
        Exports::default()
    }

    fn register(&self) -> BoxFuture<'_, Result<Registration, CallError>> {
        pending_call()
    }

    fn call_function<'a>(
        &'a self,
        _: &'a Session,
        function: &'a str,
        args: String,
    ) -> BoxFuture<'a, Result<Output, CallError>> {
        let ended = match function {
            "good" => Ok(Output::Json(args)),
            "bad" => {
                let kind = TrapKind::Panicked;
                Err(CallError::trapped_by(&name(), &"function", kind, "no"))
            }
            _ => return pending_call(),
        };
        Box::pin(std::future::ready(ended))
    }

    fn run_job<'a>(&'a self, _: &'a Session, _: JobRun) -> BoxFuture<'a, Result<(), CallError>> {
        pending_call()
    }

    fn run_hook<'a>(
        &'a self,
        _: &'a Session,
        _: HookRun,
    ) -> BoxFuture<'a, Result<Option<String>, CallError>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    fn handle<'a>(
        &'a self,
        _: &'a Session,
        _: RouteRequest,
    ) -> BoxFuture<'a, Result<RouteAnswer, CallError>> {
        pending_call()
    }

    fn serve_http<'a>(
        &'a self,
        _: &'a Session,
        _: HttpRequest,
    ) -> BoxFuture<'a, Result<HttpAnswer, CallError>> {
        pending_call()
    }

    fn activate<'a>(
        &'a self,
        _: &'a Session,
        _: Option<&'a Version>,
    ) -> BoxFuture<'a, Result<(), CallError>> {
        pending_call()
    }

    fn deactivate<'a>(&'a self, _: &'a Session) -> BoxFuture<'a, Result<(), CallError>> {
        pending_call()
    }

    fn remove<'a>(&'a self, _: &'a Session) -> BoxFuture<'a, Result<(), CallError>> {
        pending_call()
    }

    fn usage(&self) -> Usage {
        Usage::default()
    }
}

fn session() -> Session {
    let facts = SessionFacts {
        actor: None,
        tenant: None,
        locale: "en".to_owned(),
        request_id: "r".to_owned(),
        deadline: Instant::now() + Duration::from_secs(60),
        entry: Entry {
            kind: EntryKind::Page,
            name: "/".to_owned(),
        },
    };
    Session::open(facts, &SessionGate::new(1))
}

#[test]
fn calls_are_counted_by_plugin_kind_and_outcome() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let figures = recorder.handle();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let conduct = runtime.block_on(async {
        let manager = World::new().open(Policy::Everything);
        let version = Version::new(1, 0, 0);
        Conduct::new((&name(), &version), Duration::from_secs(2), &manager.house)
    });
    metrics::with_local_recorder(&recorder, || {
        let plugin = Counted::of(&conduct, Arc::new(Ends), Arc::default());
        runtime.block_on(async {
            let session = session();
            let call =
                |function: &'static str| plugin.call_function(&session, function, String::new());
            for function in ["good", "good", "bad"] {
                let _ = call(function).await;
            }
            let run = HookRun {
                name: "after_save".to_owned(),
                payload: String::new(),
            };
            plugin.run_hook(&session, run).await.unwrap();
            {
                let mut slow = call("slow");
                tokio::select! {
                    biased;
                    _ = &mut slow => unreachable!("it never ends"),
                    () = std::future::ready(()) => {}
                }
                assert!(
                    figures
                        .render()
                        .contains("goatkit_calls_running{plugin=\"stats\"} 1")
                );
                assert!(figures.render().contains("goatkit_plugins_loaded 1"));
            }
        });
    });
    let figures = figures.render();
    for (kind, outcome, times) in [
        ("function", "ok", 2),
        ("function", "trapped", 1),
        ("function", "given_up", 1),
        ("hook", "ok", 1),
    ] {
        let line = format!(
            "goatkit_calls_total{{plugin=\"stats\",kind=\"{kind}\",outcome=\"{outcome}\"}} {times}"
        );
        assert!(figures.contains(&line), "{line}: {figures}");
    }
    for line in [
        "goatkit_calls_running{plugin=\"stats\"} 0",
        "goatkit_traps_total{plugin=\"stats\",kind=\"panicked\"} 1",
        "goatkit_call_seconds_count{plugin=\"stats\",kind=\"function\"} 4",
        "goatkit_call_seconds_count{plugin=\"stats\",kind=\"hook\"} 1",
        // It went with the test's own.
        "goatkit_plugins_loaded 0",
    ] {
        assert!(figures.contains(line), "{line}: {figures}");
    }
}
