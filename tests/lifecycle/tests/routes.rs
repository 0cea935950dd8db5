//! Requests that plugins answer by their routes.

use std::sync::Arc;
use std::time::Duration;

use goatkit_manager::{ActiveRoute, RouteMatch};
use goatkit_runtime::{
    CallError, CallErrorKind, Content, RouteAnswer, RouteRequest, Session, View,
};
use goatkit_test_support::{DataFolder, HostSettings, Package, TestHost};
use serde_json::{Value, json};
use tokio::time::timeout;

const PREFIX: &str = "/plugins/routes-all";

fn package() -> Package {
    Package::of_guest("routes_all").file("templates/detail.html", "{{ item }}")
}

async fn host(package: Package) -> TestHost {
    let host = TestHost::on(&DataFolder::with(&[package]));
    host.manager.register_all().await;
    host
}

/// The route at a path below the plugin's prefix, and a request that asks for it.
fn request(host: &TestHost, method: &str, path: &str) -> (Arc<ActiveRoute>, RouteRequest) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let path = format!("{PREFIX}/{path}");
    let found = host.manager.snapshot().route(method, &path);
    let RouteMatch::Found(route, params) = found else {
        panic!("{method} {path}: {found:?}")
    };
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let request = RouteRequest {
        method: method.to_owned(),
        path,
        route: route.route.path.clone(),
        params,
        query: pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        ..RouteRequest::default()
    };
    (route, request)
}

async fn get(host: &TestHost, session: &Session, path: &str) -> Result<RouteAnswer, CallError> {
    let (route, request) = request(host, "GET", path);
    host.manager.handle(session, &route, request).await
}

#[tokio::test]
async fn every_content_comes_through_as_the_plugin_gave_it() {
    let host = host(package()).await;
    let session = host.session();
    let text = |text: &str| Content::Text(text.to_owned());
    let page = View {
        template: "detail.html".to_owned(),
        title: "detail.title".to_owned(),
        data: r#"{"item":"<b>7</b>"}"#.to_owned(),
    };
    for (path, status, body) in [
        ("content/text", 200, text("<b>text</b>")),
        ("content/text?status=404", 404, text("<b>text</b>")),
        ("content/bytes", 200, Content::Bytes(vec![0, 159, 146, 150])),
        (
            "content/json",
            200,
            Content::Json(r#"{"a":[1,null]}"#.to_owned()),
        ),
        ("content/page", 200, Content::Page(page)),
        (
            "content/asset?path=a.css",
            200,
            Content::Asset("a.css".to_owned()),
        ),
    ] {
        let answer = get(&host, &session, path).await.unwrap();
        assert_eq!((answer.status, answer.body), (status, body), "{path}");
    }
    let answer = get(&host, &session, "content/redirect?to=/a")
        .await
        .unwrap();
    assert_eq!(answer.body, Content::Redirect("/a".to_owned()));
    let answer = get(&host, &session, "content/empty?header=x-a: b")
        .await
        .unwrap();
    assert!(answer.headers.contains(&("x-a".to_owned(), b"b".to_vec())));
}

#[tokio::test]
async fn an_answer_that_is_none_and_an_error_are_told_as_what_they_are() {
    let host = host(package()).await;
    for (path, kind, says) in [
        ("content/no-json", CallErrorKind::Malformed, "JSON"),
        ("content/huge", CallErrorKind::TooLarge, ""),
        ("content/extra", CallErrorKind::Malformed, "stream"),
        ("fail/unknown", CallErrorKind::Unknown, "no such item"),
        ("fail/invalid", CallErrorKind::Invalid, "the number is odd"),
        ("fail/denied", CallErrorKind::Fault, "read users"),
        ("fail/timed-out", CallErrorKind::Fault, "timed out"),
        (
            "fail/not-found",
            CallErrorKind::Failed,
            "it was tried (not-found)",
        ),
        (
            "fail/trap",
            CallErrorKind::Trapped,
            "it panicked or aborted",
        ),
    ] {
        let error = get(&host, &host.session(), path).await.unwrap_err();
        let text = error.to_string();
        assert_eq!(error.kind(), kind, "{path}: {text}");
        let head = "plugin `routes-all`, route `GET /plugins/routes-all/";
        assert!(text.starts_with(head) && text.contains(says), "{text}");
        host.expect_sibling().await;
    }
}

#[tokio::test]
async fn a_request_comes_whole_and_in_a_session_of_its_kind() {
    let host = host(package()).await;
    let (route, mut request) = request(&host, "PUT", "echo/a b/c/d?q=1&q=2");
    request.headers = vec![("accept".to_owned(), b"*/*".to_vec())];
    request.body = "{\u{fc}}".into();
    let session = host.session_of("anna");
    let answer = host
        .manager
        .handle(&session, &route, request)
        .await
        .unwrap();
    let Content::Json(text) = answer.body else {
        panic!("{:?}", answer.body)
    };
    let told: Value = serde_json::from_str(&text).unwrap();
    for (field, expect) in [
        ("method", json!("PUT")),
        ("path", json!("/plugins/routes-all/echo/a b/c/d")),
        ("route", json!("/plugins/routes-all/echo/{first}/{*rest}")),
        ("params", json!([["first", "a b"], ["rest", "c/d"]])),
        ("query", json!([["q", "1"], ["q", "2"]])),
        ("headers", json!([["accept", "*/*"]])),
        ("body", json!("{\u{fc}}")),
        ("actor", json!("anna")),
        ("caller", json!(null)),
    ] {
        assert_eq!(told[field], expect, "{field}");
    }
}

#[tokio::test]
async fn a_route_that_never_ends_is_stopped_at_its_limit() {
    // Longer than the one that behaves takes on the busiest machine.
    let host = host(package().line("limits: { route: 3s }")).await;
    let session = host.session();
    let error = get(&host, &session, "endless").await.unwrap_err();
    assert_eq!(error.kind(), CallErrorKind::TimedOut, "{error}");
    host.expect_sibling().await;
    let answer = get(&host, &session, "content/text").await;
    assert!(answer.is_ok(), "the session goes on: {answer:?}");
}

#[tokio::test]
async fn a_client_that_is_gone_stops_its_call() {
    let package = package().line("limits: { instances: 1, route: 60s }");
    let host = host(package).await;
    let session = host.session();
    let gone = timeout(Duration::from_millis(300), get(&host, &session, "endless"));
    assert!(gone.await.is_err());
    drop(session);
    // The only instance is free again, long before the limit.
    let session = host.session_for(Duration::from_secs(20));
    let answer = get(&host, &session, "content/text");
    assert!(answer.await.is_ok());
}

#[tokio::test]
async fn routes_stand_after_a_restart_without_loading_anything() {
    let data = DataFolder::with(&[package()]);
    TestHost::on(&data).manager.register_all().await;
    let host = TestHost::with(&data, &HostSettings::default());
    host.manager.register_all().await;
    let found = host
        .manager
        .snapshot()
        .route("POST", "/plugins/routes-all/webhook");
    let RouteMatch::Found(route, _) = found else {
        panic!("{found:?}")
    };
    assert!(route.route.webhook);
    assert_eq!(host.state("routes-all"), goatkit_manager::State::Registered);
}
