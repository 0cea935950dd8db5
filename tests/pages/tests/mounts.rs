//! What a plugin answers by `wasi:http/incoming-handler`: below its own prefix, and by the rules of
//! routes.

use goatkit_test_support::Package;

use crate::site::{Site, ask, get, post};

const MOUNT: &str = "/plugins/mounted-http";

async fn site() -> Site {
    let mounted = Package::of_guest("mounted_http").file("templates/page.html", "");
    Site::with(&[mounted], &[]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_told_what_was_asked_and_not_who_signs_in() {
    let site = site().await;
    let request = get(&format!("{MOUNT}/a/b%20c?x-mounted-http-a=b")).of("viewer-1");
    let told = site.ask(request.header("authorization", "secret")).await;
    told.expect(200, &["/plugins/mounted-http/a/b%20c by viewer"]);
    told.never(&["cookie", "secret"]);
    assert_eq!(told.header("x-mounted-http-a"), "b");
    assert_eq!(told.header("content-type"), "application/octet-stream");
    assert!(
        told.header("content-security-policy")
            .starts_with("sandbox;")
    );
    for elsewhere in [
        "/plugins/mounted-http",
        "/plugins/mounted",
        "/mounted-http/a",
    ] {
        site.get(elsewhere).await.expect(404, &[]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_speaks_for_itself_and_not_for_the_application() {
    let site = site().await;
    for (query, name, expect) in [
        ("set-cookie=a", "set-cookie", ""),
        (
            "access-control-allow-origin=*",
            "access-control-allow-origin",
            "",
        ),
        ("content-type=text/html", "content-type", "text/html"),
        (
            "content-type=multipart/mixed",
            "content-type",
            "application/octet-stream",
        ),
        ("cache-control=public", "cache-control", "public"),
        ("status=302&location=/a", "location", "/a"),
        ("status=302&location=//evil.example", "location", ""),
        ("status=302&location=https://evil.example", "location", ""),
    ] {
        let answer = site.get(&format!("{MOUNT}/a?{query}")).await;
        assert!(answer.status < 400, "{query}: {}", answer.text());
        assert_eq!(answer.header(name), expect, "{query}");
    }
    for status in [600, 999] {
        let answer = site.get(&format!("{MOUNT}/a?status={status}")).await;
        assert_eq!(answer.status, 502, "{status}: {}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_something_comes_from_a_page_of_this_application() {
    let site = site().await;
    let path = format!("{MOUNT}/a");
    for method in ["POST", "PUT", "PATCH", "DELETE", "PURGE"] {
        let none = site.ask(ask(method, &path).of("viewer-1")).await;
        none.expect(403, &["it carries no token"]);
        let foreign = ask(method, &path).header("origin", "https://evil.example");
        site.ask(foreign)
            .await
            .expect(403, &["it comes from another site"]);
        site.ask(ask(method, &path))
            .await
            .expect(200, &["by nobody"]);
    }
    // It has no page that could show a token; a wrong one is refused like none.
    let wrong = post(&path, "a=1&_csrf=0").of("viewer-1");
    site.ask(wrong)
        .await
        .expect(403, &["its token is not of this page"]);
    site.ask(post(&path, "a=1")).await.expect(200, &["\na=1"]);
}
