//! One request and the head of its answer: granted, resolved, checked, connected to what was
//! checked, sent. Every redirect comes through here like the first URL.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use ::http::{HeaderMap, Method, Request, Response, header};
use hyper::body::Incoming;

use super::Http;
use super::link::{Link, OutgoingBody, Unanswered};
use super::pool::Key;
use super::target::Target;
use crate::Fault;

/// A connection that is carrying an answer, and what it may be used for afterwards.
pub(super) struct Carrier {
    pub(super) link: Link,
    pub(super) key: Key,
}

/// How long parts of a request may take; without an end nothing but the deadline ends them.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Patience {
    /// Until there is a connection, its host's look-up included.
    pub(super) connect: Option<Duration>,
    /// From then until the head of the answer.
    pub(super) first_byte: Option<Duration>,
}

/// Makes a request once more, if it may be sent again.
pub(super) type Again<'a> = &'a (dyn Fn() -> Option<Request<OutgoingBody>> + Send + Sync);

impl Http {
    /// Sends a request to where it may go. A connection that turns out to have been closed by
    /// the server while it waited is replaced once.
    pub(super) async fn exchange(
        &self,
        target: &Target,
        request: Request<OutgoingBody>,
        again: Again<'_>,
        patience: Patience,
    ) -> Result<(Response<Incoming>, Carrier), Fault> {
        let method = request.method().clone();
        let begin = Instant::now();
        let reached = self.reach(&method, target);
        let (addresses, waiting) = within(patience.connect, reached).await?;
        let request = match waiting {
            None => request,
            Some(mut carrier) => {
                let sent = carrier.link.send(request);
                match within(patience.first_byte, async { Ok(sent.await) }).await? {
                    Ok(answer) => return Ok((answer, carrier)),
                    Err(unanswered) => repeated(unanswered, again)?,
                }
            }
        };
        let connected = self.client.connect(target, &addresses);
        // The look-up has had its part of the time.
        let left = patience
            .connect
            .map(|most| most.saturating_sub(begin.elapsed()));
        let (mut link, address) = within(left, connected).await?;
        let key = Key::new(self.auditor.plugin(), target, address);
        let sent = async { link.send(request).await.map_err(|it| it.fault) };
        let answer = within(patience.first_byte, sent).await?;
        Ok((answer, Carrier { link, key }))
    }

    /// The addresses that a request may be sent to, and a connection to one of them if one
    /// waits.
    async fn reach(
        &self,
        method: &Method,
        target: &Target,
    ) -> Result<(Vec<IpAddr>, Option<Carrier>), Fault> {
        let addresses = self.client.addresses(&self.share, target).await?;
        self.granted.permits_at(method, target, &addresses)?;
        let (pool, plugin) = (&self.client.pool, self.auditor.plugin());
        let waiting = pool.take(plugin, target, &addresses, Instant::now());
        Ok((addresses, waiting.map(|(key, link)| Carrier { link, key })))
    }

    /// Keeps a connection whose answer was read whole.
    pub(super) async fn keep(&self, carrier: Carrier) {
        let Carrier { link, key } = carrier;
        if let Some(link) = link.freed().await {
            self.client.pool.put(key, link, Instant::now());
            self.client.pool.keep_swept(&self.client.runtime());
        }
    }
}

/// The request once more, if nothing of it was sent, or if it may be sent twice.
fn repeated(failed: Unanswered, again: Again<'_>) -> Result<Request<OutgoingBody>, Fault> {
    let unsent = failed.unsent;
    let request = unsent.or_else(|| failed.stale.then(again).flatten());
    request.ok_or(failed.fault)
}

async fn within<T>(
    most: Option<Duration>,
    done: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    match most {
        None => done.await,
        Some(most) => tokio::time::timeout(most, done)
            .await
            .unwrap_or(Err(Fault::TimedOut)),
    }
}

/// A request as it is sent: in origin form, with a host that is the target's and no other.
pub(super) fn request(
    method: &Method,
    target: &Target,
    headers: &HeaderMap,
    body: OutgoingBody,
) -> Result<Request<OutgoingBody>, Fault> {
    let cannot = |_| Fault::Invalid("the request cannot be written".to_owned());
    let mut request = Request::builder()
        .method(method)
        .uri(target.sent().clone())
        .body(body)
        .map_err(cannot)?;
    let own = request.headers_mut();
    own.insert(header::HOST, target.host_header()?);
    for (name, value) in headers {
        own.append(name, value.clone());
    }
    Ok(request)
}
