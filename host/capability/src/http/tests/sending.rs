use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_compression::tokio::bufread::{BrotliEncoder, GzipEncoder, ZlibEncoder};
use tokio::io::AsyncReadExt;

use super::super::{HttpClient, HttpOptions, MAX_MANY, Request};
use super::server::{Reply, Server, answer, ok};
use super::support::{House, call, code, get, post, scope, text};
use crate::Scope;

pub(super) async fn packed(coding: &str, bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let done = match coding {
        "gzip" => GzipEncoder::new(bytes).read_to_end(&mut packed).await,
        "br" => BrotliEncoder::new(bytes).read_to_end(&mut packed).await,
        _ => ZlibEncoder::new(bytes).read_to_end(&mut packed).await,
    };
    done.unwrap();
    packed
}

fn method(method: &str, url: &str) -> Request {
    Request::new(method.to_owned(), url.to_owned())
}

#[tokio::test]
async fn a_request_says_what_the_guest_said_and_what_is_the_hosts() {
    let server =
        Server::start(|_| Reply::Keep(answer("201 Made", "X-Id: 7\r\nx-id: 8\r\n", b"made"))).await;
    let (house, port) = (House::new("ok.example=127.0.0.1"), server.port);
    let http = house.plugin(
        "stats",
        &[&format!("* http://ok.example:{port}/* in 127.0.0.1")],
    );
    let url = format!("http://OK.example:{port}/a/../b?c#d");
    let mut request = post(&url, b"body");
    request
        .header("X-Key".to_owned(), b"\xff1".to_vec())
        .unwrap();
    request.header("accept".to_owned(), b"a".to_vec()).unwrap();
    let answer = http.send(&call(), request).await.unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (201, &b"made"[..]));
    assert_eq!(answer.url, format!("http://ok.example:{port}/b?c"));
    let ids: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| name == "x-id")
        .collect();
    assert_eq!(ids.len(), 2);
    http.send(&call(), method("PUT", &url)).await.unwrap();
    let mut own = method("GET", &url);
    own.header("accept-encoding".to_owned(), b"identity".to_vec())
        .unwrap();
    http.send(&call(), own).await.unwrap();
    let host = format!("host: ok.example:{port}\r\n");
    assert_eq!(
        server.requests(),
        [
            format!(
                "POST /b?c HTTP/1.1\r\n{host}x-key: \u{fffd}1\r\naccept: a\r\naccept-encoding: gzip, br, deflate\r\ncontent-length: 4\r\n\r\nbody"
            ),
            format!(
                "PUT /b?c HTTP/1.1\r\n{host}accept-encoding: gzip, br, deflate\r\ncontent-length: 0\r\n\r\n"
            ),
            format!("GET /b?c HTTP/1.1\r\n{host}accept-encoding: identity\r\n\r\n"),
        ]
    );
}

#[tokio::test]
async fn answers_are_unpacked() {
    for coding in ["gzip", "br", "deflate", "x-gzip"] {
        let body = "unpack me, ".repeat(10_000);
        let bytes = packed(coding.trim_start_matches("x-"), body.as_bytes()).await;
        let server = Server::start(move |_| {
            Reply::Keep(answer(
                "200 OK",
                &format!("Content-Encoding: {coding}\r\n"),
                &bytes,
            ))
        });
        let (server, house) = (server.await, House::new(""));
        let http = house.plugin("stats", &[&format!("* http://localhost:{}/*", server.port)]);
        house.names.set("localhost=127.0.0.1");
        let url = format!("http://localhost:{}/", server.port);
        let answer = http.send(&call(), get(&url)).await.unwrap();
        assert_eq!(answer.body, body.as_bytes(), "{coding}");
        assert_eq!(answer.headers, [], "{coding}");
    }
}

#[tokio::test]
async fn what_is_not_packed_or_in_an_unknown_way_comes_through() {
    for (headers, body, expect) in [
        ("content-encoding: zstd\r\n", "x", 2),
        ("content-encoding: gzip, br\r\n", "x", 2),
        ("content-encoding: gzip\r\ncontent-encoding: br\r\n", "x", 3),
        ("content-encoding: identity\r\n", "x", 2),
        ("", "x", 1),
    ] {
        let server =
            Server::start(move |_| Reply::Keep(answer("200 OK", headers, body.as_bytes()))).await;
        let house = House::new("");
        let url = format!("http://127.0.0.1:{}/", server.port);
        let http = house.plugin("stats", &[&format!("GET {url}")]);
        let answer = http.send(&call(), get(&url)).await.unwrap();
        assert_eq!(
            (answer.body.as_slice(), answer.headers.len()),
            (body.as_bytes(), expect),
            "{headers}"
        );
    }
    let head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 999999999\r\n\r\n";
    let server = Server::start(|_| Reply::Keep(head.to_vec())).await;
    let (house, url) = (House::new(""), format!("http://127.0.0.1:{}/", server.port));
    let http = house.plugin("stats", &[&format!("HEAD {url}")]);
    let answer = http.send(&call(), method("HEAD", &url)).await.unwrap();
    assert_eq!(
        (answer.body.len(), answer.headers.len()),
        (0, 2),
        "HEAD has no body"
    );
}

fn leading(request: &str) -> Reply {
    let path = request.split(' ').nth(1).unwrap();
    match path
        .strip_prefix("/left/")
        .and_then(|left| left.parse::<u32>().ok())
    {
        Some(0) | None => ok("there"),
        Some(left) => Reply::Keep(answer(
            "302 Found",
            &format!("Location: {}\r\n", left - 1),
            b"go on",
        )),
    }
}

#[tokio::test]
async fn so_many_redirects_are_followed_as_the_request_says() {
    let server = Server::start(leading).await;
    let (house, base) = (House::new(""), format!("http://127.0.0.1:{}", server.port));
    let http = house.plugin("stats", &[&format!("GET {base}/*")]);
    for (most, left, expect) in [
        (0, 1, "302"),
        (0, 0, "200"),
        (2, 2, "200"),
        (2, 3, "redirects"),
        (10, 10, "200"),
    ] {
        let mut request = get(&format!("{base}/left/{left}"));
        request.redirects(most).unwrap();
        let before = server.requests().len();
        let found = match http.send(&call(), request).await {
            Ok(answer) => {
                let end = if most == 0 { left } else { 0 };
                assert_eq!(answer.url, format!("{base}/left/{end}"));
                answer.status.to_string()
            }
            failed => code(failed),
        };
        assert_eq!(found, expect, "{most} {left}");
        assert_eq!(
            server.requests().len() - before,
            most.min(left) as usize + 1
        );
    }
}

#[tokio::test]
async fn requests_are_sent_at_the_same_time_and_answered_in_order() {
    // Nobody is answered before all are there.
    let arrived = Arc::new(AtomicUsize::new(0));
    let all = Arc::new(std::sync::Barrier::new(4));
    let (seen, wait) = (Arc::clone(&arrived), Arc::clone(&all));
    let server = Server::start(move |request| {
        seen.fetch_add(1, Ordering::SeqCst);
        tokio::task::block_in_place(|| wait.wait());
        ok(request.split(' ').nth(1).unwrap())
    });
    let runtime = server_runtime();
    let server = runtime.block_on_elsewhere(server).await;
    let (house, base) = (House::new(""), format!("http://127.0.0.1:{}", server.port));
    let http = house.plugin("stats", &[&format!("GET {base}/*")]);
    let url = |at: usize| format!("{base}/{at}");
    let mut requests: Vec<Request> = (0..4).map(|at| get(&url(at))).collect();
    requests.insert(2, get("http://127.0.0.1:1/denied"));
    let answers = http.send_many(&call(), requests).await.unwrap();
    let found: Vec<String> = answers
        .into_iter()
        .map(|it| match it {
            Ok(answer) => String::from_utf8(answer.body).unwrap(),
            failed => code(failed),
        })
        .collect();
    assert_eq!(found, ["/0", "/1", "denied", "/2", "/3"]);
    assert_eq!(house.denials().len(), 1);
    drop(server);
    runtime.end();
}

/// A runtime of its own for a server that blocks.
struct Elsewhere(Option<tokio::runtime::Runtime>);

fn server_runtime() -> Elsewhere {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    Elsewhere(builder.worker_threads(6).enable_all().build().ok())
}

impl Elsewhere {
    async fn block_on_elsewhere<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> T {
        self.0.as_ref().unwrap().spawn(work).await.unwrap()
    }

    fn end(mut self) {
        self.0.take().unwrap().shutdown_background();
    }
}

#[tokio::test]
async fn few_requests_are_sent_at_the_same_time() {
    let house = House::new("");
    let http = house.plugin("stats", &[]);
    let many = |count: usize| (0..count).map(|_| get("http://127.0.0.1:1/")).collect();
    assert_eq!(
        code(http.send_many(&call(), many(MAX_MANY + 1)).await),
        "too-large"
    );
    assert_eq!(
        http.send_many(&call(), many(MAX_MANY)).await.unwrap().len(),
        MAX_MANY
    );
    assert!(
        http.send_many(&call(), Vec::new())
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn the_answers_of_one_call_are_bounded_together() {
    let server = Server::start(|_| Reply::Keep(answer("200 OK", "", &vec![b'x'; 7 << 20]))).await;
    let (house, url) = (House::new(""), format!("http://127.0.0.1:{}/", server.port));
    let http = house.plugin("stats", &[&format!("GET {url}")]);
    let requests = (0..4).map(|_| get(&url)).collect();
    let answers = http.send_many(&call(), requests).await.unwrap();
    let answered = answers.iter().filter(|it| it.is_ok()).count();
    let refused = answers.into_iter().filter(|it| it.is_err()).map(code);
    assert!(refused.into_iter().all(|code| code == "too-large"));
    assert_eq!(answered, 2);
    http.send(&call(), get(&url)).await.unwrap();
}

#[tokio::test]
async fn nothing_is_sent_without_a_call_or_without_time() {
    let server = Server::start(|_| ok("x")).await;
    let (house, url) = (House::new(""), format!("http://127.0.0.1:{}/", server.port));
    let http = house.plugin("stats", &[&format!("GET {url}")]);
    assert_eq!(
        code(http.send(&Scope::Registering, get(&url)).await),
        "unavailable"
    );
    let many = http.send_many(&Scope::Registering, vec![get(&url)]).await;
    assert_eq!(code(many), "unavailable");
    assert_eq!(
        code(http.send(&scope(Duration::ZERO), get(&url)).await),
        "timed-out"
    );
    assert_eq!(server.connections(), 0);
    assert_eq!(text(http.send(&call(), get(&url)).await), "x");
}

#[tokio::test]
async fn a_server_that_is_back_is_reached_at_once() {
    let server = Server::start(|_| ok("first")).await;
    let (house, url) = (House::new(""), format!("http://127.0.0.1:{}/", server.port));
    let http = house.plugin("stats", &[&format!("* {url}")]);
    assert_eq!(text(http.send(&call(), get(&url)).await), "first");
    let port = server.stop().await;
    assert_eq!(code(http.send(&call(), get(&url)).await), "connect");
    let _server = Server::again(port, |_| ok("second")).await;
    assert_eq!(text(http.send(&call(), get(&url)).await), "second");
}

#[tokio::test]
async fn a_name_is_looked_up_once_and_not_before_it_is_granted() {
    let server = Server::start(|request| match request.starts_with("GET /away") {
        true => Reply::Keep(answer(
            "302 Found",
            "location: http://away.example/\r\n",
            b"",
        )),
        false => ok("x"),
    });
    let server = server.await;
    let port = server.port;
    let house = House::new("ok.example=127.0.0.1");
    let rule = |host: &str| format!("GET http://{host}:{port}/* in 127.0.0.1");
    let http = house.plugin("stats", &[&rule("ok.example"), &rule("no.example")]);
    for (url, expect) in [
        (format!("http://no.example:{port}/"), "resolve"),
        (format!("http://other.example:{port}/"), "denied"),
        (format!("http://ok.example:{port}/away"), "denied"),
        (format!("http://ok.example:{port}/"), "ok"),
    ] {
        let mut request = get(&url);
        request.redirects(1).unwrap();
        assert_eq!(code(http.send(&call(), request).await), expect, "{url}");
    }
    assert_eq!(
        house.names.asked(),
        ["no.example", "ok.example", "ok.example"]
    );
}

/// The port of the server, in a child that has proxies in its environment.
const PORT: &str = "HTTP_ROOM_TEST_PORT";

#[tokio::test]
async fn in_a_child_a_request_is_sent() {
    let Ok(port) = std::env::var(PORT) else {
        return;
    };
    let house = House::new("ok.example=127.0.0.1");
    let http = house.plugin(
        "stats",
        &[&format!("GET http://ok.example:{port}/* in 127.0.0.1")],
    );
    let answer = http
        .send(&call(), get(&format!("http://ok.example:{port}/")))
        .await;
    assert_eq!(text(answer), "straight");
}

#[tokio::test]
async fn proxies_of_the_environment_are_not_used() {
    let server = Server::start(|_| ok("straight")).await;
    let proxy = Server::start(|_| ok("through the proxy")).await;
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args([
        "--exact",
        "http::tests::sending::in_a_child_a_request_is_sent",
    ]);
    child.env(PORT, server.port.to_string());
    let place = format!("http://127.0.0.1:{}", proxy.port);
    for name in [
        "http_proxy",
        "HTTP_PROXY",
        "https_proxy",
        "HTTPS_PROXY",
        "all_proxy",
        "ALL_PROXY",
    ] {
        child.env(name, &place);
    }
    child.env("NO_PROXY", "").env("no_proxy", "");
    let done = tokio::task::spawn_blocking(move || child.output().unwrap())
        .await
        .unwrap();
    let told = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success() && told.contains("1 passed"), "{told}");
    assert_eq!((server.requests().len(), proxy.connections()), (1, 0));
}

#[tokio::test]
async fn the_machines_own_resolver_knows_this_machine() {
    let server = Server::start(|_| ok("x")).await;
    let mut house = House::new("");
    house.client = HttpClient::new(HttpOptions::default()).unwrap();
    let url = format!("http://localhost:{}/", server.port);
    let http = house.plugin("stats", &[&format!("GET {url}")]);
    assert_eq!(text(http.send(&call(), get(&url)).await), "x");
}
