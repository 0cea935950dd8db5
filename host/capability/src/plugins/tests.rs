#![allow(clippy::unwrap_used)]

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use goatkit_package::PluginName;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::{Granted, MAX_NAME_BYTES, PeerCall, PeerFunction, Peers, PeersSlot, Plugins};
use crate::app::{MAX_ANSWER_BYTES, MAX_ARGS_BYTES};
use crate::audit::{AuditLog, Auditor};
use crate::{CallFacts, Denial, Fault, Scope};

/// Answers a call with what it was called with, or as it was told to.
#[derive(Default)]
struct FakePeers {
    calls: Mutex<Vec<String>>,
    answer: Mutex<Option<Result<String, Fault>>>,
    /// Tells when a call begins that never ends, and when it is gone.
    endless: Option<UnboundedSender<&'static str>>,
}

/// Tells when it is dropped.
struct Dropped(UnboundedSender<&'static str>);

impl Drop for Dropped {
    fn drop(&mut self) {
        let _ = self.0.send("dropped");
    }
}

impl Peers for FakePeers {
    fn functions(&self) -> Vec<PeerFunction> {
        [("kb", "list"), ("kb", "search"), ("stats", "overview")]
            .map(|(plugin, name)| PeerFunction {
                plugin: PluginName::parse(plugin).unwrap(),
                name: name.to_owned(),
                args: "[]".to_owned(),
                returns: "string".to_owned(),
                description: String::new(),
            })
            .into()
    }

    fn call<'a>(
        &'a self,
        from: &'a PluginName,
        facts: &'a CallFacts,
        plugin: &'a PluginName,
        function: &'a str,
        args: String,
    ) -> PeerCall<'a> {
        let asked = format!(
            "{from} in {}: {plugin}.{function}{args}",
            facts.within.depth
        );
        self.calls.lock().unwrap().push(asked);
        let endless = self.endless.clone();
        let answer = self.answer.lock().unwrap().clone().unwrap_or(Ok(args));
        Box::pin(async move {
            if let Some(events) = endless {
                let _ = events.send("started");
                let _dropped = Dropped(events);
                return std::future::pending().await;
            }
            answer
        })
    }
}

struct Bench {
    plugins: Plugins,
    granted: Granted,
    peers: Arc<FakePeers>,
    uses: Arc<AtomicU64>,
}

impl Bench {
    /// `desk` may call all of `kb`, which answers with its arguments.
    fn new() -> Self {
        Self::of(FakePeers::default())
    }

    fn of(peers: FakePeers) -> Self {
        let (peers, slot, granted) = (Arc::new(peers), PeersSlot::default(), Granted::none());
        slot.set(&peers);
        let auditor = Auditor::new(PluginName::parse("desk").unwrap(), AuditLog::none());
        let bench = Self {
            plugins: Plugins::new(auditor, granted.clone(), slot),
            granted,
            peers,
            uses: Arc::default(),
        };
        bench.grant(&["kb.*"]);
        bench
    }

    fn endless() -> (Self, UnboundedReceiver<&'static str>) {
        let (send, events) = unbounded_channel();
        let peers = FakePeers {
            endless: Some(send),
            ..FakePeers::default()
        };
        (Self::of(peers), events)
    }

    fn grant(&self, patterns: &[&str]) {
        let pattern = |it: &&str| ((*it).to_owned(), Arc::clone(&self.uses));
        self.granted.set(patterns.iter().map(pattern).collect());
    }

    async fn call(&self, plugin: &str, name: &str, args: &str) -> Result<String, Fault> {
        let scope = scope();
        let call = self.plugins.call(&scope, plugin, name, args.to_owned());
        call.await
    }

    fn calls(&self) -> Vec<String> {
        self.peers.calls.lock().unwrap().clone()
    }
}

fn scope() -> Scope {
    Scope::of_nobody(Instant::now() + Duration::from_secs(300))
}

fn not_found(plugin: &str) -> Fault {
    Fault::failed(
        "not-found",
        format!("there is no plugin `{plugin}` that could be called"),
    )
}

#[tokio::test]
async fn a_granted_function_is_called_in_the_callers_name() {
    let bench = Bench::new();
    let answer = bench.call("kb", "search", r#"["printer", 1]"#).await;
    assert_eq!(answer, Ok(r#"["printer", 1]"#.to_owned()));
    assert_eq!(bench.calls(), [r#"desk in 0: kb.search["printer", 1]"#]);
    assert_eq!(bench.uses.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_grant_holds_until_it_is_revoked() {
    let bench = Bench::new();
    bench.call("kb", "search", "[]").await.unwrap();
    bench.grant(&["stats.*"]);
    let denied = Denial {
        capability: "plugins".to_owned(),
        asked: "call kb.search".to_owned(),
        remedy: "add `kb.search` under `capabilities.plugins` in manifest.yaml and grant it"
            .to_owned(),
    };
    assert_eq!(
        bench.call("kb", "search", "[]").await,
        Err(Fault::Denied(denied))
    );
    bench.grant(&["kb.search"]);
    bench.call("kb", "search", "[]").await.unwrap();
    assert_eq!(bench.calls().len(), 2);
}

#[tokio::test]
async fn a_plugin_learns_of_granted_functions_only() {
    let bench = Bench::new();
    let names = || {
        let listed = bench.plugins.functions(&scope()).unwrap();
        let name = |it: PeerFunction| format!("{}.{}", it.plugin, it.name);
        listed.into_iter().map(name).collect::<Vec<_>>()
    };
    assert_eq!(names(), ["kb.list", "kb.search"]);
    bench.grant(&["stats.overview", "kb.search"]);
    assert_eq!(names(), ["kb.search", "stats.overview"]);
    bench.grant(&[]);
    assert!(names().is_empty());
    let there = bench.call("kb", "search", "[]").await.unwrap_err();
    let not_there = bench.call("kb", "zzz", "[]").await.unwrap_err();
    let text = |fault: Fault, name| fault.to_string().replace(name, "x");
    assert_eq!(text(there, "search"), text(not_there, "zzz"));
}

#[tokio::test]
async fn nothing_answers_while_a_plugin_registers() {
    let bench = Bench::new();
    let registering = Scope::Registering;
    let call = bench
        .plugins
        .call(&registering, "kb", "search", "[]".to_owned());
    let called = call.await;
    assert!(matches!(called, Err(Fault::Unavailable(_))), "{called:?}");
    let listed = bench.plugins.functions(&registering);
    assert!(matches!(listed, Err(Fault::Unavailable(_))), "{listed:?}");
    assert!(bench.calls().is_empty());
}

#[tokio::test]
async fn what_cannot_be_called_never_leaves_the_room() {
    let bench = Bench::new();
    bench.grant(&["*"]);
    let long = "x".repeat(MAX_NAME_BYTES + 1);
    let large = format!("[\"{}\"]", "x".repeat(MAX_ARGS_BYTES - 3));
    let arguments = "the arguments of `kb.search` ";
    for (plugin, name, args, expect) in [
        ("Kb", "search", "[]", "there is no plugin `Kb`"),
        ("", "search", "[]", "there is no plugin ``"),
        ("kb.search", "", "[]", "there is no plugin `kb.search`"),
        ("kb", &long, "[]", "at most 64 bytes"),
        ("kb", "search", &large, "have more than 1 MiB"),
        ("kb", "search", "{}", arguments),
        ("kb", "search", "null", arguments),
        ("kb", "search", "", arguments),
        ("kb", "search", "[1", arguments),
        ("kb", "search", "[1] x", arguments),
    ] {
        let told = bench
            .call(plugin, name, args)
            .await
            .unwrap_err()
            .to_string();
        assert!(told.contains(expect), "{told}");
    }
    let long = bench.call(&"x".repeat(1_000_000), "a", "[]").await;
    assert!(long.unwrap_err().to_string().len() < 300);
    assert!(bench.calls().is_empty());
    let fits = format!("[\"{}\"]", "x".repeat(MAX_ARGS_BYTES - 4));
    assert_eq!(bench.call("kb", "search", &fits).await, Ok(fits));
}

#[tokio::test]
async fn what_the_callee_answers_comes_through() {
    let bench = Bench::new();
    let answer = |answer| *bench.peers.answer.lock().unwrap() = Some(answer);
    for fault in [
        Fault::failed("trapped", "it broke off"),
        Fault::failed("conflict", "somebody was first"),
        Fault::TimedOut,
    ] {
        answer(Err(fault.clone()));
        assert_eq!(bench.call("kb", "search", "[]").await, Err(fault));
    }
    let most = "1".repeat(MAX_ANSWER_BYTES);
    answer(Ok(most.clone()));
    assert_eq!(bench.call("kb", "search", "[]").await, Ok(most.clone()));
    answer(Ok(format!("{most}1")));
    assert_eq!(
        bench.call("kb", "search", "[]").await,
        Err(Fault::TooLarge(
            "the answer of `kb.search` has more than 8 MiB".to_owned()
        ))
    );
}

#[tokio::test]
async fn the_callers_deadline_ends_the_callee() {
    let (bench, mut events) = Bench::endless();
    // Long enough that it starts before, on the busiest machine.
    let soon = Instant::now() + Duration::from_secs(1);
    let scope = Scope::of_nobody(soon);
    let call = bench.plugins.call(&scope, "kb", "search", "[]".to_owned());
    assert_eq!(call.await, Err(Fault::TimedOut));
    assert!(Instant::now() >= soon);
    assert_eq!(events.recv().await, Some("started"));
    assert_eq!(events.recv().await, Some("dropped"));
    let call = bench.plugins.call(&scope, "kb", "search", "[]".to_owned());
    assert_eq!(call.await, Err(Fault::TimedOut));
    assert!(events.try_recv().is_err(), "nothing begins after it");
}

#[tokio::test]
async fn a_callee_goes_with_the_caller() {
    let (bench, mut events) = Bench::endless();
    {
        let call = bench.call("kb", "search", "[]");
        tokio::pin!(call);
        tokio::select! {
            answer = &mut call => panic!("it ended: {answer:?}"),
            event = events.recv() => assert_eq!(event, Some("started")),
        }
    }
    assert_eq!(events.recv().await, Some("dropped"));
}

#[tokio::test]
async fn until_somebody_knows_the_plugins_there_are_none() {
    let slot = PeersSlot::default();
    let granted = Granted::none();
    granted.set(vec![("*".to_owned(), Arc::default())]);
    let auditor = Auditor::new(PluginName::parse("desk").unwrap(), AuditLog::none());
    let plugins = Plugins::new(auditor, granted, slot.clone());
    let call = async || {
        plugins
            .call(&scope(), "kb", "search", "[]".to_owned())
            .await
    };
    assert_eq!(call().await, Err(not_found("kb")));
    assert_eq!(plugins.functions(&scope()), Ok(Vec::new()));
    let peers = Arc::new(FakePeers::default());
    slot.set(&peers);
    slot.set(&Arc::new(super::NoPeers));
    assert_eq!(call().await, Ok("[]".to_owned()));
    drop(peers);
    let stopping = Fault::Unavailable("the host is stopping".to_owned());
    assert_eq!(call().await, Err(stopping.clone()));
    assert_eq!(plugins.functions(&scope()), Err(stopping));
}
