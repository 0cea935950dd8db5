//! Whoever goes takes his call with him, and no call outlives its limit.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::site::{Site, get, reach_all};

const CALLS: (&str, &str) = ("call.html", "{% use reach_all %}{{ reach_all.hello() }}");
const LOOPS: (&str, &str) = ("loops.html", "{% use reach_all %}{{ reach_all.loops() }}");

/// Far less than any patience here.
const SHORT: Duration = Duration::from_millis(500);

#[tokio::test(flavor = "multi_thread")]
async fn a_call_ends_with_the_connection_that_waits_for_it() {
    // One instance, and a limit that is far longer than a page waits for a place.
    let limits = "limits: { instances: 1, route: 60s, call: 5s }";
    let site = Site::with(&[reach_all("").line(limits)], &[CALLS]).await;
    site.get("/call").await.expect(200, &["hello"]);
    let mut client = TcpStream::connect(site.served().await).await.unwrap();
    let request = b"GET /desk/endless HTTP/1.1\r\nhost: desk.example\r\n\r\n";
    client.write_all(request).await.unwrap();
    while site.lines("reach-all") != ["it begins"] {
        tokio::task::yield_now().await;
    }
    let held = timeout(SHORT, site.get("/call")).await;
    assert!(held.is_err(), "its one instance is taken");
    drop(client);
    // It gives up after ten seconds, and would come too late by fifty.
    site.get("/call").await.expect(200, &["hello"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_nobody_waits_for_gives_its_place_back() {
    let limits = "limits: { instances: 1, route: 60s, call: 5s }";
    let site = Site::with(&[reach_all("").line(limits)], &[CALLS]).await;
    for _ in 0..3 {
        let dropped = timeout(SHORT, site.get("/desk/endless")).await;
        assert!(dropped.is_err(), "it never ends");
    }
    site.get("/call").await.expect(200, &["hello"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_has_a_limit_of_its_own() {
    let limits = "limits: { route: 200ms, call: 10s }";
    let site = Site::with(&[reach_all("").line(limits)], &[CALLS]).await;
    let late = site.get("/desk/endless").await;
    late.expect(504, &["200ms", "reach-all", "endless"]);
    let program = get("/desk/endless").header("accept", "application/json");
    assert!(site.ask(program).await.expect(504, &[]).json()["error"].is_string());
    site.get("/call").await.expect(200, &["hello"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_functions_limit_is_not_a_routes() {
    // It registers within that as well, on the busiest machine.
    let limits = "limits: { route: 60s, call: 1s }";
    let site = Site::with(&[reach_all("").line(limits)], &[LOOPS]).await;
    // It computes for thrice as long as a function may.
    site.get("/desk/slow").await.expect(200, &["GET"]);
    site.get("/loops").await.expect(500, &["1s", "loops"]);
}
