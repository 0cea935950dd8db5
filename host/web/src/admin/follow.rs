//! What is followed: an answer without an end, one JSON object a line (`application/x-ndjson`),
//! first what was kept, then each thing as it comes.
//!
//! `life` has the two routes that may be followed. Whoever is told never waits for who follows:
//! that the log and the happenings see to.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use goatkit_capability::log::{Following, LogRecord};
use goatkit_manager::{Happening, Listening};
use serde::Serialize;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use super::answer::{Refusal, refusal};

/// How many follow at the same time in this process: each holds a connection for as long as he
/// likes.
const MOST: usize = 64;

static PLACES: Semaphore = Semaphore::const_new(MOST);

/// How often who follows is asked about again: whoever lost his token or signed out hears no
/// more by then.
const AGAIN: Duration = Duration::from_secs(30);

/// Whether whoever follows may still. What has no door before it may always.
#[derive(Clone)]
pub(super) struct StillMay(pub(super) Arc<dyn Fn() -> bool + Send + Sync>);

impl<S: Send + Sync> FromRequestParts<S> for StillMay {
    type Rejection = Infallible;

    async fn from_request_parts(request: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let put = request.extensions.get::<Self>().cloned();
        Ok(put.unwrap_or_else(|| Self(Arc::new(|| true))))
    }
}

/// What can be followed.
pub(super) trait Followed: Send + 'static {
    /// One thing of it.
    type Item: Serialize + Send + 'static;

    /// What comes next; nothing when nothing will.
    fn next(&mut self) -> impl Future<Output = Option<Vec<Self::Item>>> + Send;
}

impl Followed for Following {
    type Item = LogRecord;

    async fn next(&mut self) -> Option<Vec<LogRecord>> {
        Some(Following::next(self).await)
    }
}

impl Followed for Listening {
    type Item = Happening;

    async fn next(&mut self) -> Option<Vec<Happening>> {
        Some(vec![Listening::next(self).await?])
    }
}

/// Ends when the host begins to stop: who follows would else keep his connection for ever.
type Stopping = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Somebody who follows.
struct Follower<F> {
    followed: F,
    stopping: Stopping,
    may: StillMay,
    again: Interval,
    _place: SemaphorePermit<'static>,
}

/// An answer that begins with `first` and goes on with what is followed, until the host stops.
pub(super) fn follow<F: Followed>(
    first: Vec<F::Item>,
    followed: F,
    stopping: impl Future<Output = ()> + Send + 'static,
    may: StillMay,
) -> Result<Response, Refusal> {
    let Ok(place) = PLACES.try_acquire() else {
        let text = format!("{MOST} follow already: ask again without `follow`, or later");
        return Err(refusal(StatusCode::SERVICE_UNAVAILABLE, text));
    };
    let mut again = interval_at(Instant::now() + AGAIN, AGAIN);
    again.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let follower = Follower {
        followed,
        stopping: Box::pin(stopping),
        may,
        again,
        _place: place,
    };
    let begun = lines(&first);
    let stream = unfold((Some(begun), follower), |(begun, mut follower)| async {
        let text = match begun {
            // Also where it is empty: who follows then knows that he does.
            Some(begun) => begun,
            None => follower.next().await?,
        };
        Some((Ok::<_, Infallible>(text), (None, follower)))
    });
    let kind = [(CONTENT_TYPE, "application/x-ndjson")];
    Ok((kind, Body::from_stream(stream)).into_response())
}

impl<F: Followed> Follower<F> {
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            tokio::select! {
                next = self.followed.next() => return Some(lines(&next?)),
                () = &mut self.stopping => return None,
                _ = self.again.tick() => if !(self.may.0)() {
                    return None;
                },
            }
        }
    }
}

/// One object a line. What is no JSON is left out, and there is none that is not.
fn lines<T: Serialize>(items: &[T]) -> Bytes {
    let mut text = Vec::new();
    for item in items {
        if let Ok(line) = serde_json::to_vec(item) {
            text.extend(line);
            text.push(b'\n');
        }
    }
    text.into()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use futures_util::StreamExt;
    use serde_json::{Value, json};
    use tokio::sync::mpsc;

    use super::*;

    /// What a test tells.
    struct Told(mpsc::UnboundedReceiver<Value>);

    impl Followed for Told {
        type Item = Value;

        async fn next(&mut self) -> Option<Vec<Value>> {
            Some(vec![self.0.recv().await?])
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_kept_comes_first_then_what_comes_until_he_may_no_longer() {
        let (tell, told) = mpsc::unbounded_channel();
        let may = Arc::new(AtomicBool::new(true));
        let still = Arc::clone(&may);
        let still = StillMay(Arc::new(move || still.load(Ordering::Relaxed)));
        let first = vec![json!({ "a": 1 }), json!(2)];
        let answer = follow(first, Told(told), std::future::pending(), still);
        let Ok(answer) = answer else {
            panic!("it is refused");
        };
        assert_eq!(answer.headers()[CONTENT_TYPE], "application/x-ndjson");
        let mut body = answer.into_body().into_data_stream();
        let mut next = async || body.next().await.map(|it| it.unwrap());
        assert_eq!(next().await.unwrap(), "{\"a\":1}\n2\n");
        tell.send(json!("x\ny")).unwrap();
        assert_eq!(next().await.unwrap(), "\"x\\ny\"\n");
        may.store(false, Ordering::Relaxed);
        // The paused clock goes on by itself while nothing else does.
        assert_eq!(next().await, None);
    }

    #[tokio::test]
    async fn it_ends_when_the_host_stops() {
        let (_tell, told) = mpsc::unbounded_channel();
        let still = StillMay(Arc::new(|| true));
        let Ok(answer) = follow(Vec::new(), Told(told), std::future::ready(()), still) else {
            panic!("it is refused");
        };
        let mut body = answer.into_body().into_data_stream();
        assert_eq!(body.next().await.unwrap().unwrap(), "");
        assert!(body.next().await.is_none());
    }
}
