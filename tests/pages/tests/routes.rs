//! What a route is told, and what of its answers a browser gets.

use goatkit_test_support::Package;
use serde_json::json;

use crate::site::{Site, ask, get};

const PREFIX: &str = "/plugins/routes-all";

/// The guest with everything that its routes name.
pub(crate) fn package() -> Package {
    Package::of_guest("routes_all")
        .file(
            "templates/detail.html",
            "<p>{{ item }} {{ path }} {{ locale }} {{ query.a }}</p>{{ csrf() }}",
        )
        .file("i18n/en.yaml", "detail.title: In <detail>\n")
        .file("static/app.css", "p { color: red }")
        .file("static/page.html", "<script>alert(1)</script>")
}

async fn site() -> Site {
    Site::with(&[package()], &[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_content_comes_as_what_it_is() {
    let site = site().await;
    for (kind, status, content_type, says, policy) in [
        ("bytes", 200, "application/octet-stream", "", "sandbox;"),
        ("html", 200, "text/html", "parent.alert", "sandbox;"),
        (
            "text",
            200,
            "text/plain; charset=utf-8",
            "<b>text</b>",
            "sandbox;",
        ),
        ("json", 200, "application/json", "[1,null]", "sandbox;"),
        ("empty", 204, "", "", ""),
        (
            "asset?path=app.css",
            200,
            "text/css",
            "color",
            "script-src 'none'",
        ),
        (
            "asset?path=page.html",
            200,
            "text/html",
            "alert",
            "sandbox;",
        ),
        ("page?a=%3Ci%3E", 200, "text/html", "&lt;i&gt;", "'nonce-"),
    ] {
        let answer = site.get(&format!("{PREFIX}/content/{kind}")).await;
        answer.expect(status, &[says]);
        assert!(
            answer.header("content-type").starts_with(content_type),
            "{kind}: {answer:?}"
        );
        let found = answer.header("content-security-policy");
        assert!(found.contains(policy), "{kind}: {found}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{kind}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{kind}");
    }
    let page = site.get(&format!("{PREFIX}/content/page")).await;
    page.expect(
        200,
        &[
            "<title>In &lt;detail&gt;</title>",
            "<p>&lt;b&gt;7&lt;/b&gt; /plugins/routes-all/content/page en",
        ],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_a_route_stands_in_the_applications_frame() {
    let frame = (
        "_plugin_page.html",
        "[{{ plugin }}|{{ title }}|{{ content|safe }}]",
    );
    let site = Site::with(&[package()], &[frame]).await;
    let page = site.get(&format!("{PREFIX}/content/page")).await;
    page.expect(200, &["[routes-all|In &lt;detail&gt;|<p>&lt;b&gt;7"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_answer_is_told_as_such() {
    let site = site().await;
    for (kind, says) in [
        ("no-object", "the data of its page is no JSON object"),
        (
            "asset?path=nothing.css",
            "its package has no file static/nothing.css",
        ),
        ("asset?path=../manifest.yaml", "its package has no file"),
        ("text?status=0", "its status 0 is none from 200 to 599"),
        ("text?status=101", "its status 101"),
        ("text?status=199", "its status 199"),
        ("text?status=600", "its status 600"),
        ("no-json", ""),
        ("huge", ""),
        ("extra", "its answer asks for `stream`"),
    ] {
        let path = format!("{PREFIX}/content/{kind}");
        site.get(&path).await.expect(502, &[says, "routes-all"]);
        // A program is told in its language.
        let program = site
            .ask(get(&path).header("accept", "application/json"))
            .await;
        program.expect(502, &[]);
        let error = program.json()["error"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        assert!(
            error.contains(says) && error.contains("routes-all"),
            "{kind}: {error}"
        );
    }
    let template = site.get(&format!("{PREFIX}/content/no-template")).await;
    template.expect(500, &["nowhere.html"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn statuses_pass_as_they_are() {
    let site = site().await;
    for status in [200, 201, 202, 400, 401, 404, 409, 418, 500, 503, 599] {
        let answer = site
            .get(&format!("{PREFIX}/content/text?status={status}"))
            .await;
        answer.expect(status, &["<b>text</b>"]);
        assert_eq!(answer.header("www-authenticate"), "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_stay_here() {
    let site = site().await;
    let to = |text: &str| {
        let bytes = text.bytes().map(|byte| format!("%{byte:02x}"));
        format!("{PREFIX}/content/redirect?to={}", bytes.collect::<String>())
    };
    for (path, location) in [
        ("/", "/"),
        ("/a/b?c=d#e", "/a/b?c=d#e"),
        ("/größe", "/gr%C3%B6%C3%9Fe"),
    ] {
        let answer = site.get(&to(path)).await;
        answer.expect(303, &[]);
        assert_eq!(answer.header("location"), location);
    }
    for hostile in [
        "",
        "a",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/%09/evil.example\n",
        " //evil.example",
        "/..//evil.example",
        "/%2e%2e//evil.example",
        "/a\r\nset-cookie: a=b",
        "https://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "http:///evil.example",
    ] {
        let answer = site.get(&to(hostile)).await;
        answer.expect(502, &["which is no path of this application"]);
        assert_eq!(answer.header("location"), "", "{hostile:?}");
        assert_eq!(answer.header("set-cookie"), "", "{hostile:?}");
    }
    for (asked, status) in [
        (301, 301),
        (302, 302),
        (303, 303),
        (307, 307),
        (308, 308),
        (200, 303),
        (300, 303),
        (304, 303),
        (404, 303),
    ] {
        let answer = site.get(&format!("{}&status={asked}", to("/a"))).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (status, "/a"),
            "{asked}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_have_the_statuses_that_the_contract_says() {
    let site = site().await;
    for (how, status) in [
        ("unknown", 404),
        ("invalid", 400),
        ("denied", 403),
        ("not-found", 404),
        ("conflict", 409),
        ("rate-limited", 429),
        ("anything", 502),
        ("unavailable", 502),
        ("fault-failed", 409),
        ("timed-out", 504),
        ("trap", 502),
    ] {
        let path = format!("{PREFIX}/fail/{how}");
        let page = site.get(&path).await;
        page.expect(status, &["<h1>"]);
        let program = site
            .ask(get(&path).header("accept", "application/json"))
            .await;
        program.expect(status, &[]);
        assert!(program.json()["error"].is_string(), "{how}");
        let browser = "text/html,application/json";
        let browser = site.ask(get(&path).header("accept", browser)).await;
        browser.expect(status, &["<h1>"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_is_told_what_was_asked() {
    let site = site().await;
    let request = get(&format!(
        "{PREFIX}/echo/gr%C3%B6%C3%9Fe/a/%2e%2e/b%20c?b=1&a=%3D%26&b=2&c"
    ));
    let told = site.ask(request.of("viewer-1")).await.json();
    assert_eq!(told["method"], "GET");
    assert_eq!(told["path"], format!("{PREFIX}/echo/größe/a/../b c"));
    assert_eq!(told["route"], format!("{PREFIX}/echo/{{first}}/{{*rest}}"));
    assert_eq!(
        told["params"],
        json!([["first", "größe"], ["rest", "a/../b c"]])
    );
    assert_eq!(
        told["query"],
        json!([["b", "1"], ["a", "=&"], ["b", "2"], ["c", ""]])
    );
    assert_eq!(told["actor"], "viewer");
    let route = format!("GET {PREFIX}/echo/{{first}}/{{*rest}}");
    assert_eq!(told["entry"], json!(["route", route]));
    assert_eq!(told["caller"], json!(null));
}

#[tokio::test(flavor = "multi_thread")]
async fn methods_are_those_that_are_registered() {
    let site = site().await;
    let head = site.ask(ask("HEAD", &format!("{PREFIX}/echo"))).await;
    head.expect(200, &[]);
    assert!(head.body.is_empty() && head.header("content-type") == "application/json");
    for (method, path, allow) in [
        ("OPTIONS", "/echo", "DELETE, GET, HEAD, PATCH, POST, PUT"),
        ("PURGE", "/echo", "DELETE, GET, HEAD, PATCH, POST, PUT"),
        ("get", "/echo", "DELETE, GET, HEAD, PATCH, POST, PUT"),
        ("POST", "/signed-in", "GET, HEAD"),
        ("GET", "/webhook", "POST"),
        ("HEAD", "/webhook", "POST"),
    ] {
        let answer = site.ask(ask(method, &format!("{PREFIX}{path}"))).await;
        assert_eq!(
            (answer.status, answer.header("allow")),
            (405, allow),
            "{method} {path}"
        );
        assert_eq!(answer.header("access-control-allow-methods"), "");
    }
    for nothing in [
        "/echo/",
        "/echo/a",
        "/echo//a",
        "//echo",
        "/ECHO",
        "/echo%2fa/b",
        "/%zz",
    ] {
        let path = format!("{PREFIX}{nothing}");
        site.get(&path)
            .await
            .expect(404, &["There is no such page"]);
        let program = site
            .ask(get(&path).header("accept", "application/json"))
            .await;
        assert!(program.expect(404, &[]).json()["error"].is_string());
    }
}
