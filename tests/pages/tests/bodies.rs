//! How large the body of a request may be, and how long it may take.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Request;
use hyper::body::{Body, Frame};
use tower::ServiceExt;

use crate::routes::package;
use crate::site::{Site, ask, get};

const ECHO: &str = "/plugins/routes-all/echo";
const MOST: usize = 8 << 20;

/// A body that does not say how large it is: so many chunks of 1 MiB, and then its end, or nothing
/// any more.
struct Chunks {
    left: usize,
    ends: bool,
}

impl Body for Chunks {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.left > 0 {
            self.left -= 1;
            let chunk = Bytes::from(vec![b'a'; 1 << 20]);
            return Poll::Ready(Some(Ok(Frame::data(chunk))));
        }
        match self.ends {
            true => Poll::Ready(None),
            false => Poll::Pending,
        }
    }
}

async fn put(site: &Site, body: Chunks) -> u16 {
    let request = Request::builder().method("PUT").uri(ECHO);
    let request = request.header("host", "desk.example").body(body).unwrap();
    let answer = site.host.router().oneshot(request).await.unwrap();
    answer.status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_has_at_most_8_mib() {
    let site = Site::with(&[package().line("limits: { memory: 128MiB }")], &[]).await;
    for (bytes, status) in [
        (0, 200),
        (1, 200),
        (MOST, 200),
        (MOST + 1, 413),
        (2 * MOST, 413),
    ] {
        let request = ask("PUT", ECHO).body(vec![b'a'; bytes]);
        let answer = site.ask(request.clone()).await;
        answer.expect(status, &[]);
        if status == 200 {
            assert_eq!(answer.json()["bytes"], bytes);
            continue;
        }
        answer.expect(413, &["its body has more than 8388608 bytes"]);
        let program = request.header("accept", "application/json");
        assert!(site.ask(program).await.json()["error"].is_string());
    }
    // One that does not say how large it is ends at the same size.
    for (left, status) in [(8, 200), (9, 413)] {
        assert_eq!(
            put(&site, Chunks { left, ends: true }).await,
            status,
            "{left}"
        );
    }
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let site = Site::with(&[package()], &[]).await;
    // Everything is made ready before the clock stands still: it moves on when nothing else does.
    site.ask(get(ECHO)).await.expect(200, &[]);
    tokio::time::pause();
    assert_eq!(
        put(
            &site,
            Chunks {
                left: 1,
                ends: false
            }
        )
        .await,
        408
    );
}
