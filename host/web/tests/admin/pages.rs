//! What a browser gets: headers, signing in and out, and of a package text only.

use axum::http::StatusCode;
use goatkit_people::{ADMINISTRATOR, Place};
use goatkit_web::AdminSiteSettings;

use super::{Answer, Bench, COOKIE, PASSWORD, ask, csrf, plugin};

const SENT: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

fn form(login: &str) -> String {
    format!("login={login}&password={}", PASSWORD.replace(' ', "+"))
}

/// The session that an answer begins.
fn session(answer: &Answer) -> String {
    let set = answer.headers["set-cookie"].to_str().unwrap();
    set.split(';').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_signs_in_sees_what_there_is_and_signs_out() {
    let bench = Bench::new().await;
    bench
        .signed_in(Place::Application, "ada", &[ADMINISTRATOR])
        .await;
    let site = bench.site();
    let start = ask(&site, "GET", "/", &[], "").await;
    assert_eq!(start.status, StatusCode::SEE_OTHER);
    assert_eq!(start.headers["location"], "/sign-in");
    assert!(
        ask(&site, "GET", "/sign-in", &[], "")
            .await
            .body
            .contains("<form")
    );

    let entered = ask(&site, "POST", "/sign-in", &[SENT], &form("ada")).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.body);
    let set = entered.headers["set-cookie"].to_str().unwrap();
    let (value, attributes) = set.split_once("; ").unwrap();
    assert!(value.starts_with(&format!("{COOKIE}=")), "{set}");
    assert_eq!(attributes, "Path=/; HttpOnly; SameSite=Strict");

    let cookie = session(&entered);
    let page = ask(&site, "GET", "/", &[("cookie", &cookie)], "").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Users: 1. Roles: 1."), "{}", page.body);
    let again = ask(&site, "GET", "/sign-in", &[("cookie", &cookie)], "").await;
    assert_eq!(again.headers["location"], "/");

    // Without the token of the page, or with another's, nobody is signed out.
    for body in ["", "_csrf=0"] {
        let left = ask(
            &site,
            "POST",
            "/sign-out",
            &[("cookie", &cookie), SENT],
            body,
        )
        .await;
        assert_eq!(left.status, StatusCode::FORBIDDEN);
    }
    let body = format!("_csrf={}", csrf(&site, &cookie).await);
    let left = ask(
        &site,
        "POST",
        "/sign-out",
        &[("cookie", &cookie), SENT],
        &body,
    )
    .await;
    assert_eq!(left.status, StatusCode::SEE_OTHER);
    assert!(
        left.headers["set-cookie"]
            .to_str()
            .unwrap()
            .ends_with("Max-Age=0")
    );
    let gone = ask(&site, "GET", "/", &[("cookie", &cookie)], "").await;
    assert_eq!(gone.headers["location"], "/sign-in");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_is_signed_in() {
    let bench = Bench::new().await;
    bench.signed_in(Place::Application, "agent", &[]).await;
    bench
        .signed_in(Place::Application, "ada", &[ADMINISTRATOR])
        .await;
    let site = bench.site();
    let wrong = form("ada").replace("horse", "cow");
    for (body, more, status, says) in [
        (form("agent"), None, 403, "the role `administrator`"),
        (wrong, None, 401, "the login or the password is wrong"),
        (
            form("nobody"),
            None,
            401,
            "the login or the password is wrong",
        ),
        (
            form("ada"),
            Some(("sec-fetch-site", "cross-site")),
            403,
            "another site",
        ),
        (
            form("ada"),
            Some(("origin", "http://localhost:8080")),
            403,
            "another site",
        ),
        ("x".repeat(20_000), None, 413, "more than"),
    ] {
        let headers: Vec<_> = [SENT].into_iter().chain(more).collect();
        let answer = ask(&site, "POST", "/sign-in", &headers, &body).await;
        assert_eq!(answer.status, status, "{}", answer.body);
        assert!(!answer.headers.contains_key("set-cookie"));
        assert!(answer.body.contains(says), "{says}: {}", answer.body);
    }
    let secure = bench.site_with(AdminSiteSettings {
        secure: true,
        ..AdminSiteSettings::default()
    });
    let entered = ask(&secure, "POST", "/sign-in", &[SENT], &form("ada")).await;
    let set = entered.headers["set-cookie"].to_str().unwrap();
    assert!(set.ends_with("; SameSite=Strict; Secure"), "{set}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_of_another_site_leads_to_the_form_and_nothing_else_of_it_does() {
    let bench = Bench::new().await;
    let token = bench
        .signed_in(Place::Administration, "ada", &[ADMINISTRATOR])
        .await;
    let cookie = format!("{COOKIE}={token}");
    let site = bench.site();
    let of = |mode, dest| {
        [
            ("cookie", cookie.as_str()),
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-mode", mode),
            ("sec-fetch-dest", dest),
        ]
    };
    for (mode, dest, expect) in [
        ("navigate", "document", 200),
        ("navigate", "iframe", 403),
        ("no-cors", "script", 403),
        ("cors", "empty", 403),
    ] {
        let answer = ask(&site, "GET", "/", &of(mode, dest), "").await;
        assert_eq!(answer.status, expect, "{mode} {dest}");
        assert!(answer.body.contains("Sign in"), "{mode} {dest}");
        assert!(!answer.body.contains(plugin::NAME), "{mode} {dest}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_the_headers() {
    let bench = Bench::new().await;
    let token = bench
        .signed_in(Place::Administration, "ada", &[ADMINISTRATOR])
        .await;
    let cookie = format!("{COOKIE}={token}");
    let site = bench.site();
    for (method, path, more, status) in [
        ("GET", "/", Some(("cookie", cookie.as_str())), 200),
        ("GET", "/sign-in", None, 200),
        ("GET", "/style.css", None, 200),
        ("GET", "/healthz", None, 200),
        ("GET", "/readyz", None, 200),
        ("GET", "/api/openapi.json", None, 200),
        (
            "GET",
            "/api/v1/grants",
            Some(("cookie", cookie.as_str())),
            200,
        ),
        (
            "HEAD",
            "/api/v1/grants",
            Some(("cookie", cookie.as_str())),
            200,
        ),
        ("GET", "/api/v1/grants", None, 401),
        ("GET", "/metrics", None, 401),
        ("GET", "/metrics", Some(("cookie", cookie.as_str())), 404),
        ("GET", "/nothing", None, 404),
        ("POST", "/", None, 405),
        ("OPTIONS", "/", None, 405),
        ("GET", "/", Some(("host", "evil.example:8081")), 421),
        ("GET", "/healthz", Some(("host", "localhost:8080")), 421),
    ] {
        let headers: Vec<_> = more.into_iter().collect();
        let answer = ask(&site, method, path, &headers, "").await;
        assert_eq!(answer.status, status, "{method} {path}");
        for (name, expect) in [
            ("x-frame-options", "DENY"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cache-control", "no-store"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            (
                "content-security-policy",
                "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
                 base-uri 'none'; frame-ancestors 'none'",
            ),
        ] {
            let got = answer.headers.get_all(name).iter().collect::<Vec<_>>();
            assert_eq!(got, [expect], "{method} {path} {name}");
        }
        let cors = answer.headers.keys();
        let cors = cors.filter(|name| name.as_str().starts_with("access-control"));
        assert_eq!(cors.count(), 0, "{method} {path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_package_is_markup() {
    let bench = Bench::new().await;
    let token = bench
        .signed_in(Place::Administration, "<i>ada", &[ADMINISTRATOR])
        .await;
    let site = bench.site();
    let cookie = format!("{COOKIE}={token}");
    let page = ask(&site, "GET", "/", &[("cookie", &cookie)], "")
        .await
        .body;
    // Its texts are there: the description, the label of the menu, and the file's name.
    assert_eq!(page.matches("&lt;script&gt;alert(2)").count(), 2, "{page}");
    assert!(page.contains("&lt;b&gt;bold&lt;b&gt;.zip"), "{page}");
    assert!(page.contains("&lt;i&gt;ada"), "{page}");
    for tag in ["<script", "<img", "<b>", "<i>", "style=", "javascript:"] {
        assert!(!page.contains(tag), "{tag}: {page}");
    }
    // All links and images of the page are its own.
    for attribute in ["href=\"", "src=\"", "action=\""] {
        for part in page.split(attribute).skip(1) {
            assert!(part.starts_with('/'), "{attribute}{part}");
        }
    }
}
