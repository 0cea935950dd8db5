use std::time::Duration;

use super::super::Http;
use super::server::{Reply, Server};
use super::support::{House, call, code, get, scope};

async fn silent(begin: &'static str) -> (Server, House, Http, String) {
    let server = Server::start(move |_| Reply::Silent(begin.as_bytes().to_vec())).await;
    let (house, url) = (House::new(""), format!("http://127.0.0.1:{}/", server.port));
    let http = house.plugin("stats", &[&format!("GET {url}")]);
    (server, house, http, url)
}

const BEGINNINGS: [&str; 3] = [
    "",
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf",
];

#[tokio::test]
async fn a_call_that_is_dropped_closes_its_connection() {
    for begin in BEGINNINGS {
        let (mut server, _house, http, url) = silent(begin).await;
        let task = tokio::spawn(async move { http.send(&call(), get(&url)).await });
        while server.requests().is_empty() {
            tokio::task::yield_now().await;
        }
        assert!(server.closed.try_recv().is_err(), "it waits");
        task.abort();
        server.closed.recv().await.unwrap();
    }
}

#[tokio::test]
async fn a_deadline_closes_the_connection() {
    for begin in BEGINNINGS {
        let (mut server, _house, http, url) = silent(begin).await;
        // Enough to reach the server, on the busiest machine.
        let soon = scope(Duration::from_secs(1));
        assert_eq!(code(http.send(&soon, get(&url)).await), "timed-out");
        server.closed.recv().await.unwrap();
    }
}

#[tokio::test]
async fn all_that_were_sent_together_are_closed_together() {
    let (mut server, _house, http, url) = silent("").await;
    let requests = (0..5).map(|_| get(&url)).collect();
    let task = tokio::spawn(async move { http.send_many(&call(), requests).await });
    while server.requests().len() < 5 {
        tokio::task::yield_now().await;
    }
    task.abort();
    for _ in 0..5 {
        server.closed.recv().await.unwrap();
    }
}

#[tokio::test]
async fn a_fault_closes_the_connection() {
    let (mut server, _house, http, url) =
        silent("HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n").await;
    assert_eq!(code(http.send(&call(), get(&url)).await), "too-large");
    server.closed.recv().await.unwrap();
}
