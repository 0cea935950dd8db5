use std::time::Duration;

use super::super::budget::{Budget, Held, MAX_RESPONSE_BYTES};
use super::super::decode::{Coding, unpacked};
use super::super::{Request, Response};
use super::sending::packed;
use super::server::{Reply, Server, answer, ok};
use super::support::{House, call, code, get, scope, text};
use crate::{Fault, Scope};

async fn answered(
    scope: &Scope,
    reply: impl Fn() -> Reply + Send + Sync + 'static,
) -> Result<Response, Fault> {
    let server = Server::start(move |_| reply()).await;
    let (house, url) = (House::new(""), format!("http://127.0.0.1:{}/", server.port));
    let http = house.plugin("stats", &[&format!("GET {url}")]);
    http.send(scope, get(&url)).await
}

async fn close(bytes: &str) -> String {
    let bytes = bytes.as_bytes().to_vec();
    code(answered(&call(), move || Reply::Close(bytes.clone())).await)
}

#[tokio::test]
async fn what_is_no_answer_is_a_fault_and_what_is_one_comes_through() {
    for (expect, bytes) in [
        ("ok", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"),
        ("ok", "HTTP/1.0 200 OK\r\n\r\nuntil the end"),
        (
            "ok",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        ),
        (
            "ok",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 None\r\n\r\n",
        ),
        ("ok", "HTTP/1.1 599 Odd\r\ncontent-length: 0\r\n\r\n"),
        ("closed", ""),
        ("closed", "HTTP/1.1 200 OK\r\n"),
        ("closed", "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok"),
        (
            "closed",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n",
        ),
        (
            "protocol",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n",
        ),
        (
            "protocol",
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok",
        ),
        (
            "protocol",
            "HTTP/1.1 200 OK\r\ncontent-length: -2\r\n\r\nok",
        ),
        ("protocol", "HTTP/1.1 200 OK\r\na b: c\r\n\r\n"),
        ("protocol", "HTTP/1.1 200 OK\r\n folded: c\r\n\r\n"),
        ("protocol", "HTTP/1.1 2OO OK\r\n\r\n"),
        (
            "protocol",
            "HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
        ),
        ("protocol", "HTTP/3.0 200 OK\r\n\r\n"),
        ("protocol", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        ("protocol", "220 mail.example ESMTP\r\n"),
        (
            "protocol",
            "\0\0\u{12}\u{4}\0\0\0\0\0\0\u{3}\0\0\0\u{7f}\0\u{4}\0\0\0\0",
        ),
        ("protocol", "<html>0.9</html>"),
    ] {
        assert_eq!(close(bytes).await, expect, "{bytes:?}");
    }
}

#[tokio::test]
async fn heads_are_bounded() {
    let fits = "x: y\r\n".repeat(90);
    assert_eq!(
        close(&format!(
            "HTTP/1.1 200 OK\r\n{fits}content-length: 0\r\n\r\n"
        ))
        .await,
        "ok"
    );
    let many = "x: y\r\n".repeat(200);
    assert_eq!(
        close(&format!("HTTP/1.1 200 OK\r\n{many}\r\n")).await,
        "too-large"
    );
    let long = "y".repeat(70 << 10);
    assert_eq!(
        close(&format!("HTTP/1.1 200 OK\r\nx: {long}\r\n\r\n")).await,
        "too-large"
    );
    let endless = || Reply::Endless(b"HTTP/1.1 200 OK\r\nx: ".to_vec(), vec![b'y'; 4096]);
    assert_eq!(code(answered(&call(), endless).await), "too-large");
    let trailing =
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\nx: {long}\r\n\r\n");
    assert_eq!(close(&trailing).await, "protocol");
    let extended =
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2;{long}\r\nok\r\n0\r\n\r\n");
    assert_eq!(close(&extended).await, "protocol");
}

#[tokio::test]
async fn endless_answers_end() {
    let body = vec![b'x'; 64 << 10];
    let open = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    let part = body.clone();
    let endless = answered(&call(), move || Reply::Endless(open.clone(), part.clone())).await;
    assert_eq!(code(endless), "too-large");
    let pieces = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    let piece = [b"10000\r\n".as_slice(), &body, b"\r\n"].concat();
    let endless = answered(&call(), move || {
        Reply::Endless(pieces.clone(), piece.clone())
    })
    .await;
    assert_eq!(code(endless), "too-large");
    let soon = scope(Duration::from_millis(300));
    let never = || Reply::Endless(Vec::new(), b"HTTP/1.1 100 Continue\r\n\r\n".to_vec());
    assert_eq!(code(answered(&soon, never).await), "timed-out");
    let told = b"HTTP/1.1 200 OK\r\ncontent-length: 8388609\r\n\r\n".to_vec();
    let told = answered(&call(), move || Reply::Silent(told.clone())).await;
    assert_eq!(code(told), "too-large", "before it comes");
    let most = vec![b'x'; MAX_RESPONSE_BYTES];
    let most = answered(&call(), move || Reply::Close(answer("200 OK", "", &most))).await;
    assert_eq!(most.unwrap().body.len(), MAX_RESPONSE_BYTES);
}

#[tokio::test]
async fn silent_servers_are_left_at_the_deadline_or_the_requests_own_time() {
    for begin in [
        "",
        "HTTP/1.1 200",
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\no",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n",
        "HTTP/1.1 200 OK\r\n\r\nuntil the end",
    ] {
        let soon = scope(Duration::from_millis(150));
        let silent = move || Reply::Silent(begin.as_bytes().to_vec());
        assert_eq!(code(answered(&soon, silent).await), "timed-out", "{begin}");
        let server = Server::start(move |_| silent()).await;
        let (house, url) = (House::new(""), format!("http://127.0.0.1:{}/", server.port));
        let http = house.plugin("stats", &[&format!("GET {url}")]);
        let mut request: Request = get(&url);
        request.timeout(Duration::from_millis(150)).unwrap();
        assert_eq!(
            code(http.send(&call(), request).await),
            "timed-out",
            "{begin}"
        );
    }
}

#[tokio::test]
async fn bombs_do_not_go_off() {
    let zeros = vec![0; 3 * MAX_RESPONSE_BYTES];
    for coding in ["gzip", "br", "deflate"] {
        let bomb = packed(coding, &zeros).await;
        assert!(bomb.len() < 100_000, "{coding}");
        let head = format!("content-encoding: {coding}\r\n");
        let bomb = answered(&call(), move || Reply::Keep(answer("200 OK", &head, &bomb))).await;
        assert_eq!(code(bomb), "too-large", "{coding}");
        let fits = packed(coding, &zeros[..MAX_RESPONSE_BYTES]).await;
        let head = format!("content-encoding: {coding}\r\n");
        let fits = answered(&call(), move || Reply::Keep(answer("200 OK", &head, &fits))).await;
        assert_eq!(fits.unwrap().body.len(), MAX_RESPONSE_BYTES, "{coding}");
    }
}

#[test]
fn what_a_bomb_takes_is_bounded() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let bomb = runtime.block_on(packed("gzip", &vec![0; 16 * MAX_RESPONSE_BYTES]));
    let mut held = Held::none([Budget::of_call(), Budget::of_plugin()]);
    let mut found = Ok(Vec::new());
    let counted = allocation_counter::measure(|| {
        found = runtime.block_on(unpacked(Coding::Gzip, &bomb, &mut held));
    });
    assert_eq!(code(found), "too-large");
    let most = u64::try_from(4 * MAX_RESPONSE_BYTES).unwrap();
    assert!(counted.bytes_max < most, "{counted:?}");
}

#[tokio::test]
async fn what_is_packed_badly_is_a_fault() {
    let good = packed("gzip", b"some text that is long enough to be cut off").await;
    let cut = good[..good.len() - 4].to_vec();
    let mut changed = good.clone();
    let last = changed.len() - 6;
    changed[last] ^= 1;
    for (expect, bytes) in [
        ("ok", good.clone()),
        ("ok", [good.clone(), good.clone()].concat()),
        ("decompress", cut),
        ("decompress", changed),
        ("decompress", b"no gzip at all".to_vec()),
        ("decompress", [good, b"rest".to_vec()].concat()),
    ] {
        let head = "content-encoding: gzip\r\n";
        let found = answered(&call(), move || Reply::Keep(answer("200 OK", head, &bytes))).await;
        assert_eq!(code(found), expect);
    }
}

#[tokio::test]
async fn nobody_listens_and_somebody_does() {
    let server = Server::start(|_| ok("x")).await;
    let (house, url) = (House::new(""), format!("http://127.0.0.1:{}/", server.port));
    let http = house.plugin("stats", &[&format!("GET {url}")]);
    assert_eq!(text(http.send(&call(), get(&url)).await), "x");
    server.stop().await;
    let told = http.send(&call(), get(&url)).await.unwrap_err().to_string();
    assert!(
        told.starts_with("cannot connect to 127.0.0.1:") && told.ends_with("(connect)"),
        "{told}"
    );
}

#[tokio::test]
async fn the_next_address_is_tried() {
    let server = Server::start(|_| ok("x")).await;
    let (house, port) = (House::new("two.example=127.0.0.9,127.0.0.1"), server.port);
    let http = house.plugin(
        "stats",
        &[&format!("GET http://two.example:{port}/ in 127.0.0.0/8")],
    );
    assert_eq!(
        text(
            http.send(&call(), get(&format!("http://two.example:{port}/")))
                .await
        ),
        "x"
    );
}
