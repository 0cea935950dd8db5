//! Requests that change something: only from a page of this application, for this sign-in and this
//! plugin.

use crate::routes::package;
use crate::site::{Ask, Site, ask, get, post, reach_all};

const ECHO: &str = "/plugins/routes-all/echo";
const WEBHOOK: &str = "/plugins/routes-all/webhook";
const PAGE: &str = "/plugins/routes-all/content/page";

/// Another plugin with a form of its own, and a page of the application's with one.
async fn site() -> Site {
    let other = reach_all("{{ csrf() }}");
    Site::with(&[package(), other], &[("form.html", "{{ csrf() }}")]).await
}

async fn token(site: &Site, page: &str, sid: &str) -> String {
    site.ask(get(page).of(sid)).await.expect(200, &[]).token()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_carries_the_token_of_its_plugin_and_its_sign_in() {
    let site = site().await;
    let mine = token(&site, PAGE, "viewer-1").await;
    assert_eq!(mine, token(&site, PAGE, "viewer-1").await);
    let tokens = [
        ("right", mine.clone(), 200),
        (
            "of the application",
            token(&site, "/form", "viewer-1").await,
            403,
        ),
        (
            "of another plugin",
            token(&site, "/desk/page-public", "viewer-1").await,
            403,
        ),
        (
            "of another sign-in",
            token(&site, PAGE, "viewer-2").await,
            403,
        ),
        ("of somebody else", token(&site, PAGE, "agent-1").await, 403),
        ("empty", String::new(), 403),
        ("shortened", mine[1..].to_owned(), 403),
        ("lengthened", format!("{mine}0"), 403),
        ("in other letters", mine.replace('a', "ä"), 403),
    ];
    for (which, token, status) in &tokens {
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            for (how, request) in carried(method, token) {
                let answer = site.ask(request.of("viewer-1")).await;
                assert_eq!(
                    answer.status,
                    *status,
                    "{which} {how} {method}: {}",
                    answer.text()
                );
                if *status == 200 {
                    let told = answer.json();
                    assert_eq!(told["actor"], "viewer");
                    // A form's own field does not reach the plugin.
                    assert!(how != "field" || told["body"] == "a=1&b=2", "{told}");
                }
            }
        }
    }
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        let none = site.ask(ask(method, ECHO).of("viewer-1")).await;
        none.expect(403, &["it carries no token"]);
        let program = ask(method, ECHO).header("accept", "application/json");
        let program = site
            .ask(program.of("viewer-1"))
            .await
            .expect(403, &[])
            .json();
        assert!(program["error"].as_str().unwrap().contains("no token"));
    }
}

/// A request with a token in each place where one may stand.
fn carried(method: &str, token: &str) -> Vec<(&'static str, Ask)> {
    let form = "application/x-www-form-urlencoded";
    let field = format!("a=1&_csrf={token}&b=2");
    let part = format!(
        "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n\
         --X\r\nContent-Disposition: form-data; name=\"_csrf\"\r\n\r\n{token}\r\n--X--\r\n"
    );
    let multipart = "multipart/form-data; boundary=X";
    let mut all = vec![
        (
            "field",
            ask(method, ECHO).header("content-type", form).body(field),
        ),
        (
            "part",
            ask(method, ECHO)
                .header("content-type", multipart)
                .body(part),
        ),
    ];
    if token.is_ascii() {
        all.push(("header", ask(method, ECHO).header("x-csrf-token", token)));
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_token_does_not_stand_it_does_not_count() {
    let site = site().await;
    let token = token(&site, PAGE, "viewer-1").await;
    for request in [
        post(&format!("{ECHO}?_csrf={token}"), ""),
        post(ECHO, &format!("csrf={token}")),
        post(ECHO, &format!("a=_csrf={token}")),
        ask("POST", ECHO)
            .header("content-type", "text/plain")
            .body(format!("_csrf={token}")),
        ask("POST", ECHO).body(format!("_csrf={token}")),
        ask("POST", ECHO).header("cookie2", &format!("x-csrf-token={token}")),
    ] {
        site.ask(request.of("viewer-1"))
            .await
            .expect(403, &["it carries no token"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sites_request_is_refused_whatever_it_carries() {
    let site = site().await;
    let token = token(&site, PAGE, "viewer-1").await;
    for (headers, status) in [
        (&[][..], 200),
        (&[("sec-fetch-site", "same-origin")], 200),
        (&[("sec-fetch-site", "none")], 200),
        (&[("origin", "http://desk.example")], 200),
        (&[("origin", "https://desk.example")], 200),
        (&[("sec-fetch-site", "same-site")], 403),
        (&[("sec-fetch-site", "cross-site")], 403),
        (&[("origin", "https://evil.example")], 403),
        (&[("origin", "http://desk.example.evil.example")], 403),
        (&[("origin", "http://desk.example:81")], 403),
        (&[("origin", "null")], 403),
        (
            &[("sec-fetch-site", "same-origin"), ("origin", "null")],
            403,
        ),
    ] {
        for (sid, actor) in [("viewer-1", "viewer"), ("", "")] {
            let mut request = ask("POST", ECHO).header("x-csrf-token", &token);
            for (name, value) in headers {
                request = request.header(name, value);
            }
            let request = if sid.is_empty() {
                request
            } else {
                request.of(sid)
            };
            let answer = site.ask(request).await;
            answer.expect(status, &[]);
            if status == 200 {
                let told = answer.json()["actor"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned();
                assert_eq!(told, actor);
            } else {
                answer.expect(403, &["it comes from another site"]);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_needs_no_token_and_gets_none() {
    let site = site().await;
    site.get("/form").await.expect(200, &[]).never(&["_csrf"]);
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        let told = site.ask(ask(method, ECHO)).await.expect(200, &[]).json();
        assert_eq!(told["actor"], serde_json::Value::Null);
    }
    // A sign-in that ended is nobody's.
    let ended = ask("POST", ECHO).of("ended-1");
    assert_eq!(
        site.ask(ended).await.expect(200, &[]).json()["actor"],
        serde_json::Value::Null
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_needs_no_token_and_acts_for_nobody() {
    let site = site().await;
    for request in [
        post(WEBHOOK, "a=1&_csrf=0"),
        ask("POST", WEBHOOK).of("viewer-1"),
        ask("POST", WEBHOOK)
            .of("viewer-1")
            .header("origin", "https://evil.example"),
        ask("POST", WEBHOOK)
            .of("viewer-1")
            .header("sec-fetch-site", "cross-site"),
    ] {
        let told = site.ask(request).await.expect(200, &[]).json();
        assert_eq!(told["actor"], serde_json::Value::Null);
    }
    let told = site.ask(post(WEBHOOK, "a=1&_csrf=0")).await.json();
    assert_eq!(
        told["body"], "a=1&_csrf=0",
        "it comes as it was sent: it may be signed"
    );
}
