//! Plugins that answer requests by WASI's own HTTP, through the port: what flows, and what ends
//! it.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use goatkit_capability::log::{LogSink, Ring};
use goatkit_capability::schedule::Callbacks;
use goatkit_capability::{Actor, Entry, EntryKind, Services, SessionFacts, SystemClock};
use goatkit_package::Store;
use goatkit_runtime::{
    CallError, CallErrorKind, Ceilings, HttpAnswer, HttpBody, HttpRequest, Loadable,
    MAX_HTTP_REQUEST_BYTES, Plugin, Runtime, Session, SessionGate,
};
use goatkit_test_support::{Package, name};
use goatkit_wasm::{WasmRuntime, WasmSettings};
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Body, Frame, SizeHint};
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::timeout;

/// Longer than anything here takes that ends by itself.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a request may take that is to be stopped: the head of its answer comes before, on the
/// busiest machine.
const ROUTE: Duration = Duration::from_secs(3);

/// A plugin that is loaded by the runtime, without a manager.
pub(crate) struct Bench {
    pub(crate) plugin: Arc<dyn Plugin>,
    gate: SessionGate,
    log: Arc<Ring>,
    _data: TempDir,
}

impl Bench {
    /// The guest `incoming_http` with one instance at a time, and so long for each request.
    async fn new(route: Duration) -> Self {
        Self::of("incoming_http", route).await
    }

    async fn of(guest: &str, route: Duration) -> Self {
        Self::with(Package::of_guest(guest), route).await
    }

    /// A package, with one instance at a time, and so long for each request.
    pub(crate) async fn with(package: Package, route: Duration) -> Self {
        let data = tempfile::tempdir().unwrap();
        let zip = package.write_zip(data.path());
        let package = Store::open(data.path()).unwrap().admit(&zip).unwrap();
        let log = Arc::new(Ring::default());
        let opened = Services::open(data.path(), Arc::new(SystemClock), Handle::current());
        let services = Services {
            log_sinks: Arc::new([Arc::clone(&log) as Arc<dyn LogSink>]),
            ..opened.unwrap()
        };
        let mut limits = Ceilings::default().limits(&package.manifest().limits);
        (limits.route, limits.instances) = (route, 1);
        let settings = WasmSettings {
            pool: 50,
            ..WasmSettings::new(data.path().join("cache"))
        };
        let powers = services.powers(&package);
        let unit = Loadable {
            rooms: services.rooms(&package, &powers, &Callbacks::default()),
            isolation: package.manifest().isolation,
            package,
            limits,
        };
        let runtime = WasmRuntime::new(&settings, Vec::new()).unwrap();
        Self {
            plugin: runtime.load(unit).await.unwrap(),
            gate: SessionGate::new(8),
            log,
            _data: data,
        }
    }

    pub(crate) fn session(&self, actor: Option<Actor>) -> Session {
        let facts = SessionFacts {
            actor,
            tenant: None,
            locale: "en".to_owned(),
            request_id: "a-request".to_owned(),
            deadline: Instant::now() + PATIENCE,
            entry: Entry {
                kind: EntryKind::Route,
                name: "/".to_owned(),
            },
        };
        Session::open(facts, &self.gate)
    }

    async fn get(&self, path: &str) -> Result<HttpAnswer, CallError> {
        self.send(request(path, body(Empty::new()))).await
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpAnswer, CallError> {
        self.plugin.serve_http(&self.session(None), request).await
    }

    /// The head of an answer that goes on.
    async fn begun(&self, path: &str) -> HttpBody {
        let answer = self.get(path).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let mut body = answer.into_body();
        assert_eq!(next(&mut body).await.unwrap(), "begin");
        body
    }

    /// Sees to it that the only instance is free again.
    async fn expect_free(&self) {
        let answer = timeout(PATIENCE / 2, self.get("/hello")).await;
        assert_eq!(text(answer.unwrap().unwrap()).await, "Hello");
    }
}

fn request(path: &str, body: HttpBody) -> HttpRequest {
    Request::post(path).body(body).unwrap()
}

fn body<B>(body: B) -> HttpBody
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    body.map_err(Into::into).boxed_unsync()
}

/// A body that is sent piece by piece; an error breaks it off.
struct Piecewise(Receiver<Result<Bytes, &'static str>>);

impl Body for Piecewise {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        let piece = self.0.poll_recv(context);
        piece.map(|it| it.map(|it| it.map(Frame::data)))
    }
}

fn piecewise() -> (Sender<Result<Bytes, &'static str>>, HttpBody) {
    let (send, pieces) = channel(1);
    (send, body(Piecewise(pieces)))
}

/// A body that says how long it is.
struct Announced(u64);

impl Body for Announced {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        Poll::Pending
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0)
    }
}

/// The next piece of a body, or why there is none.
async fn next(body: &mut HttpBody) -> Result<String, String> {
    let frame = timeout(PATIENCE, body.frame()).await.unwrap();
    match frame {
        Some(Ok(frame)) => Ok(String::from_utf8(frame.into_data().unwrap().into()).unwrap()),
        Some(Err(error)) => Err(error.to_string()),
        None => Err("the end".to_owned()),
    }
}

async fn text(answer: HttpAnswer) -> String {
    let whole = answer.into_body().collect().await.unwrap();
    String::from_utf8(whole.to_bytes().into()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_answered_for_its_actor() {
    let bench = Bench::new(PATIENCE).await;
    assert!(bench.plugin.exports().incoming_http);
    let answer = bench.get("/hello").await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "text/plain");
    assert_eq!(text(answer).await, "Hello");
    let actor = Actor {
        id: "1".to_owned(),
        login: "ada".to_owned(),
        kind: "agent".to_owned(),
        permissions: BTreeSet::new(),
    };
    let who = async |actor, host: Option<&str>| {
        let mut request = request("/who", body(Empty::new()));
        request
            .headers_mut()
            .insert("x-length", "1".parse().unwrap());
        if let Some(host) = host {
            request.headers_mut().insert("host", host.parse().unwrap());
        }
        let session = bench.session(actor);
        let answer = bench.plugin.serve_http(&session, request).await;
        text(answer.unwrap()).await
    };
    let told = who(Some(actor), Some("desk.example.com")).await;
    assert_eq!(told, "ada at desk.example.com, 1");
    assert_eq!(who(None, None).await, "nobody at localhost, 1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_does_not_export_it_answers_nothing() {
    let bench = Bench::of("good", PATIENCE).await;
    assert!(!bench.plugin.exports().incoming_http);
    let error = bench.get("/hello").await.unwrap_err();
    assert_eq!(error.kind(), CallErrorKind::Unknown, "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn both_bodies_flow() {
    let bench = Bench::new(PATIENCE).await;
    let (send, pieces) = piecewise();
    let answer = bench.send(request("/echo", pieces)).await.unwrap();
    let mut answer = answer.into_body();
    for piece in ["one", "two", "three"] {
        send.send(Ok(piece.into())).await.unwrap();
        assert_eq!(next(&mut answer).await.unwrap(), piece, "before the next");
    }
    drop(send);
    assert_eq!(next(&mut answer).await.unwrap_err(), "the end");
    let (send, pieces) = piecewise();
    let answer = bench.send(request("/echo", pieces)).await.unwrap();
    send.send(Err("the client is gone")).await.unwrap();
    assert_eq!(text(answer).await, "broke off");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_has_a_bound() {
    let bench = Bench::new(PATIENCE).await;
    let announced = body(Announced(MAX_HTTP_REQUEST_BYTES + 1));
    let error = bench.send(request("/hello", announced)).await.unwrap_err();
    assert_eq!(error.kind(), CallErrorKind::TooLarge, "{error}");
    let announced = body(Announced(MAX_HTTP_REQUEST_BYTES));
    let answer = bench.send(request("/hello", announced)).await.unwrap();
    assert_eq!(text(answer).await, "Hello");
    // The same without a word of how long it is.
    let (send, pieces) = piecewise();
    let piece = Bytes::from(vec![b'x'; 1 << 20]);
    tokio::spawn(async move { while send.send(Ok(piece.clone())).await.is_ok() {} });
    let answer = bench.send(request("/echo", pieces)).await.unwrap();
    let whole = answer.into_body().collect().await.unwrap().to_bytes();
    assert!(whole.ends_with(b"broke off"));
    assert!(whole.len() as u64 <= MAX_HTTP_REQUEST_BYTES + 9);
    let whole = Full::new(Bytes::from(vec![b'x'; 100_000]));
    let answer = bench.send(request("/echo", body(whole))).await.unwrap();
    assert_eq!(text(answer).await.len(), 100_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_deadline_holds_until_the_last_byte() {
    let bench = Bench::new(ROUTE).await;
    for path in ["/waits", "/spins", "/endless"] {
        let began = Instant::now();
        let mut body = bench.begun(path).await;
        let why = loop {
            match next(&mut body).await {
                Ok(_) => {}
                Err(why) => break why,
            }
        };
        let bounded = why.contains("stopped at its deadline") || why.contains("MiB");
        assert!(bounded, "{path}: {why}");
        assert!(began.elapsed() < PATIENCE / 2, "{path}");
        assert_eq!(next(&mut body).await.unwrap_err(), "the end");
    }
    let error = bench.get("/hangs").await.unwrap_err();
    assert_eq!(error.kind(), CallErrorKind::TimedOut, "{error}");
    bench.expect_free().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_deadline_holds_where_nobody_reads() {
    let bench = Bench::new(ROUTE).await;
    let unread = bench.get("/endless").await.unwrap();
    bench.expect_free().await;
    drop(unread);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_gone_stops_the_guest() {
    let bench = Bench::new(PATIENCE).await;
    for path in ["/waits", "/spins", "/endless"] {
        drop(bench.begun(path).await);
        bench.expect_free().await;
    }
    let soon = Duration::from_millis(100);
    assert!(timeout(soon, bench.get("/hangs")).await.is_err());
    bench.expect_free().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_breaks_off_is_not_whole() {
    let bench = Bench::new(PATIENCE).await;
    let mut body = bench.begun("/breaks").await;
    let why = next(&mut body).await.unwrap_err();
    assert!(why.contains("it panicked or aborted"), "{why}");
    let lies = bench.get("/lies").await.unwrap();
    let mut body = lies.into_body();
    assert_eq!(next(&mut body).await.unwrap(), "short");
    assert_ne!(next(&mut body).await.unwrap_err(), "the end");
    bench.expect_free().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_answers_twice_has_answered_once() {
    let bench = Bench::new(PATIENCE).await;
    let answer = bench.get("/twice").await.unwrap();
    let mut body = answer.into_body();
    assert_eq!(next(&mut body).await.unwrap(), "once");
    // What was there already may have gone out before it broke off, and nothing goes out then.
    let ended = next(&mut body).await.unwrap_err();
    assert!(ended == "the end" || ended.contains("handle"), "{ended}");
    bench.expect_free().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_answer_the_reason_is_told() {
    let bench = Bench::new(PATIENCE).await;
    for (path, kind, says) in [
        ("/breaks_first", CallErrorKind::Trapped, "it panicked"),
        ("/silent", CallErrorKind::Malformed, "without an answer"),
        ("/refuses", CallErrorKind::Failed, "not today"),
    ] {
        let error = bench.get(path).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(says), "{error}");
        bench.expect_free().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_headers_of_an_answer_have_a_bound() {
    let bench = Bench::new(PATIENCE).await;
    let answer = bench.get("/headers").await.unwrap();
    let headers = answer.headers().keys();
    let own = headers.filter(|name| name.as_str().starts_with("x-"));
    assert_eq!(own.count(), 20);
    let error = bench.get("/too_many_headers").await.unwrap_err();
    assert_eq!(error.kind(), CallErrorKind::Trapped, "{error}");
    assert!(error.to_string().contains("exceeds limit"), "{error}");
    bench.expect_free().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_after_the_answer_is_done() {
    let bench = Bench::new(PATIENCE).await;
    let answer = bench.get("/after").await.unwrap();
    assert_eq!(text(answer).await, "done");
    // The instance is free when the guest has returned.
    bench.expect_free().await;
    let lines = bench.log.of(&name("incoming-http"));
    let lines: Vec<&str> = lines.iter().map(|line| line.message.as_str()).collect();
    assert_eq!(lines, ["after the answer"]);
}
