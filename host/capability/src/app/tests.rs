#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use goatkit_package::PluginName;
use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::{App, AppCall, AppFunction, Functions, Granted, MAX_ANSWER_BYTES, MAX_ARGS_BYTES};
use crate::audit::{AuditLog, Auditor};
use crate::{
    Actor, CallFacts, Denial, Entry, EntryKind, Failure, Fault, Scope, SessionFacts, Within,
};

const NAME: &str = "ticket.create";

/// An application of one function, which keeps what it was called with.
struct Application {
    app: App,
    granted: Granted,
    uses: Arc<AtomicU64>,
    calls: Arc<Mutex<Vec<AppCall>>>,
}

impl Application {
    /// The function is granted, and answers with its arguments.
    fn echo() -> Self {
        Self::of(None, async |call: AppCall| Ok(call.args))
    }

    fn of<F, Answer>(permission: Option<&str>, handler: F) -> Self
    where
        F: Fn(AppCall) -> Answer + Send + Sync + 'static,
        Answer: Future<Output = Result<Value, Fault>> + Send + 'static,
    {
        let schema = json!({
            "type": "object",
            "properties": {
                "title": { "type": "string", "maxLength": 20 },
                "article": { "properties": { "minutes": { "type": "integer" } } },
            },
            "required": ["title"],
        });
        let calls = Arc::<Mutex<Vec<AppCall>>>::default();
        let seen = Arc::clone(&calls);
        let handler = move |call: AppCall| {
            seen.lock().unwrap().push(call.clone());
            handler(call)
        };
        let permission = permission.map(str::to_owned);
        let create = AppFunction::of(NAME, "Creates", schema, permission, handler).unwrap();
        let object = json!({ "type": "object" });
        let close =
            AppFunction::of("user.close", "", object, None, async |_| Ok(Value::Null)).unwrap();
        let functions = Functions::new(vec![create, close]).unwrap();
        let granted = Granted::none();
        let plugin = PluginName::parse("stats").unwrap();
        let app = App::new(
            Auditor::new(plugin, AuditLog::none()),
            granted.clone(),
            functions,
            Handle::current(),
        );
        let application = Self {
            app,
            granted,
            uses: Arc::default(),
            calls,
        };
        application.grant(&["ticket.*"]);
        application
    }

    fn grant(&self, patterns: &[&str]) {
        let pattern = |it: &&str| ((*it).to_owned(), Arc::clone(&self.uses));
        self.granted.set(patterns.iter().map(pattern).collect());
    }

    async fn call(&self, args: &str) -> Result<String, Fault> {
        self.app.call(&scope(None), NAME, args).await
    }

    fn was_called(&self) -> bool {
        !self.calls.lock().unwrap().is_empty()
    }
}

fn scope(actor: Option<Actor>) -> Scope {
    scope_until(actor, Instant::now() + Duration::from_secs(300))
}

fn scope_until(actor: Option<Actor>, deadline: Instant) -> Scope {
    Scope::Call(CallFacts {
        session: Arc::new(SessionFacts {
            actor,
            tenant: Some("acme".to_owned()),
            locale: "de-AT".to_owned(),
            request_id: "r-1".to_owned(),
            deadline,
            entry: Entry {
                kind: EntryKind::Command,
                name: "test".to_owned(),
            },
        }),
        caller: None,
        within: Within::default(),
        deadline,
    })
}

fn actor(permissions: &[&str]) -> Actor {
    Actor {
        id: "1".to_owned(),
        login: "ada".to_owned(),
        kind: "agent".to_owned(),
        permissions: permissions
            .iter()
            .map(|it| (*it).to_owned())
            .collect::<BTreeSet<_>>(),
    }
}

fn denied(asked: &str, remedy: &str) -> Fault {
    Fault::Denied(Denial {
        capability: "app".to_owned(),
        asked: asked.to_owned(),
        remedy: remedy.to_owned(),
    })
}

fn failed(code: &str, message: &str) -> Fault {
    Fault::Failed(Failure {
        code: code.to_owned(),
        message: message.to_owned(),
        details: None,
    })
}

const FITS: &str = r#"{"title":"Printer"}"#;

#[tokio::test]
async fn a_granted_function_is_called_for_the_actor() {
    let application = Application::echo();
    let scope = scope(Some(actor(&["x"])));
    let answer = application.app.call(&scope, NAME, FITS).await;
    assert_eq!(answer, Ok(FITS.to_owned()));
    let calls = application.calls.lock().unwrap();
    let [call] = calls.as_slice() else {
        panic!("called {} times", calls.len());
    };
    assert_eq!(call.plugin.as_str(), "stats");
    assert_eq!(call.actor, Some(actor(&["x"])));
    assert_eq!(call.tenant.as_deref(), Some("acme"));
    assert_eq!(
        (call.locale.as_str(), call.request_id.as_str()),
        ("de-AT", "r-1")
    );
    assert_eq!(call.deadline, scope.call().unwrap().deadline);
    assert_eq!(call.args, json!({ "title": "Printer" }));
}

#[tokio::test]
async fn nothing_answers_while_a_plugin_registers() {
    let application = Application::echo();
    let registering = Scope::Registering;
    let called = application.app.call(&registering, NAME, FITS).await;
    assert!(matches!(called, Err(Fault::Unavailable(_))), "{called:?}");
    let listed = application.app.functions(&registering).err();
    assert!(matches!(listed, Some(Fault::Unavailable(_))), "{listed:?}");
    assert!(!application.was_called());
}

#[tokio::test]
async fn a_grant_holds_until_it_is_revoked() {
    let application = Application::echo();
    application.call(FITS).await.unwrap();
    application.grant(&["user.*"]);
    let remedy = "add `ticket.create` under `capabilities.app` in manifest.yaml and grant it";
    assert_eq!(
        application.call(FITS).await,
        Err(denied("call ticket.create", remedy))
    );
    application.grant(&[NAME]);
    application.call(FITS).await.unwrap();
    assert_eq!(application.uses.load(Ordering::Relaxed), 2);
    assert_eq!(application.calls.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_plugin_learns_of_granted_functions_only() {
    let application = Application::echo();
    let names = || {
        let listed = application.app.functions(&scope(None)).unwrap();
        listed
            .iter()
            .map(|it| it.name().to_owned())
            .collect::<Vec<_>>()
    };
    let call = async |name: &str| {
        application
            .app
            .call(&scope(None), name, "")
            .await
            .unwrap_err()
    };
    assert_eq!(names(), [NAME]);
    assert_eq!(
        call("ticket.creat").await,
        failed(
            "not-found",
            "this application has no function `ticket.creat`; did you mean `ticket.create`?"
        )
    );
    let there = call("user.close").await.to_string();
    let not_there = call("user.clos").await.to_string();
    assert_eq!(
        there.replace("user.close", "x"),
        not_there.replace("user.clos", "x")
    );
    assert!(there.starts_with("not granted"), "{there}");
    application.grant(&["*"]);
    assert_eq!(names(), [NAME, "user.close"]);
    let long = call(&"x".repeat(1_000_000)).await.to_string();
    assert!(long.len() < 300, "{long}");
    application.grant(&["user.clos"]);
    assert_eq!(
        call("user.clos").await,
        failed("not-found", "this application has no function `user.clos`")
    );
    application.grant(&[]);
    assert!(names().is_empty());
}

#[tokio::test]
async fn the_actor_needs_the_permission_of_the_function() {
    let application = Application::of(Some("ticket_rw"), async |call| Ok(call.args));
    let call = async |actor| application.app.call(&scope(actor), NAME, FITS).await;
    let needs = "the actor needs the permission `ticket_rw`, ";
    for (person, expect) in [
        (Some(actor(&["ticket_rw", "x"])), Ok(FITS.to_owned())),
        (
            Some(actor(&["ticket_ro"])),
            Err(format!("{needs}which the application gives")),
        ),
        (
            Some(actor(&[])),
            Err(format!("{needs}which the application gives")),
        ),
        (None, Err(format!("{needs}and nobody is signed in"))),
    ] {
        let expect = expect.map_err(|remedy| denied("call ticket.create", &remedy));
        assert_eq!(call(person).await, expect);
    }
    assert_eq!(application.calls.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn arguments_are_held_against_the_schema() {
    let application = Application::echo();
    let padded = |bytes: usize| {
        let empty = r#"{"title":"","x":""}"#.len();
        format!(r#"{{"title":"","x":"{}"}}"#, "y".repeat(bytes - empty))
    };
    let fits = padded(MAX_ARGS_BYTES);
    assert_eq!(application.call(&fits).await, Ok(fits));
    let calls = || application.calls.lock().unwrap().len();
    assert_eq!(calls(), 1);
    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for (args, expect) in [
        ("", "no JSON: EOF while parsing"),
        ("{", "no JSON: EOF while parsing"),
        (nested.as_str(), "no JSON: recursion limit exceeded"),
        ("[\"a\"]", "they are written as one object"),
        ("null", "they are written as one object"),
        ("{}", "\"title\" is a required property"),
        (r#"{"title":1}"#, "at `/title`: 1 is not of type \"string\""),
        (
            r#"{"title":"a","article":{"minutes":"5"}}"#,
            "at `/article/minutes`: \"5\" is not of type \"integer\"",
        ),
    ] {
        let fault = application.call(args).await.unwrap_err();
        let text = fault.to_string();
        let begin = "invalid: the arguments of `ticket.create`: ";
        assert!(text.starts_with(begin) && text.contains(expect), "{text}");
    }
    let long = format!(r#"{{"title":"{}"}}"#, "x".repeat(100_000));
    let told = application.call(&long).await.unwrap_err().to_string();
    assert!(
        told.contains("at `/title`: the text is longer than 20"),
        "{told}"
    );
    assert_eq!(
        application.call(&padded(MAX_ARGS_BYTES + 1)).await,
        Err(Fault::TooLarge(
            "the arguments of `ticket.create` have more than 1 MiB".to_owned()
        ))
    );
    assert_eq!(
        calls(),
        1,
        "what does not fit never reaches the application"
    );
}

#[tokio::test]
async fn an_answer_has_a_limit() {
    let of_bytes = |bytes: usize| {
        Application::of(
            None,
            move |_| async move { Ok(json!("x".repeat(bytes - 2))) },
        )
    };
    let most = of_bytes(MAX_ANSWER_BYTES).call(FITS).await.unwrap();
    assert_eq!(most.len(), MAX_ANSWER_BYTES);
    assert_eq!(
        of_bytes(MAX_ANSWER_BYTES + 1).call(FITS).await,
        Err(Fault::TooLarge(
            "the answer of `ticket.create` has more than 8 MiB".to_owned()
        ))
    );
}

#[tokio::test]
async fn what_the_application_answers_comes_through() {
    for fault in [
        failed("conflict", "somebody was first"),
        Fault::Unavailable("closed on Sundays".to_owned()),
    ] {
        let answer = fault.clone();
        let application = Application::of(None, move |_| {
            let answer = answer.clone();
            async move { Err(answer) }
        });
        assert_eq!(application.call(FITS).await, Err(fault));
    }
}

#[tokio::test]
async fn a_panic_is_a_failure_without_its_text() {
    let expect = Err(failed(
        "failed",
        "the application's function `ticket.create` failed",
    ));
    let late = Application::of(None, async |_| {
        tokio::task::yield_now().await;
        panic!("password hunter2")
    });
    assert_eq!(late.call(FITS).await, expect);
    let at_once = Application::of(None, |call: AppCall| {
        assert!(call.args.is_null(), "password hunter2");
        async { Ok(Value::Null) }
    });
    assert_eq!(at_once.call(FITS).await, expect);
}

/// Tells when it is dropped.
struct Dropped(UnboundedSender<&'static str>);

impl Drop for Dropped {
    fn drop(&mut self) {
        let _ = self.0.send("dropped");
    }
}

/// An application whose function starts, and never ends by itself.
fn endless() -> (Application, UnboundedReceiver<&'static str>) {
    let (send, events) = unbounded_channel();
    let application = Application::of(None, move |_| {
        let send = send.clone();
        async move {
            let _ = send.send("started");
            let _dropped = Dropped(send);
            std::future::pending().await
        }
    });
    (application, events)
}

#[tokio::test]
async fn the_deadline_ends_a_call_and_its_handler() {
    let (application, mut events) = endless();
    // Long enough that it starts before, on the busiest machine.
    let soon = Instant::now() + Duration::from_secs(1);
    let scope = scope_until(None, soon);
    assert_eq!(
        application.app.call(&scope, NAME, FITS).await,
        Err(Fault::TimedOut)
    );
    assert!(Instant::now() >= soon);
    assert_eq!(events.recv().await, Some("started"));
    assert_eq!(events.recv().await, Some("dropped"));
}

#[tokio::test]
async fn nothing_begins_after_the_deadline() {
    let application = Application::echo();
    let scope = scope_until(None, Instant::now());
    assert_eq!(
        application.app.call(&scope, NAME, FITS).await,
        Err(Fault::TimedOut)
    );
    assert!(!application.was_called());
}

#[tokio::test]
async fn a_handler_goes_with_the_call_that_waits_for_it() {
    let (application, mut events) = endless();
    {
        let scope = scope(None);
        let call = application.app.call(&scope, NAME, FITS);
        tokio::pin!(call);
        tokio::select! {
            answer = &mut call => panic!("it ended: {answer:?}"),
            event = events.recv() => assert_eq!(event, Some("started")),
        }
    }
    assert_eq!(events.recv().await, Some("dropped"));
}

#[test]
fn a_host_that_stops_is_told() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let application = runtime.block_on(async { endless().0 });
    runtime.shutdown_background();
    let other = tokio::runtime::Runtime::new().unwrap();
    let answer = other.block_on(application.call(FITS));
    assert_eq!(
        answer,
        Err(Fault::Unavailable("the host is stopping".to_owned()))
    );
}
