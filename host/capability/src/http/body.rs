//! Bodies on their way: an answer that is read whole, an answer that is handed on piece by
//! piece, and a guest's body that is sent piece by piece.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use ::http::header::{self, HeaderMap};
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Sleep;

use super::Http;
use super::budget::{Held, MAX_RESPONSE_BYTES, too_large};
use super::exchange::Carrier;
use super::link::{BodyError, OutgoingBody, fault};
use super::request::{MAX_BODY_BYTES, body_too_large};
use crate::Fault;

/// Bytes of an answer that is handed on piece by piece: the host holds none of it, and the
/// guest takes it at its own pace.
pub const MAX_STREAMED_BYTES: u64 = 64 * 1024 * 1024;

/// Reads an answer's body to its end.
///
/// # Errors
/// [`Fault::TooLarge`], before it is read if its length is told; [`Fault::Failed`] with
/// `closed` or `protocol`.
pub(super) async fn read(
    body: &mut Incoming,
    headers: &HeaderMap,
    held: &mut Held,
) -> Result<Vec<u8>, Fault> {
    let told = headers.get(header::CONTENT_LENGTH);
    let told = told.and_then(|told| told.to_str().ok()?.parse::<usize>().ok());
    // An answer to HEAD tells a length and has no body.
    if !body.is_end_stream() && told.is_some_and(|told| told > MAX_RESPONSE_BYTES) {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| fault(&error))?;
        if let Ok(data) = frame.into_data() {
            held.grow(data.len())?;
            bytes.extend_from_slice(&data);
        }
    }
    Ok(bytes)
}

/// An answer's body, as it comes. It ends in a fault at the deadline, at
/// [`MAX_STREAMED_BYTES`], and when the server is silent for too long. Dropping it closes the
/// connection, unless it was read to its end.
pub struct IncomingBody {
    body: Incoming,
    carrier: Option<Carrier>,
    left: u64,
    deadline: Pin<Box<Sleep>>,
    silence: Option<(Duration, Pin<Box<Sleep>>)>,
    http: Http,
    /// Its place among the plugin's requests.
    place: Option<OwnedSemaphorePermit>,
}

impl IncomingBody {
    pub(super) fn new(
        http: Http,
        (body, carrier): (Incoming, Carrier),
        place: OwnedSemaphorePermit,
        deadline: Instant,
        silence: Option<Duration>,
    ) -> Self {
        let sleep = |most| (most, Box::pin(tokio::time::sleep(most)));
        let mut body = Self {
            body,
            carrier: Some(carrier),
            left: MAX_STREAMED_BYTES,
            deadline: Box::pin(tokio::time::sleep_until(deadline.into())),
            silence: silence.map(sleep),
            http,
            place: Some(place),
        };
        if body.body.is_end_stream() {
            body.end();
        }
        body
    }

    /// The connection is free for another request.
    fn end(&mut self) {
        self.place = None;
        if let Some(carrier) = self.carrier.take() {
            let http = self.http.clone();
            let runtime = http.client.runtime();
            runtime.spawn(async move { http.keep(carrier).await });
        }
    }

    /// The connection is of no use any more.
    fn fail(&mut self, fault: Fault) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        self.carrier = None;
        self.place = None;
        Poll::Ready(Some(Err(fault)))
    }

    fn is_late(&mut self, cx: &mut Context<'_>) -> bool {
        let silence = self.silence.as_mut();
        silence.is_some_and(|(_, sleep)| sleep.as_mut().poll(cx).is_ready())
            || self.deadline.as_mut().poll(cx).is_ready()
    }
}

impl Body for IncomingBody {
    type Data = Bytes;
    type Error = Fault;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        let this = &mut *self;
        // Before the body: one that always has more to say would never be late.
        if this.carrier.is_some() && this.is_late(cx) {
            return this.fail(Fault::TimedOut);
        }
        let Some(frame) = ready!(Pin::new(&mut this.body).poll_frame(cx)) else {
            this.end();
            return Poll::Ready(None);
        };
        let frame = match frame {
            Ok(frame) => frame,
            Err(error) => return this.fail(fault(&error)),
        };
        let bytes = frame.data_ref().map_or(0, Bytes::len) as u64;
        let Some(left) = this.left.checked_sub(bytes) else {
            let most = MAX_STREAMED_BYTES >> 20;
            let text = format!("the answer's body has more than {most} MiB");
            return this.fail(Fault::TooLarge(text));
        };
        this.left = left;
        if let Some((most, sleep)) = &mut this.silence {
            sleep.as_mut().reset(tokio::time::Instant::now() + *most);
        }
        if this.body.is_end_stream() {
            this.end();
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A guest's body on its way to the wire: no longer than bodies may be, exactly as long as its
/// header said, and without the headers that may follow a body.
pub(super) struct Bounded {
    body: OutgoingBody,
    sent: u64,
    told: Option<u64>,
}

impl Bounded {
    /// # Errors
    /// [`Fault::TooLarge`] for a length beyond [`MAX_BODY_BYTES`].
    pub(super) fn new(body: OutgoingBody, told: Option<u64>) -> Result<Self, Fault> {
        if told.is_some_and(|told| told > MAX_BODY_BYTES as u64) {
            return Err(body_too_large());
        }
        Ok(Self {
            body,
            sent: 0,
            told,
        })
    }

    fn took(&mut self, data: &Bytes) -> Result<(), Fault> {
        self.sent = self.sent.saturating_add(data.len() as u64);
        if self.sent > MAX_BODY_BYTES as u64 {
            return Err(body_too_large());
        }
        match self.told {
            Some(told) if self.sent > told => Err(other_length(told)),
            _ => Ok(()),
        }
    }
}

fn other_length(told: u64) -> Fault {
    Fault::Invalid(format!(
        "the body is not {told} bytes long, as its header `content-length` says"
    ))
}

impl Body for Bounded {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        loop {
            let Some(frame) = ready!(Pin::new(&mut this.body).poll_frame(cx)) else {
                return Poll::Ready(match this.told {
                    Some(told) if told != this.sent => Some(Err(other_length(told).into())),
                    _ => None,
                });
            };
            if let Ok(data) = frame?.into_data() {
                this.took(&data)?;
                return Poll::Ready(Some(Ok(Frame::data(data))));
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.told.is_none_or(|told| told == self.sent) && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        match self.told {
            Some(told) => SizeHint::with_exact(told.saturating_sub(self.sent)),
            None => self.body.size_hint(),
        }
    }
}

/// A body that is held whole; none is no body.
pub(super) fn whole(body: Option<&Bytes>) -> OutgoingBody {
    let body = body.cloned().unwrap_or_default();
    let body = http_body_util::Full::new(body);
    body.map_err(|never| match never {}).boxed_unsync()
}

/// The plugin's place among its requests.
pub(super) async fn place(http: &Http) -> Result<OwnedSemaphorePermit, Fault> {
    let places = Arc::clone(&http.share.requests);
    let place = places.acquire_owned().await;
    place.map_err(|_| Fault::Unavailable("the host is stopping".to_owned()))
}
