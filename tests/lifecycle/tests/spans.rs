//! What spans tell of calls and of what guests ask of the host: who called whom, and how it
//! ended, and nothing that anybody passed.

use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Write as _};
use std::sync::{Mutex, MutexGuard, OnceLock};
use std::time::{Duration, Instant};

use goatkit_capability::{Entry, EntryKind, SessionFacts};
use goatkit_runtime::{SPANS, Session};
use goatkit_test_support::{DataFolder, Package, TestHost};
use serde_json::{Value, json};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

/// What the identifiers of this file's sessions begin with: all tests of the suite are told of.
const OURS: &str = "spans-";

/// Longer than anything here takes that ends by itself.
const PATIENCE: Duration = Duration::from_secs(60);

/// A span that was made.
#[derive(Debug, Clone, Default)]
struct Told {
    name: &'static str,
    parent: Option<usize>,
    fields: BTreeMap<&'static str, String>,
    thread: String,
}

#[derive(Default)]
struct Heard {
    told: Vec<Told>,
    /// Where a span stands that is not closed; identifiers are used again.
    open: HashMap<u64, usize>,
}

/// Hears the spans of this file's sessions.
#[derive(Clone, Copy)]
struct Listener;

fn heard() -> MutexGuard<'static, Heard> {
    static HEARD: OnceLock<Mutex<Heard>> = OnceLock::new();
    HEARD.get_or_init(Mutex::default).lock().unwrap()
}

/// From the first test on, for the whole program: calls go on on threads of their own.
fn listen() {
    static LISTENING: OnceLock<()> = OnceLock::new();
    LISTENING.get_or_init(|| {
        let spans = filter_fn(|it| it.is_span() && it.target() == SPANS);
        let spans = spans.with_max_level_hint(LevelFilter::TRACE);
        tracing_subscriber::registry()
            .with(Listener.with_filter(spans))
            .init();
    });
}

struct Fields<'a>(&'a mut BTreeMap<&'static str, String>);

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Listener {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let parent = context.span(id).and_then(|span| Some(span.parent()?.id()));
        let thread = std::thread::current().name().unwrap_or_default().to_owned();
        let mut heard = heard();
        let mut told = Told {
            name: attributes.metadata().name(),
            parent: parent.and_then(|id| heard.open.get(&id.into_u64()).copied()),
            fields: BTreeMap::new(),
            thread,
        };
        attributes.record(&mut Fields(&mut told.fields));
        let session = told.fields.get("request_id");
        let is_ours = session.is_some_and(|it| it.starts_with(OURS));
        if is_ours || told.parent.is_some() {
            let place = heard.told.len();
            heard.told.push(told);
            heard.open.insert(id.into_u64(), place);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        let mut heard = heard();
        if let Some(place) = heard.open.get(&id.into_u64()).copied() {
            values.record(&mut Fields(&mut heard.told[place].fields));
        }
    }

    fn on_close(&self, id: Id, _: Context<'_, S>) {
        heard().open.remove(&id.into_u64());
    }
}

/// A session of this file's.
fn session(host: &TestHost, name: &str) -> Session {
    host.manager.session(SessionFacts {
        actor: None,
        tenant: None,
        locale: "en".to_owned(),
        request_id: format!("{OURS}{name}"),
        deadline: Instant::now() + PATIENCE,
        entry: Entry {
            kind: EntryKind::Page,
            name: "/a/page".to_owned(),
        },
    })
}

/// What was told of a session, as a tree: one span a line, with what is in it below it.
fn tree(name: &str) -> String {
    let told = heard().told.clone();
    let session = format!("{OURS}{name}");
    let mut text = String::new();
    for (place, span) in told.iter().enumerate() {
        if span.parent.is_none() && span.fields.get("request_id") == Some(&session) {
            branch(&told, place, 0, &mut text);
        }
    }
    text
}

fn branch(told: &[Told], place: usize, depth: usize, text: &mut String) {
    let Told { name, fields, .. } = &told[place];
    write!(text, "{:1$}{name}", "", 2 * depth).unwrap();
    for (key, value) in fields.iter().filter(|(key, _)| **key != "request_id") {
        write!(text, " {key}={value}").unwrap();
    }
    text.push('\n');
    for (below, span) in told.iter().enumerate() {
        if span.parent == Some(place) {
            branch(told, below, depth + 1, text);
        }
    }
}

const NOBODY: &str = "capabilities: { plugins: [nobody] }";

#[tokio::test(flavor = "multi_thread")]
async fn a_call_stands_within_what_asked_for_it() {
    listen();
    let data = DataFolder::with(&[
        Package::of_guest("plugins_ok")
            .line("capabilities: { plugins: [plugins-peer], db: { own: true } }"),
        Package::of_guest("plugins_peer").line(NOBODY),
    ]);
    let host = TestHost::on(&data);
    for plugin in ["plugins-ok", "plugins-peer"] {
        host.find(plugin).await.unwrap();
    }
    let asked = session(&host, "nested");
    let args = json!(["plugins-peer", "echo", ["a secret"]]);
    let answer = host.call_in(&asked, "plugins-ok", "call", args).await;
    assert_eq!(answer.unwrap(), "a secret");
    assert_eq!(
        tree("nested"),
        "call depth=0 function=call kind=function outcome=ok plugin=plugins-ok\n  \
           host_call door=plugins function=call outcome=ok plugin=plugins-ok\n    \
             call depth=1 function=echo kind=function outcome=ok plugin=plugins-peer\n"
    );
    let asked = session(&host, "refused");
    let args = json!(["my-plugin", "calculate_something", ["a secret"]]);
    host.call_in(&asked, "plugins-ok", "call", args)
        .await
        .unwrap_err();
    assert_eq!(
        tree("refused"),
        "call depth=0 function=call kind=function outcome=fault plugin=plugins-ok\n  \
           host_call door=plugins fault=denied function=call outcome=ok plugin=plugins-ok\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_end_is_told() {
    listen();
    let data = DataFolder::with(&[
        Package::of_guest("panics"),
        Package::of_guest("loops").line("limits: { call: 2s }"),
    ]);
    let host = TestHost::on(&data);
    // To compile it may take longer than a guest spins that is given up meanwhile.
    host.expect_sibling().await;
    for (name, plugin, function, outcome) in [
        ("trapped", "panics", "panic", "trapped"),
        ("late", "loops", "spin", "timed_out"),
        ("given up", "loops", "spin", "given_up"),
    ] {
        host.find(plugin).await.unwrap();
        let session = session(&host, name);
        let mut call = Box::pin(host.call_in(&session, plugin, function, json!([])));
        if outcome == "given_up" {
            tokio::select! {
                biased;
                _ = &mut call => panic!("it spins until its deadline"),
                () = host.expect_sibling() => {}
            }
        } else {
            call.as_mut().await.unwrap_err();
        }
        drop(call);
        let expect = format!(
            "call depth=0 function={function} kind=function outcome={outcome} plugin={plugin}\n"
        );
        let told = tree(name);
        assert!(told.starts_with(&expect), "{name}: {told}");
    }
}

/// `cache-ok` reads its cache again and again: what it asks after it moved to the slow lane is
/// still within its call.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_keeps_what_it_asks_when_it_moves_to_the_slow_lane() {
    listen();
    let asks = "capabilities: { cache: { bytes: 1MiB } }\nlimits: { call: 60s }";
    let host = TestHost::on(&DataFolder::with(&[
        Package::of_guest("cache_ok").line(asks)
    ]));
    let mut moved = false;
    for times in [1_000, 10_000, 100_000] {
        let name = format!("slow {times}");
        let session = session(&host, &name);
        let args: Value = json!(["key", times]);
        host.call_in(&session, "cache-ok", "spin", args)
            .await
            .unwrap();
        let told = heard().told.clone();
        let is_session =
            |it: &&(usize, &Told)| it.1.fields.get("request_id") == Some(&format!("{OURS}{name}"));
        let (call, _) = told.iter().enumerate().find(|it| is_session(&it)).unwrap();
        let asked: Vec<&Told> = told.iter().filter(|it| it.parent == Some(call)).collect();
        assert_eq!(asked.len(), times, "what it asked is within its call");
        moved = asked.iter().any(|it| it.thread == "gk-slow");
        if moved {
            break;
        }
    }
    assert!(moved, "no call was long enough to move");
}

/// Whatever is added to a span is thought about here first: spans leave the machine.
#[tokio::test(flavor = "multi_thread")]
async fn no_span_has_a_field_for_what_anybody_passed() {
    listen();
    let data = DataFolder::with(&[
        Package::of_guest("cache_ok").line("capabilities: { cache: { bytes: 1MiB } }")
    ]);
    let host = TestHost::on(&data);
    let session = session(&host, "fields");
    let args = json!(["key-that-nobody-sees", "value-that-nobody-sees"]);
    host.call_in(&session, "cache-ok", "keep", args)
        .await
        .unwrap();
    let fields = [
        "depth",
        "door",
        "fault",
        "function",
        "kind",
        "outcome",
        "plugin",
        "request_id",
    ];
    let told = heard().told.clone();
    for span in told {
        for (name, value) in &span.fields {
            assert!(fields.contains(name), "{span:?}");
            assert!(!value.contains("nobody-sees"), "{span:?}");
        }
    }
    assert!(tree("fields").contains("host_call door=cache function=set"));
}
