//! Which headers pass between a browser and a route, who may keep an answer, and what nobody gets.

use serde_json::Value;

use crate::routes::package;
use crate::site::{Answer, Site, get};

const PREFIX: &str = "/plugins/routes-all";

/// The text with everything but letters and digits percent-encoded.
fn encoded(text: &str) -> String {
    let bytes = text.bytes().map(|byte| format!("%{byte:02x}"));
    bytes.collect()
}

/// What a browser gets of a route that answers these headers.
async fn answered(site: &Site, kind: &str, sid: &str, headers: &[&str]) -> Answer {
    let query = headers.iter();
    let query = query.map(|header| format!("&header={}", encoded(header)));
    let begins = if kind.contains('?') { "" } else { "?" };
    let path = format!(
        "{PREFIX}/content/{kind}{begins}{}",
        query.collect::<String>()
    );
    let request = match sid {
        "" => get(&path),
        sid => get(&path).of(sid),
    };
    site.ask(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_signs_in_reaches_a_route() {
    let site = Site::with(&[package()], &[]).await;
    let secret = "secret-of-the-browser";
    let mut request = get(&format!("{PREFIX}/echo")).of("viewer-1");
    for name in [
        "authorization",
        "proxy-authorization",
        "x-csrf-token",
        "connection",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "upgrade",
    ] {
        request = request.header(name, secret);
    }
    let request = request
        .header("cookie", secret)
        .header("accept", "text/html")
        .header("x-signature", "s1")
        .header("X-Signature", "s2");
    let told = site.ask(request).await;
    told.expect(200, &[]).never(&[secret, "viewer-1"]);
    let headers = told.json()["headers"].as_array().unwrap().clone();
    let named = |name: &str| -> Vec<Value> {
        let found = headers.iter().filter(|it| it[0] == name);
        found.map(|it| it[1].clone()).collect()
    };
    assert_eq!(named("accept"), ["text/html"]);
    assert_eq!(named("x-signature"), ["s1", "s2"]);
    assert_eq!(named("host"), ["desk.example"]);
    assert!(named("cookie").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_speaks_for_itself_and_not_for_the_application() {
    let site = Site::with(&[package()], &[]).await;
    for own in [
        "content-language: de",
        "content-disposition: attachment",
        "etag: \"1\"",
        "last-modified: Sun, 29 Nov 2026 00:00:00 GMT",
        "retry-after: 7",
        "x-routes-all-total: 7",
    ] {
        let (name, value) = own.split_once(": ").unwrap();
        let answer = answered(&site, "text", "", &[own]).await;
        assert_eq!(answer.header(name), value, "{own}");
    }
    for theirs in [
        "set-cookie: gk_session=planted",
        "Set-Cookie: a=b",
        "content-security-policy: script-src *",
        "content-security-policy-report-only: script-src *",
        "access-control-allow-origin: *",
        "access-control-allow-credentials: true",
        "service-worker-allowed: /",
        "clear-site-data: \"cookies\"",
        "refresh: 0; url=https://evil.example",
        "link: </a>; rel=preload",
        "location: https://evil.example",
        "x-frame-options: ALLOWALL",
        "x-content-type-options: none",
        "x-accel-redirect: /etc/passwd",
        "strict-transport-security: max-age=0",
        "report-to: {}",
        "nel: {}",
        "sourcemap: /a",
        "www-authenticate: Basic",
        "content-encoding: gzip",
        "content-length: 1",
        "transfer-encoding: chunked",
        "referrer-policy: unsafe-url",
        "permissions-policy: camera=*",
        "x-other-total: 7",
        "x-routes-all: 7",
    ] {
        let (name, value) = theirs.split_once(": ").unwrap();
        for kind in [
            "text",
            "bytes",
            "page",
            "asset?path=app.css",
            "redirect?to=/a",
        ] {
            let answer = answered(&site, kind, "", &[theirs]).await;
            assert!(answer.status < 400, "{kind} {theirs}: {}", answer.text());
            let values = answer.headers.get_all(name).into_iter();
            let passed = values
                .filter(|it| it.as_bytes() == value.as_bytes())
                .count();
            assert_eq!(passed, 0, "{kind} {theirs}: {:?}", answer.headers);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_several_documents_is_none() {
    let site = Site::with(&[package()], &[]).await;
    for (asked, found) in [
        (None, "application/octet-stream"),
        (Some("text/html; charset=utf-8"), "text/html; charset=utf-8"),
        // A browser takes cookies from the headers of a part.
        (
            Some("multipart/x-mixed-replace; boundary=a"),
            "application/octet-stream",
        ),
        (Some("Multipart/Related"), "application/octet-stream"),
    ] {
        let header = asked.map(|kind| format!("content-type: {kind}"));
        let headers: Vec<&str> = header.iter().map(String::as_str).collect();
        let answer = answered(&site, "untyped", "", &headers).await;
        answer.expect(200, &["<b>untyped</b>"]);
        let kinds: Vec<_> = answer.headers.get_all("content-type").into_iter().collect();
        assert_eq!(kinds, [found], "{asked:?}");
        assert!(
            answer
                .header("content-security-policy")
                .starts_with("sandbox;")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_made_for_somebody_is_kept_by_nobody_else() {
    let site = Site::with(&[package()], &[]).await;
    for (rule, nobody, somebody) in [
        (None, "no-cache", "private, no-cache"),
        (
            Some("public, max-age=60"),
            "public, max-age=60",
            "private, no-cache",
        ),
        (Some("max-age=60"), "max-age=60", "private, max-age=60"),
        (Some("s-maxage=60"), "s-maxage=60", "private, no-cache"),
        (Some("no-store"), "no-store", "private, no-store"),
        (
            Some("private=\"etag\", max-age=60"),
            "private=\"etag\", max-age=60",
            "private, no-cache",
        ),
    ] {
        let header = rule.map(|rule| format!("cache-control: {rule}"));
        let headers: Vec<&str> = header.iter().map(String::as_str).collect();
        for (sid, expect) in [("", nobody), ("viewer-1", somebody)] {
            let answer = answered(&site, "text", sid, &headers).await;
            let found: Vec<_> = answer
                .headers
                .get_all("cache-control")
                .into_iter()
                .collect();
            assert_eq!(found, [expect], "{rule:?} {sid}");
            let vary = answer.headers.get_all("vary").into_iter();
            let vary: Vec<&str> = vary.map(|it| it.to_str().unwrap()).collect();
            assert!(vary.join(",").contains("cookie"), "{vary:?}");
        }
    }
    // A page carries a number of its reader's, whoever it is.
    let page = answered(&site, "page", "", &["cache-control: public, max-age=60"]).await;
    assert_eq!(page.header("cache-control"), "private, no-cache");
    for path in [
        "/nothing",
        &format!("{PREFIX}/fail/invalid"),
        "/api/v1/plugins",
    ] {
        let answer = site.get(path).await;
        assert_eq!(
            answer.header("cache-control"),
            "private, no-cache",
            "{path}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_here_is_a_service_worker() {
    let site = Site::with(&[package()], &[("index.html", "start")]).await;
    let css = site.get(&format!("{PREFIX}/content/page")).await;
    css.expect(200, &[]);
    let api = site.get("/api/v1/plugins/routes-all").await.json();
    let digest = api["digest"].as_str().unwrap();
    let file = format!("{PREFIX}/{digest}/static/app.css");
    for path in [
        "/",
        &file,
        &format!("{PREFIX}/content/text"),
        "/api/v1/plugins",
    ] {
        site.get(path).await.expect(200, &[]);
        for (name, value) in [
            ("service-worker", "script"),
            ("sec-fetch-dest", "serviceworker"),
        ] {
            let answer = site.ask(get(path).header(name, value)).await;
            answer.expect(403, &["no service worker"]);
            assert_eq!(answer.header("service-worker-allowed"), "");
        }
    }
}
