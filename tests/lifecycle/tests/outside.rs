//! The outside world through the whole platform: requests by both doors, mail, and the cache.

use std::fs;
use std::net::IpAddr;
use std::sync::Arc;

use goatkit_capability::http::{HttpOptions, Lookup, Resolve};
use goatkit_runtime::{CallErrorKind, LoadErrorKind};
use goatkit_test_support::{DataFolder, HostSettings, Package, TestHost};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use crate::counting::Counting;
use crate::expect::expect_broken;

/// A package of the guest that asks for one line of `capabilities`.
fn asking(guest: &str, asks: &str) -> Package {
    Package::of_guest(guest).line(&format!("capabilities: {{ {asks} }}"))
}

async fn ok(host: &TestHost, plugin: &str, function: &str, args: Value) -> Value {
    match host.call(plugin, function, args).await {
        Ok(answer) => answer,
        Err(error) => panic!("{plugin}.{function}: {error}"),
    }
}

async fn refused(host: &TestHost, plugin: &str, function: &str, args: Value, says: &[&str]) {
    let error = host.call(plugin, function, args).await.unwrap_err();
    assert_eq!(error.kind(), CallErrorKind::Fault, "{error}");
    for part in says {
        assert!(error.to_string().contains(part), "no `{part}` in: {error}");
    }
    host.expect_sibling().await;
}

/// A host with a guest that may read below `/read/` at a server, and the server.
async fn reading(guest: &str) -> (TestHost, Counting) {
    let server = Counting::start().await;
    let port = server.port();
    let asks = format!(r#"http: ["GET http://127.0.0.1:{port}/read/*"]"#);
    let host = TestHost::on(&DataFolder::with(&[asking(guest, &asks)]));
    (host, server)
}

#[tokio::test]
async fn a_plugin_sends_what_it_was_granted_and_nothing_else() {
    let (host, server) = reading("http_ok").await;
    let url = |path: &str| format!("http://127.0.0.1:{}{path}", server.port());
    let sent = json!(["GET", url("/read/a"), [["x-a", "b"]]]);
    let answer = ok(&host, "http-ok", "send", sent).await;
    let expect = json!({ "status": 200, "url": url("/read/a"), "body": "hello" });
    assert_eq!(answer, expect);
    let heads = server.seen().requests;
    assert!(
        heads[0].starts_with("GET /read/a HTTP/1.1\r\n"),
        "{heads:?}"
    );
    assert!(heads[0].contains("x-a: b\r\n"), "{heads:?}");
    for (method, path) in [
        ("POST", "/read/a"),
        ("GET", "/other"),
        ("GET", "/read/../other"),
    ] {
        let args = json!([method, url(path), []]);
        refused(&host, "http-ok", "send", args, &["capabilities.http"]).await;
    }
    assert_eq!(server.seen().requests.len(), 1);
}

#[tokio::test]
async fn what_was_not_granted_reaches_nobody() {
    let asks = r#"http: ["GET http://example.com/*"]"#;
    let host = TestHost::on(&DataFolder::with(&[asking("http_denied", asks)]));
    let says = ["169.254.169.254", "capabilities.http"];
    refused(&host, "http-denied", "metadata", json!([]), &says).await;
}

#[tokio::test]
async fn several_requests_are_answered_in_their_order() {
    let (host, server) = reading("http_ok").await;
    let url = |path: &str| format!("http://127.0.0.1:{}{path}", server.port());
    let urls = json!([[url("/read/1"), url("/other"), url("/read/2")]]);
    let answers = ok(&host, "http-ok", "many", urls).await;
    assert_eq!(answers[0]["url"], url("/read/1"));
    assert!(
        answers[1]["fault"]
            .as_str()
            .unwrap()
            .contains("not granted")
    );
    assert_eq!(answers[2]["url"], url("/read/2"));
}

#[tokio::test]
async fn a_redirect_is_granted_or_denied_like_the_first_url() {
    let server = Counting::start().await;
    let inside = Counting::start().await;
    let asks = format!(r#"http: ["GET http://127.0.0.1:{}/*"]"#, server.port());
    let host = TestHost::on(&DataFolder::with(&[asking("http_ok", &asks)]));
    let to = |url: String| format!("http://127.0.0.1:{}/jump?302={url}", server.port());
    let fine = to(format!("http://127.0.0.1:{}/end", server.port()));
    let answer = ok(&host, "http-ok", "follow", json!([fine, 1])).await;
    assert_eq!(answer["body"], "hello");
    let away = to(format!("http://127.0.0.1:{}/", inside.port()));
    refused(
        &host,
        "http-ok",
        "follow",
        json!([away, 1]),
        &["not granted"],
    )
    .await;
    assert_eq!(inside.seen().connections, 0);
}

#[tokio::test]
async fn the_deadline_of_a_call_ends_a_request() {
    let server = Counting::start().await;
    let port = server.port();
    let asks = format!(r#"http: ["GET http://127.0.0.1:{port}/*"]"#);
    let package = asking("http_ok", &asks).line("limits: { call: 1s }");
    let silent = json!(["GET", format!("http://127.0.0.1:{port}/silent"), []]);
    // The room's own fault and the end of the call come at the same time: either is right.
    let host = TestHost::on(&DataFolder::with(&[package]));
    let error = host.call("http-ok", "send", silent).await.unwrap_err();
    let says = error.to_string();
    assert!(
        says.contains("timed out") || says.contains("deadline"),
        "{says}"
    );
    host.expect_sibling().await;
}

#[tokio::test]
async fn the_time_of_a_request_is_its_own() {
    let (host, server) = reading("http_ok").await;
    let asks = format!(r#"http: ["GET http://127.0.0.1:{}/*"]"#, server.port());
    drop(host);
    let host = TestHost::on(&DataFolder::with(&[asking("http_ok", &asks)]));
    let silent = format!("http://127.0.0.1:{}/silent", server.port());
    refused(
        &host,
        "http-ok",
        "within",
        json!([silent, 50]),
        &["timed out"],
    )
    .await;
}

#[tokio::test]
async fn a_body_without_an_end_is_too_large() {
    let server = Counting::start().await;
    let port = server.port();
    let asks = format!(r#"http: ["GET http://127.0.0.1:{port}/*"]"#);
    let host = TestHost::on(&DataFolder::with(&[asking("http_ok", &asks)]));
    let endless = json!(["GET", format!("http://127.0.0.1:{port}/endless"), []]);
    refused(&host, "http-ok", "send", endless, &["too large"]).await;
}

#[tokio::test]
async fn requests_that_are_never_sent_do_not_fill_the_host() {
    let (host, _server) = reading("http_ok").await;
    let hoard = json!([1 << 20]);
    refused(&host, "http-ok", "hoard", hoard, &["being put together"]).await;
    refused(&host, "http-ok", "hoard", json!([0]), &["are open already"]).await;
}

#[tokio::test]
async fn wasi_http_leads_to_the_same_room() {
    let (host, server) = reading("wasi_http").await;
    let authority = format!("127.0.0.1:{}", server.port());
    let parts = |path: &str| json!([{ "scheme": "http", "authority": authority, "path": path, "headers": [["x-a", "b"]] }]);
    let answer = ok(&host, "wasi-http", "send", parts("/read/a?b=c")).await;
    assert_eq!(answer, json!({ "status": 200, "body": "hello" }));
    let head = server.seen().requests.remove(0);
    assert!(head.starts_with("GET /read/a?b=c HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("x-a: b\r\n"), "{head}");
    assert!(head.contains(&format!("host: {authority}\r\n")), "{head}");
    let denied = ok(&host, "wasi-http", "send", parts("/other")).await;
    assert!(
        denied["error"]
            .as_str()
            .unwrap()
            .contains("HttpRequestDenied"),
        "{denied}"
    );
    assert_eq!(server.seen().requests.len(), 1);
}

#[tokio::test]
async fn wasi_http_carries_bodies_both_ways() {
    let server = Counting::start().await;
    let authority = format!("127.0.0.1:{}", server.port());
    let asks = format!(r#"http: ["* http://{authority}/*"]"#);
    let host = TestHost::on(&DataFolder::with(&[asking("wasi_http", &asks)]));
    let parts = json!([{
        "method": "POST",
        "scheme": "http",
        "authority": authority,
        "path": "/",
        "headers": [["content-length", "5"]],
        "body": "12345",
    }]);
    let answer = ok(&host, "wasi-http", "send", parts).await;
    assert_eq!(answer, json!({ "status": 200, "body": "hello" }));
}

#[tokio::test]
async fn an_answer_does_not_outlive_its_call_by_wasi_http() {
    let server = Counting::start().await;
    let authority = format!("127.0.0.1:{}", server.port());
    let asks = format!(r#"http: ["GET http://{authority}/*"]"#);
    // The same instance serves both calls.
    let package = asking("wasi_http", &asks)
        .line("isolation: shared")
        .line("limits: { instances: 1 }");
    let host = TestHost::on(&DataFolder::with(&[package]));
    let parts = json!([{ "scheme": "http", "authority": authority, "path": "/endless" }]);
    for _ in 0..40 {
        let kept = ok(&host, "wasi-http", "keep", parts.clone()).await;
        assert_eq!(kept["status"], 200, "{kept}");
        let rest = ok(&host, "wasi-http", "rest", json!([])).await;
        let error = rest["error"].as_str().unwrap();
        assert!(error.to_lowercase().contains("terminated"), "{rest}");
    }
}

#[tokio::test]
async fn a_body_that_is_broken_off_is_not_taken_for_whole() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let authority = listener.local_addr().unwrap().to_string();
    let came = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut bytes = Vec::new();
        // The connection may be reset: what came until then counts.
        let _ = stream.read_to_end(&mut bytes).await;
        String::from_utf8(bytes).unwrap()
    });
    let asks = format!(r#"http: ["PUT http://{authority}/*"]"#);
    let host = TestHost::on(&DataFolder::with(&[asking("wasi_http", &asks)]));
    let parts = json!([{
        "method": "PUT",
        "scheme": "http",
        "authority": authority,
        "path": "/",
    }]);
    let left = ok(&host, "wasi-http", "half", parts).await;
    assert!(left["error"].is_null(), "{left}");
    let came = came.await.unwrap();
    assert!(came.starts_with("PUT / HTTP/1.1\r\n"), "{came}");
    assert!(!came.ends_with("\r\n0\r\n\r\n"), "{came}");
}

#[tokio::test]
async fn long_texts_of_requests_do_not_lie_in_the_host() {
    let (host, server) = reading("wasi_http").await;
    for (part, text) in [("method", "X".repeat(33)), ("authority", "a".repeat(513))] {
        let mut parts = json!({ "scheme": "http", "authority": "a.example", "path": "/" });
        parts[part] = json!(text);
        let refused = ok(&host, "wasi-http", "send", json!([parts])).await;
        assert_eq!(refused["error"], format!("{part}: refused"));
    }
    assert_eq!(server.seen().connections, 0);
}

#[tokio::test]
async fn wasi_http_is_asked_for_like_http() {
    let package = Package::of_guest("wasi_http");
    let says = [
        "wasi:http/outgoing-handler",
        "add `http` under `capabilities`",
    ];
    expect_broken(package, LoadErrorKind::Import, &says).await;
}

/// Answers the first time with an address that is public, then with this machine's.
struct Rebinding(std::sync::atomic::AtomicUsize);

impl Resolve for Rebinding {
    fn resolve<'a>(&'a self, _: &'a str) -> Lookup<'a> {
        let times = self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let address: IpAddr = match times {
            // What is never routed: a connection to it cannot be made here.
            0 => [192, 0, 32, 8].into(),
            _ => [127, 0, 0, 1].into(),
        };
        Box::pin(async move { Ok(vec![address]) })
    }
}

#[tokio::test]
async fn a_name_that_leads_inside_is_denied_by_both_doors() {
    let server = Counting::start().await;
    let port = server.port();
    let asks = format!(r#"http: ["GET http://desk.example.com:{port}/*"]"#);
    let data = DataFolder::with(&[asking("http_ok", &asks), asking("wasi_http", &asks)]);
    let settings = HostSettings {
        http: HttpOptions {
            resolver: Arc::new(Rebinding(1.into())),
            ..HttpOptions::default()
        },
        ..HostSettings::default()
    };
    let host = TestHost::with(&data, &settings);
    let url = json!(["GET", format!("http://desk.example.com:{port}/"), []]);
    refused(&host, "http-ok", "send", url, &["127.0.0.1", "not public"]).await;
    let parts = json!([{
        "scheme": "http",
        "authority": format!("desk.example.com:{port}"),
        "path": "/",
    }]);
    let denied = ok(&host, "wasi-http", "send", parts).await;
    assert!(
        denied["error"]
            .as_str()
            .unwrap()
            .contains("HttpRequestDenied"),
        "{denied}"
    );
    assert_eq!(server.seen().connections, 0);
}

#[tokio::test]
async fn mail_is_sent_as_and_to_whom_it_was_granted() {
    let asks = r#"mail: { from: stats@example.com, to: ["*@example.com"], per_hour: 2 }"#;
    let data = DataFolder::with(&[asking("mail_ok", asks)]);
    let host = TestHost::on(&data);
    let report = |to: &str| json!([to, "Zahlen für März"]);
    let id = ok(&host, "mail-ok", "report", report("ada@example.com")).await;
    let files: Vec<_> = fs::read_dir(data.mail()).unwrap().collect();
    assert_eq!(files.len(), 1);
    let mail = fs::read_to_string(files[0].as_ref().unwrap().path()).unwrap();
    let id = id.as_str().unwrap();
    for part in [
        &format!("Message-ID: <{id}>"),
        "To: ada@example.com",
        "From: stats@example.com",
        "zahlen.csv",
    ] {
        assert!(mail.contains(part), "no `{part}` in {mail}");
    }
    let outside = report("eve@example.org");
    refused(&host, "mail-ok", "report", outside, &["eve@example.org"]).await;
    ok(&host, "mail-ok", "report", report("bob@example.com")).await;
    let third = report("ada@example.com");
    refused(&host, "mail-ok", "report", third.clone(), &["hour"]).await;
    // Another host on the same folder knows what was sent.
    drop(host);
    let host = TestHost::on(&data);
    refused(&host, "mail-ok", "report", third, &["hour"]).await;
    assert_eq!(fs::read_dir(data.mail()).unwrap().count(), 2);
}

#[tokio::test]
async fn mail_in_another_name_is_denied() {
    let asks = r#"mail: { from: stats@example.com, to: ["*"] }"#;
    let data = DataFolder::with(&[asking("mail_denied", asks)]);
    let host = TestHost::on(&data);
    let says = ["boss@example.com", "capabilities.mail"];
    refused(&host, "mail-denied", "forge", json!([]), &says).await;
    assert!(!data.mail().exists());
}

#[tokio::test]
async fn each_plugin_has_a_cache_of_its_own() {
    let second = asking("cache_denied", "cache: { bytes: 4KiB }");
    let data = DataFolder::with(&[asking("cache_ok", "cache: { bytes: 4KiB }"), second]);
    let host = TestHost::on(&data);
    ok(&host, "cache-ok", "keep", json!(["a", "mine"])).await;
    assert_eq!(ok(&host, "cache-ok", "read", json!(["a"])).await, "mine");
    let other = ok(&host, "cache-denied", "read", json!([])).await;
    assert_eq!(other, Value::Null);
    assert_eq!(ok(&host, "cache-ok", "forget", json!(["a"])).await, true);
    assert_eq!(
        ok(&host, "cache-ok", "read", json!(["a"])).await,
        Value::Null
    );
}

#[tokio::test]
async fn a_cache_holds_what_was_granted() {
    let data = DataFolder::with(&[asking("cache_ok", "cache: { bytes: 16KiB }")]);
    let host = TestHost::on(&data);
    let there = ok(&host, "cache-ok", "fill", json!([100, 1024])).await;
    let there = there.as_u64().unwrap();
    assert!((8..=16).contains(&there), "{there}");
    let large = json!(["a", "x".repeat(20_000)]);
    refused(&host, "cache-ok", "keep", large, &["too large"]).await;
}

#[tokio::test]
async fn a_cache_that_was_not_granted_keeps_nothing() {
    let package = asking("cache_denied", "cache: { bytes: 4KiB }");
    let data = DataFolder::with(&[package]);
    let settings = HostSettings {
        policy: goatkit_capability::grants::Policy::Nothing,
        ..HostSettings::default()
    };
    let host = TestHost::with(&data, &settings);
    let error = host
        .call("cache-denied", "read", json!([]))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("waits"), "{error}");
}

#[tokio::test]
async fn a_guest_that_asks_for_nothing_cannot_import_the_rooms() {
    for (guest, capability) in [
        ("http_denied", "http"),
        ("mail_denied", "mail"),
        ("cache_denied", "cache"),
        ("schedule_denied", "schedule"),
    ] {
        let says = format!("add `{capability}` under `capabilities`");
        expect_broken(Package::of_guest(guest), LoadErrorKind::Import, &[&says]).await;
    }
}
