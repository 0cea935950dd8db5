use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Frame};
use tokio::sync::mpsc;

use super::super::body::whole;
use super::super::{
    BodyError, Http, IncomingBody, MAX_BODY_BYTES, MAX_REQUESTS, MAX_STREAMED_BYTES, Outgoing,
    OutgoingBody,
};
use super::server::{Reply, Server, answer, ok};
use super::support::{House, call, code, scope};
use crate::{Fault, Scope};

fn outgoing(method: &str, server: &Server, body: OutgoingBody) -> Outgoing {
    Outgoing {
        method: method.to_owned(),
        scheme: Some("http".to_owned()),
        authority: format!("127.0.0.1:{}", server.port),
        path_with_query: "/x?y".to_owned(),
        headers: Vec::new(),
        body,
        connect_timeout: None,
        first_byte_timeout: None,
        between_bytes_timeout: None,
    }
}

/// A body that comes when a test sends it.
struct Pieces(mpsc::UnboundedReceiver<Result<Bytes, BodyError>>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let piece = self.0.poll_recv(cx);
        piece.map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}

fn bytes(size: usize) -> OutgoingBody {
    let body = Full::new(Bytes::from(vec![b'x'; size]));
    body.map_err(|never| match never {}).boxed_unsync()
}

fn plugin(server: &Server) -> (House, Http) {
    let house = House::new("");
    let http = house.plugin("stats", &[&format!("* http://127.0.0.1:{}/*", server.port)]);
    (house, http)
}

async fn read(body: IncomingBody) -> Result<Bytes, Fault> {
    Ok(body.collect().await?.to_bytes())
}

#[tokio::test]
async fn bodies_are_passed_on_as_they_come() {
    let packed = answer(
        "200 OK",
        "content-encoding: gzip\r\nlocation: /z\r\n",
        b"not unpacked",
    );
    let server = Server::start(move |_| Reply::Keep(packed.clone())).await;
    let (_house, http) = plugin(&server);
    let (pieces, body) = mpsc::unbounded_channel();
    let request = outgoing("POST", &server, Pieces(body).boxed_unsync());
    let opening = tokio::spawn(async move { http.open(&call(), request).await });
    for piece in ["one ", "two ", "three"] {
        pieces.send(Ok(Bytes::from(piece))).unwrap();
    }
    drop(pieces);
    let answer = opening.await.unwrap().unwrap();
    assert_eq!(answer.headers()["content-encoding"], "gzip");
    assert_eq!(answer.body().size_hint().exact(), Some(12));
    assert_eq!(read(answer.into_body()).await.unwrap(), "not unpacked");
    let [sent] = server.requests().try_into().unwrap();
    assert!(
        sent.starts_with("POST /x?y HTTP/1.1\r\nhost: 127.0.0.1:"),
        "{sent}"
    );
    assert!(sent.contains("transfer-encoding: chunked"), "{sent}");
    assert!(
        sent.ends_with("4\r\none \r\n4\r\ntwo \r\n5\r\nthree\r\n0\r\n\r\n"),
        "{sent}"
    );
    assert!(!sent.contains("accept-encoding"), "{sent}");
}

#[tokio::test]
async fn a_redirect_is_handed_over() {
    let found = answer("302 Found", "location: http://127.0.0.1:1/\r\n", b"");
    let server = Server::start(move |_| Reply::Keep(found.clone())).await;
    let (_house, http) = plugin(&server);
    let answer = http
        .open(&call(), outgoing("GET", &server, whole(None)))
        .await
        .unwrap();
    assert_eq!(answer.status(), 302);
}

#[tokio::test]
async fn a_body_is_as_long_as_it_says_and_may_be() {
    let server = Server::start(|_| ok("x")).await;
    let (_house, http) = plugin(&server);
    for (told, size, expect) in [
        (Some("5"), 5, "ok"),
        (None, 5, "ok"),
        (None, MAX_BODY_BYTES, "ok"),
        (Some("4"), 5, "invalid"),
        (Some("6"), 5, "invalid"),
        (None, MAX_BODY_BYTES + 1, "too-large"),
        (Some("8388609"), 5, "too-large"),
    ] {
        let mut request = outgoing("PUT", &server, bytes(size));
        let length = |it: &str| ("Content-Length".to_owned(), it.as_bytes().to_vec());
        request.headers.extend(told.map(length));
        let before = server.requests().len();
        let found = code(http.open(&call(), request).await.map(drop));
        assert_eq!(found, expect, "{told:?} {size}");
        let whole = server.requests().len() - before;
        assert_eq!(whole, usize::from(expect == "ok"), "{told:?} {size}");
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_breaks_the_request_off() {
    let mut server = Server::start(|_| ok("x")).await;
    let (_house, http) = plugin(&server);
    let (pieces, body) = mpsc::unbounded_channel();
    let request = outgoing("POST", &server, Pieces(body).boxed_unsync());
    let opening = tokio::spawn(async move { http.open(&call(), request).await });
    pieces.send(Ok(Bytes::from("half"))).unwrap();
    pieces.send(Err("the guest is gone".into())).unwrap();
    assert_eq!(code(opening.await.unwrap().map(drop)), "closed");
    server.closed.recv().await.unwrap();
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn an_answer_is_bounded_in_all() {
    let head = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    let part = vec![b'x'; 256 << 10];
    let mut server = Server::start(move |_| Reply::Endless(head.clone(), part.clone())).await;
    let (_house, http) = plugin(&server);
    let answer = http
        .open(&call(), outgoing("GET", &server, whole(None)))
        .await
        .unwrap();
    let (mut body, mut total) = (answer.into_body(), 0);
    let fault = loop {
        match body.frame().await.unwrap() {
            Ok(frame) => total += frame.into_data().unwrap().len() as u64,
            Err(fault) => break fault,
        }
    };
    assert_eq!(code::<()>(Err(fault)), "too-large");
    assert!(total <= MAX_STREAMED_BYTES && total > MAX_STREAMED_BYTES / 2);
    server.closed.recv().await.unwrap();
}

/// Reads an answer that does not come to its end, in a call that lasts so long once there is a
/// server.
async fn late(
    time: Duration,
    begin: &'static str,
    set: impl Fn(&mut Outgoing),
) -> Result<Bytes, Fault> {
    let mut server = Server::start(move |_| Reply::Silent(begin.as_bytes().to_vec())).await;
    let (_house, http) = plugin(&server);
    let mut request = outgoing("GET", &server, whole(None));
    set(&mut request);
    let read = match http.open(&scope(time), request).await {
        Ok(answer) => read(answer.into_body()).await,
        Err(fault) => Err(fault),
    };
    server.closed.recv().await.unwrap();
    read
}

#[tokio::test]
async fn each_time_ends_what_it_is_for() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf";
    // Enough to reach a server, on the busiest machine.
    let (soon, short) = (Duration::from_secs(1), Some(Duration::from_millis(100)));
    assert_eq!(code(late(soon, "", |_| {}).await), "timed-out");
    assert_eq!(
        code(late(soon, head, |_| {}).await),
        "timed-out",
        "the body as well"
    );
    let long = Duration::from_secs(30);
    let first = late(long, "", |it| it.first_byte_timeout = short).await;
    assert_eq!(code(first), "timed-out");
    let between = late(long, head, |it| it.between_bytes_timeout = short).await;
    assert_eq!(code(between), "timed-out");
    // Time for what is not waited for takes nothing away.
    let server = Server::start(|_| ok("x")).await;
    let (_house, http) = plugin(&server);
    let mut request = outgoing("GET", &server, whole(None));
    request.connect_timeout = Some(Duration::from_secs(20));
    request.first_byte_timeout = Some(Duration::from_secs(20));
    request.between_bytes_timeout = Some(Duration::from_secs(20));
    let answer = http.open(&call(), request).await.unwrap();
    assert_eq!(read(answer.into_body()).await.unwrap(), "x");
}

#[tokio::test]
async fn nothing_is_opened_without_a_call_or_without_time() {
    let server = Server::start(|_| ok("x")).await;
    let (_house, http) = plugin(&server);
    for (scope, expect) in [
        (Scope::Registering, "unavailable"),
        (scope(Duration::ZERO), "timed-out"),
    ] {
        let answer = http
            .open(&scope, outgoing("GET", &server, whole(None)))
            .await;
        assert_eq!(code(answer.map(drop)), expect);
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_body_that_is_dropped_closes_its_connection_and_one_that_is_read_keeps_it() {
    let mut server = Server::start(|_| ok("answer")).await;
    let (house, http) = plugin(&server);
    let open = async || {
        http.open(&call(), outgoing("GET", &server, whole(None)))
            .await
            .unwrap()
    };
    for _ in 0..3 {
        assert_eq!(read(open().await.into_body()).await.unwrap(), "answer");
        // The connection is given back by a task of its own.
        while house.client.pool.is_empty() {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(server.connections(), 1);
    drop(open().await);
    assert_eq!(server.connections(), 1);
    server.closed.recv().await.unwrap();
}

#[tokio::test]
async fn answers_that_are_held_open_keep_their_places() {
    let begin = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf";
    let server = Server::start(|_| Reply::Silent(begin.to_vec())).await;
    let (_house, http) = plugin(&server);
    let mut held = Vec::new();
    for _ in 0..MAX_REQUESTS {
        let request = outgoing("GET", &server, whole(None));
        held.push(http.open(&call(), request).await.unwrap());
    }
    let soon = scope(Duration::from_millis(150));
    let more = http
        .open(&soon, outgoing("GET", &server, whole(None)))
        .await;
    assert_eq!(code(more.map(drop)), "timed-out");
    assert_eq!(server.connections(), MAX_REQUESTS);
    held.pop();
    http.open(&call(), outgoing("GET", &server, whole(None)))
        .await
        .unwrap();
}
