use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::super::{Http, HttpClient, HttpOptions, Lookup, MAX_REQUESTS, Resolve};
use super::server::{Reply, Server, answer, ok};
use super::support::{House, call, code, get, post, scope, text};

/// Answers by what number of request it is.
async fn numbered(reply: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Server {
    let count = AtomicUsize::new(0);
    Server::start(move |_| reply(count.fetch_add(1, Ordering::SeqCst))).await
}

fn plugin(house: &House, server: &Server) -> (Http, String) {
    let url = format!("http://127.0.0.1:{}/", server.port);
    (house.plugin("stats", &[&format!("* {url}*")]), url)
}

#[tokio::test]
async fn a_connection_is_used_again_by_its_plugin_alone() {
    let server = Server::start(|_| ok("x")).await;
    let house = House::new("a.example=127.0.0.1 b.example=127.0.0.1");
    let (http, url) = plugin(&house, &server);
    for _ in 0..5 {
        http.send(&call(), get(&url)).await.unwrap();
    }
    assert_eq!(server.connections(), 1);
    let (again, _) = plugin(&house, &server);
    again.send(&call(), post(&url, b"x")).await.unwrap();
    assert_eq!(server.connections(), 1, "another handle of the same plugin");
    let other = house.plugin("other", &[&format!("* {url}*")]);
    other.send(&call(), get(&url)).await.unwrap();
    assert_eq!(server.connections(), 2, "another plugin");
    http.send(&call(), get(&url)).await.unwrap();
    assert_eq!(server.connections(), 2);
    let host = |host: &str| format!("http://{host}.example:{}/", server.port);
    let rules = [
        format!("* {} in 127.0.0.1", host("a")),
        format!("* {} in 127.0.0.1", host("b")),
    ];
    let named = house.plugin("stats", &[&rules[0], &rules[1]]);
    for (name, connections) in [("a", 3), ("a", 3), ("b", 4), ("a", 4)] {
        named.send(&call(), get(&host(name))).await.unwrap();
        assert_eq!(server.connections(), connections, "{name}");
    }
    house.names.set("a.example=127.0.0.2");
    let elsewhere = named.send(&call(), get(&host("a"))).await;
    assert_eq!(
        code(elsewhere),
        "denied",
        "a connection is no way around the check"
    );
    assert_eq!(server.connections(), 4);
}

#[tokio::test]
async fn what_the_server_closed_is_not_used_again() {
    for reply in [
        Reply::Close as fn(Vec<u8>) -> Reply,
        Reply::Keep as fn(Vec<u8>) -> Reply,
    ] {
        let close = answer("200 OK", "connection: close\r\n", b"x");
        let server = Server::start(move |_| reply(close.clone())).await;
        let house = House::new("");
        let (http, url) = plugin(&house, &server);
        for _ in 0..3 {
            assert_eq!(text(http.send(&call(), post(&url, b"x")).await), "x");
        }
        assert_eq!(server.connections(), 3);
    }
}

#[tokio::test]
async fn a_request_that_met_a_closed_connection_is_sent_again_if_it_may_be() {
    // The second request is read, and its connection closed without a word.
    let reply = |at: usize| {
        if at == 1 {
            Reply::Close(Vec::new())
        } else {
            ok("x")
        }
    };
    let server = numbered(reply).await;
    let house = House::new("");
    let (http, url) = plugin(&house, &server);
    http.send(&call(), get(&url)).await.unwrap();
    assert_eq!(text(http.send(&call(), get(&url)).await), "x");
    assert_eq!((server.requests().len(), server.connections()), (3, 2));

    let server = numbered(reply).await;
    let (http, url) = plugin(&house, &server);
    http.send(&call(), get(&url)).await.unwrap();
    assert_eq!(code(http.send(&call(), post(&url, b"x")).await), "closed");
    assert_eq!(
        (server.requests().len(), server.connections()),
        (2, 1),
        "never twice"
    );

    let server = numbered(|_| Reply::Close(Vec::new())).await;
    let (http, url) = plugin(&house, &server);
    assert_eq!(code(http.send(&call(), get(&url)).await), "closed");
    assert_eq!(
        server.requests().len(),
        1,
        "a fresh connection is not replaced"
    );

    let server = numbered(|at| {
        if at > 0 {
            Reply::Close(Vec::new())
        } else {
            ok("x")
        }
    })
    .await;
    let (http, url) = plugin(&house, &server);
    http.send(&call(), get(&url)).await.unwrap();
    assert_eq!(code(http.send(&call(), get(&url)).await), "closed");
    assert_eq!(server.requests().len(), 3, "once");
}

#[tokio::test]
async fn bytes_that_nobody_asked_for_end_a_connection() {
    let twice = [answer("200 OK", "", b"x"), answer("200 OK", "", b"forged")].concat();
    let server = Server::start(move |_| Reply::Keep(twice.clone())).await;
    let house = House::new("");
    let (http, url) = plugin(&house, &server);
    for _ in 0..3 {
        let answer = http.send(&call(), get(&url)).await;
        assert!(matches!(
            code(answer.clone()).as_str(),
            "ok" | "closed" | "protocol"
        ));
        assert!(answer.is_err() || text(answer) == "x");
    }
}

#[tokio::test]
async fn so_many_requests_are_on_their_way_and_more_wait() {
    let server = Server::start(|_| Reply::Silent(Vec::new())).await;
    let house = House::new("");
    let (http, url) = plugin(&house, &server);
    let mut tasks = JoinSet::new();
    for _ in 0..MAX_REQUESTS {
        let (http, url) = (http.clone(), url.clone());
        tasks.spawn(async move { http.send(&call(), get(&url)).await });
    }
    while server.requests().len() < MAX_REQUESTS {
        tokio::task::yield_now().await;
    }
    let late = http
        .send(&scope(Duration::from_millis(150)), get(&url))
        .await;
    assert_eq!(code(late), "timed-out");
    assert_eq!(server.connections(), MAX_REQUESTS);
    // Another plugin has its own places.
    let other = house.plugin("other", &[&format!("GET {url}")]);
    let asked = url.clone();
    tasks.spawn(async move { other.send(&call(), get(&asked)).await });
    while server.connections() == MAX_REQUESTS {
        tokio::task::yield_now().await;
    }
    tasks.shutdown().await;
    // Places are given back.
    tasks.spawn(async move { http.send(&call(), get(&url)).await });
    while server.connections() == MAX_REQUESTS + 1 {
        tokio::task::yield_now().await;
    }
    assert_eq!(server.connections(), MAX_REQUESTS + 2);
}

/// Never answers, until it is told to.
#[derive(Default)]
struct Stuck {
    asked: AtomicUsize,
    go: Notify,
}

impl Resolve for Stuck {
    fn resolve<'a>(&'a self, _: &'a str) -> Lookup<'a> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        Box::pin(async {
            self.go.notified().await;
            Ok(vec!["127.0.0.1".parse().unwrap()])
        })
    }
}

#[tokio::test]
async fn look_ups_that_hang_keep_their_places_and_no_call() {
    let server = Server::start(|_| ok("x")).await;
    let stuck = Arc::new(Stuck::default());
    let resolver = Arc::clone(&stuck) as Arc<dyn Resolve>;
    let mut house = House::new("");
    house.client = HttpClient::new(HttpOptions {
        resolver,
        ..HttpOptions::default()
    })
    .unwrap();
    let url = format!("http://slow.example:{}/", server.port);
    let http = house.plugin("stats", &[&format!("GET {url} in 127.0.0.1")]);
    let mut tasks = JoinSet::new();
    for _ in 0..10 {
        let (http, url) = (http.clone(), url.clone());
        tasks.spawn(async move {
            http.send(&scope(Duration::from_millis(150)), get(&url))
                .await
        });
    }
    for answer in tasks.join_all().await {
        assert_eq!(code(answer), "timed-out");
    }
    assert_eq!(stuck.asked.load(Ordering::SeqCst), 4);
    let more = http
        .send(&scope(Duration::from_millis(150)), get(&url))
        .await;
    assert_eq!(code(more), "timed-out");
    assert_eq!(
        stuck.asked.load(Ordering::SeqCst),
        4,
        "what nobody waits for still counts"
    );
    stuck.go.notify_waiters();
    stuck.go.notify_one();
    assert_eq!(text(http.send(&call(), get(&url)).await), "x");
    assert_eq!(stuck.asked.load(Ordering::SeqCst), 5);
}
