//! Who may do what: every route of the API by everybody who may come, with the outcome worked
//! out from a rule that is written here a second time.

use std::time::Duration;

use axum::http::StatusCode;
use goatkit_people::{Place, SCOPES, Scope};

use super::{Bench, COOKIE, ask, csrf, routes};

/// Who comes, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comes {
    WithNothing,
    WithNoToken,
    WithAnExpiredToken,
    WithARevokedToken,
    WithATokenFor(Scope),
    WithTwoTokens,
    WithATokenByAnotherName,
    SignedInWithoutTheRole,
    SignedInToTheApplication,
    SignedOut,
    SignedIn,
    SignedInOnAPage,
    FromAnotherSite,
    FromAnotherPortOfThisHost,
    FromAnotherOrigin,
}

fn all() -> Vec<Comes> {
    let scopes = SCOPES.iter().map(|(scope, _)| Comes::WithATokenFor(*scope));
    [
        Comes::WithNothing,
        Comes::WithNoToken,
        Comes::WithAnExpiredToken,
        Comes::WithARevokedToken,
        Comes::WithTwoTokens,
        Comes::WithATokenByAnotherName,
        Comes::SignedInWithoutTheRole,
        Comes::SignedInToTheApplication,
        Comes::SignedOut,
        Comes::SignedIn,
        Comes::SignedInOnAPage,
        Comes::FromAnotherSite,
        Comes::FromAnotherPortOfThisHost,
        Comes::FromAnotherOrigin,
    ]
    .into_iter()
    .chain(scopes)
    .collect()
}

/// The rule: what a route says to somebody, or nothing where it does what it is for.
fn refusal(changes: bool, scope: Scope, comes: Comes) -> Option<u16> {
    match comes {
        Comes::WithNothing
        | Comes::WithNoToken
        | Comes::WithAnExpiredToken
        | Comes::WithARevokedToken
        | Comes::WithTwoTokens
        | Comes::SignedInToTheApplication
        | Comes::SignedOut => Some(401),
        Comes::WithATokenByAnotherName => Some(421),
        Comes::WithATokenFor(of) => (of != scope).then_some(403),
        Comes::SignedInWithoutTheRole
        | Comes::FromAnotherSite
        | Comes::FromAnotherPortOfThisHost
        | Comes::FromAnotherOrigin => Some(403),
        Comes::SignedIn => changes.then_some(403),
        Comes::SignedInOnAPage => None,
    }
}

/// What somebody sends along.
async fn shows(bench: &Bench, comes: Comes) -> Vec<(&'static str, String)> {
    let bearer = |token: &str| ("authorization", format!("Bearer {token}"));
    let cookie = |session: &str| ("cookie", format!("{COOKIE}={session}"));
    let here = Place::Administration;
    let name = format!("{comes:?}");
    match comes {
        Comes::WithNothing => vec![],
        Comes::WithNoToken => vec![bearer("gka_none")],
        Comes::WithAnExpiredToken => {
            let life = Duration::from_secs(60);
            let token = bench.token(&name, &[Scope::Read], Some(life)).await;
            bench.clock.advance(life);
            vec![bearer(&token)]
        }
        Comes::WithARevokedToken => {
            let token = bench.any_token(&name).await;
            let tokens = &bench.state.tokens;
            let id = tokens.check(&token).unwrap().id;
            tokens.revoke(id).await.unwrap();
            vec![bearer(&token)]
        }
        Comes::WithATokenFor(scope) => vec![bearer(&bench.token(&name, &[scope], None).await)],
        Comes::WithTwoTokens => {
            let token = bench.any_token(&name).await;
            vec![bearer(&token), bearer(&token)]
        }
        Comes::WithATokenByAnotherName => vec![
            bearer(&bench.any_token(&name).await),
            ("host", "localhost:8080".to_owned()),
        ],
        Comes::SignedInWithoutTheRole => {
            let session = bench.signed_in(here, &name, &["administrator"]).await;
            bench.take_role(&name, "administrator").await;
            vec![cookie(&session)]
        }
        Comes::SignedInToTheApplication => {
            let place = Place::Application;
            vec![cookie(
                &bench.signed_in(place, &name, &["administrator"]).await,
            )]
        }
        Comes::SignedOut => {
            let session = bench.signed_in(here, &name, &["administrator"]).await;
            bench.accounts().sign_out(&session).await.unwrap();
            vec![cookie(&session)]
        }
        Comes::SignedIn
        | Comes::SignedInOnAPage
        | Comes::FromAnotherSite
        | Comes::FromAnotherPortOfThisHost
        | Comes::FromAnotherOrigin => {
            let session = bench.signed_in(here, &name, &["administrator"]).await;
            let mut shows = vec![cookie(&session)];
            let of = |value: &str| value.to_owned();
            shows.extend(match comes {
                Comes::FromAnotherSite => Some(("sec-fetch-site", of("cross-site"))),
                Comes::FromAnotherPortOfThisHost => Some(("sec-fetch-site", of("same-site"))),
                Comes::FromAnotherOrigin => Some(("origin", of("http://localhost:8080"))),
                Comes::SignedInOnAPage => Some(("sec-fetch-site", of("same-origin"))),
                _ => None,
            });
            shows
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_lets_in_whom_it_should_and_nobody_else() {
    let bench = Bench::new().await;
    let mut refused_by_all = 0;
    for comes in all() {
        // One of its own, since failures of one period are held back together.
        let site = bench.site();
        let mut shows = shows(&bench, comes).await;
        let on_a_page = !matches!(comes, Comes::SignedIn | Comes::SignedInWithoutTheRole);
        if let Some((_, cookie)) = shows.iter().find(|it| it.0 == "cookie").cloned()
            && on_a_page
            && !matches!(comes, Comes::SignedInToTheApplication | Comes::SignedOut)
        {
            // Also those who come from elsewhere have the page's token: it is not enough.
            shows.push(("x-csrf-token", csrf(&site, &cookie).await));
        }
        let headers: Vec<(&str, &str)> = shows.iter().map(|it| (it.0, it.1.as_str())).collect();
        let (routes, _) = routes(&site).await;
        let routes = routes.iter();
        let routes = routes.map(|it| (it.verb.as_str(), filled(&it.path), it.scope));
        let figures = ("GET", "/metrics".to_owned(), Scope::Read);
        for (verb, path, scope) in routes.chain([figures]) {
            let answer = ask(&site, verb, &path, &headers, "").await;
            let expect = refusal(verb != "GET", scope, comes);
            let status = answer.status.as_u16();
            let who = format!("{comes:?} {verb} {path}");
            match expect {
                Some(expect) => {
                    assert_eq!(status, expect, "{who}");
                    assert!(answer.body.contains("\"error\""), "{who}: {}", answer.body);
                    refused_by_all += 1;
                }
                // The handler was asked, and says what it thinks of a plugin called `x`.
                None => assert!(![401, 403, 421, 429].contains(&status), "{who}: {status}"),
            }
        }
    }
    assert!(refused_by_all > 300, "{refused_by_all}");
}

/// A path with something that there is not in each of its places.
fn filled(path: &str) -> String {
    let segments = path.split('/').map(|it| match it {
        "{id}" => "0",
        it if it.starts_with('{') => "x",
        it => it,
    });
    segments.collect::<Vec<_>>().join("/")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_row_is_not_there() {
    let bench = Bench::new().await;
    let site = bench.site();
    let token = format!("Bearer {}", bench.any_token("all").await);
    let headers = [("authorization", token.as_str())];
    let (routes, _) = routes(&site).await;
    for route in &routes {
        let path = filled(&route.path);
        let is_there = |verb: &str| {
            let mut there = routes.iter();
            there.any(|it| it.path == route.path && it.verb == verb)
        };
        let verbs = ["GET", "POST", "PUT", "DELETE", "PATCH"];
        for verb in verbs.iter().filter(|verb| !is_there(verb)) {
            let status = ask(&site, verb, &path, &headers, "").await.status;
            assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED, "{verb} {path}");
        }
        let from = [("origin", "http://evil.example")];
        let asked = ask(&site, "OPTIONS", &path, &from, "").await;
        assert_eq!(asked.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        let allows = "access-control-allow-origin";
        assert!(!asked.headers.contains_key(allows), "{path}");
    }
    // What names a file of the host's machine is on the socket only.
    for path in ["/api/v1/examine", "/api/v1/install", "/api/v1/call"] {
        let status = ask(&site, "POST", path, &headers, "").await.status;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["/v1/grants", "/api/v1", "/api/v1/x", "/api/v2/grants", "/x"] {
        let status = ask(&site, "GET", path, &headers, "").await.status;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_are_none_are_held_back_and_one_that_is_right_is_not() {
    let bench = Bench::new().await;
    let site = bench.site();
    let statuses = async |token: &str, times: usize| {
        let token = format!("Bearer {token}");
        let mut last = StatusCode::OK;
        for _ in 0..times {
            let headers = [("authorization", token.as_str())];
            last = ask(&site, "GET", "/api/v1/grants", &headers, "")
                .await
                .status;
        }
        last
    };
    assert_eq!(statuses("gka_x", 100).await, StatusCode::UNAUTHORIZED);
    assert_eq!(statuses("gka_x", 1).await, StatusCode::TOO_MANY_REQUESTS);
    let token = bench.any_token("right").await;
    assert_eq!(statuses(&token, 1).await, StatusCode::OK);
}
