//! http: requests to servers that were granted.
//!
//! Gives: requests over HTTP/1.1, in clear text or through TLS, as far as method, scheme, host,
//! port and path are granted. Never: a request to an address that is not public, unless the
//! rule that allows the request names it; a connection to another address than the ones that
//! were checked; a redirect that is not granted by itself; another URL than the one that the
//! grant looked at; a connection that another plugin has used; a proxy of the environment's; a
//! secret in an error or a log; more bytes, headers, time or connections than the limits.
//!
//! In reading order: `target` (the one parser of URLs), `address` (which addresses are
//! public), `pattern` and `grant` (what is allowed), `headers` (what a plugin may say besides
//! its URL), `request` (as a guest puts it together), then what is done: `exchange` (one
//! request and the head of its answer), `redirect` (what follows from it), `body` and `decode`
//! (what comes behind it, within its `budget`), over `backend`, `trust`, `pool` and `link`
//! (addresses, certificates and connections).

mod address;
mod backend;
mod body;
mod budget;
mod decode;
mod exchange;
mod grant;
mod headers;
mod link;
mod open;
mod pattern;
mod pool;
mod redirect;
mod request;
mod target;
#[cfg(test)]
mod tests;
mod trust;

use std::sync::Arc;
use std::time::Instant;

use ::http::{HeaderMap, HeaderValue, Method, Response as Answer, header};
use bytes::Bytes;
use hyper::body::{Body, Incoming};
use tokio::task::JoinSet;
use tracing::Instrument;

use crate::audit::Auditor;
use crate::config::Config;
use crate::json_schema::shortened;
use crate::{Fault, Scope};

pub use backend::{
    HttpClient, HttpError, HttpOptions, Lookup, MAX_REQUESTS, Resolve, SystemResolver,
};
pub use body::{IncomingBody, MAX_STREAMED_BYTES};
pub use budget::{MAX_PLUGIN_BYTES, MAX_RESPONSE_BYTES, MAX_RESPONSES_BYTES};
pub use grant::{GRANT, Granted};
pub use headers::{MAX_HEADERS, MAX_HEADERS_BYTES};
pub use link::{BodyError, OutgoingBody};
pub use open::Outgoing;
pub use redirect::MAX_REDIRECTS;
pub use request::{MAX_BODY_BYTES, Request, Response};
pub use target::{MAX_URL_BYTES, Target};

use backend::Share;
use budget::{Budget, Held};
use exchange::Patience;
use redirect::Hop;
use request::Value;

/// Requests of one `send-many`: each holds its answer until the last is in.
pub const MAX_MANY: usize = 16;

/// A plugin's handle on the room.
#[derive(Clone)]
pub struct Http {
    auditor: Auditor,
    granted: Granted,
    client: Arc<HttpClient>,
    config: Config,
    share: Arc<Share>,
}

impl Http {
    /// A handle of the auditor's plugin, under a grant that may change. Secrets come from
    /// `config`, which is the same plugin's.
    pub fn new(
        auditor: Auditor,
        granted: Granted,
        client: Arc<HttpClient>,
        config: Config,
    ) -> Self {
        let share = client.share(auditor.plugin());
        Self {
            auditor,
            granted,
            client,
            config,
            share,
        }
    }

    /// Sends a request, follows redirects if it says so, and waits for the whole answer.
    ///
    /// # Errors
    /// [`Fault::Denied`] for what is not granted, be it the URL, a redirect or an address;
    /// [`Fault::Invalid`] for what is no request, or a secret without a value;
    /// [`Fault::TooLarge`] at the room's limits; [`Fault::TimedOut`] at the request's time or
    /// the call's deadline; [`Fault::Failed`] with `resolve`, `connect`, `tls`, `closed`,
    /// `protocol`, `redirects` or `decompress`; [`Fault::Unavailable`] while the plugin
    /// registers.
    pub async fn send(&self, scope: &Scope, request: Request) -> Result<Response, Fault> {
        let (response, _) = self.sent(scope, request, Budget::of_call()).await?;
        Ok(response)
    }

    /// Sends requests at the same time; the answers are in their order.
    ///
    /// # Errors
    /// [`Fault::TooLarge`] for more than [`MAX_MANY`]; [`Fault::Unavailable`] while the plugin
    /// registers. What befalls one request is its own answer.
    pub async fn send_many(
        &self,
        scope: &Scope,
        requests: Vec<Request>,
    ) -> Result<Vec<Result<Response, Fault>>, Fault> {
        scope.call()?;
        if requests.len() > MAX_MANY {
            return Err(Fault::TooLarge(format!(
                "at most {MAX_MANY} requests are sent at the same time"
            )));
        }
        let stopped = || Err(Fault::Unavailable("the host is stopping".to_owned()));
        let mut answers: Vec<Result<(Response, Held), Fault>> =
            requests.iter().map(|_| stopped()).collect();
        let budget = Budget::of_call();
        // The set aborts its tasks when it is dropped.
        let mut tasks = JoinSet::new();
        for (at, request) in requests.into_iter().enumerate() {
            let (http, scope, budget) = (self.clone(), scope.clone(), Arc::clone(&budget));
            let sent = async move { (at, http.sent(&scope, request, budget).await) };
            tasks.spawn_on(sent.in_current_span(), &self.client.runtime());
        }
        while let Some(done) = tasks.join_next().await {
            if let Ok((at, answer)) = done
                && let Some(place) = answers.get_mut(at)
            {
                *place = answer;
            }
        }
        let answers = answers.into_iter();
        Ok(answers.map(|it| it.map(|(response, _)| response)).collect())
    }

    /// The answer, and what holds its bytes.
    async fn sent(
        &self,
        scope: &Scope,
        request: Request,
        budget: Arc<Budget>,
    ) -> Result<(Response, Held), Fault> {
        let now = Instant::now();
        let deadline = scope.call()?.deadline;
        let own = request.timeout.and_then(|most| now.checked_add(most));
        let until = own.map_or(deadline, |own| own.min(deadline));
        let most = request.redirects;
        // Before anything that depends on what there is: who was granted nothing learns nothing.
        let granted = self.granted_hop(&request);
        let (method, target) = self.auditor.heard(scope, granted)?;
        if until <= now {
            return Err(Fault::TimedOut);
        }
        let hop = Hop {
            method,
            target,
            headers: self.headers(scope, request.headers)?,
            body: request.body.map(Bytes::from),
        };
        let held = Held::none([budget, Arc::clone(&self.share.bytes)]);
        let answer = tokio::time::timeout_at(until.into(), self.follow(hop, most, held)).await;
        self.auditor
            .heard(scope, answer.unwrap_or(Err(Fault::TimedOut)))
    }

    fn granted_hop(&self, request: &Request) -> Result<(Method, Target), Fault> {
        let method = headers::method(&request.method)?;
        let target = Target::parse(&request.url)?;
        self.granted.permits(&method, &target)?;
        Ok((method, target))
    }

    /// The headers that are sent, secrets put in. What is denied of them, the settings note.
    fn headers(
        &self,
        scope: &Scope,
        given: Vec<(header::HeaderName, Value)>,
    ) -> Result<HeaderMap, Fault> {
        let mut headers = HeaderMap::new();
        for (name, value) in given {
            let value = match value {
                Value::Plain(value) => value,
                Value::Secret { before, key } => self.secret(scope, &before, &key)?,
            };
            headers.append(name, value);
        }
        let accepted = HeaderValue::from_static(decode::ACCEPTED);
        headers.entry(header::ACCEPT_ENCODING).or_insert(accepted);
        Ok(headers)
    }

    fn secret(&self, scope: &Scope, before: &str, key: &str) -> Result<HeaderValue, Fault> {
        let key_shown = shortened(key, 64);
        let secret = self.config.secret(scope, key)?.ok_or_else(|| {
            Fault::Invalid(format!(
                "the setting `{key_shown}` has no value: an administrator sets it"
            ))
        })?;
        let value = HeaderValue::from_bytes(format!("{before}{secret}").as_bytes());
        // The error would not show it; neither does ours.
        let mut value = value.map_err(|_| {
            Fault::Invalid(format!(
                "the value of the setting `{key_shown}` cannot stand in a header"
            ))
        })?;
        value.set_sensitive(true);
        Ok(value)
    }

    async fn follow(
        &self,
        mut hop: Hop,
        most: u32,
        mut held: Held,
    ) -> Result<(Response, Held), Fault> {
        let _place = body::place(self).await?;
        let mut left = most;
        loop {
            // A redirect is granted or denied before its host is looked up, like the first URL.
            self.granted.permits(&hop.method, &hop.target)?;
            let again = || {
                let repeatable = headers::is_repeatable(&hop.method);
                repeatable.then(|| hop.request().ok()).flatten()
            };
            let request = hop.request()?;
            let patience = Patience::default();
            let (answer, carrier) = self
                .exchange(&hop.target, request, &again, patience)
                .await?;
            let (head, mut body) = checked(answer)?.into_parts();
            let next = match most {
                0 => None,
                _ => hop.next(head.status, &head.headers)?,
            };
            let Some(next) = next else {
                let bytes = body::read(&mut body, &head.headers, &mut held).await?;
                self.keep(carrier).await;
                return response(&hop.target, head, bytes, held).await;
            };
            left = left.checked_sub(1).ok_or_else(|| {
                let text = format!("the server leads on after {most} redirects");
                Fault::failed("redirects", text)
            })?;
            // What else it says nobody reads: its connection is closed.
            if body.is_end_stream() {
                self.keep(carrier).await;
            }
            hop = next;
        }
    }
}

impl Hop {
    fn request(&self) -> Result<::http::Request<OutgoingBody>, Fault> {
        let body = body::whole(self.body.as_ref());
        let mut request = exchange::request(&self.method, &self.target, &self.headers, body)?;
        let expects = [Method::POST, Method::PUT, Method::PATCH].contains(&self.method);
        if expects && self.body.as_ref().is_none_or(Bytes::is_empty) {
            // Some servers refuse these without a length.
            let none = HeaderValue::from_static("0");
            request.headers_mut().insert(header::CONTENT_LENGTH, none);
        }
        Ok(request)
    }
}

/// An answer, unless it makes something else of the connection.
fn checked(answer: Answer<Incoming>) -> Result<Answer<Incoming>, Fault> {
    if answer.status().is_informational() {
        let text = "the server changes the protocol, which was not asked";
        return Err(Fault::failed("protocol", text));
    }
    Ok(answer)
}

async fn response(
    from: &Target,
    head: ::http::response::Parts,
    bytes: Vec<u8>,
    held: Held,
) -> Result<(Response, Held), Fault> {
    let coding = decode::coding(&head.headers).filter(|_| !bytes.is_empty());
    let (body, held) = match coding {
        None => (bytes, held),
        Some(coding) => {
            let mut unpacked = held.another();
            let body = decode::unpacked(coding, &bytes, &mut unpacked).await?;
            (body, unpacked)
        }
    };
    let of_packed = [header::CONTENT_ENCODING, header::CONTENT_LENGTH];
    let headers = head.headers.iter();
    let headers = headers.filter(|(name, _)| coding.is_none() || !of_packed.contains(name));
    let owned = headers.map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()));
    let response = Response {
        status: head.status.as_u16(),
        url: from.as_str().to_owned(),
        headers: owned.collect(),
        body,
    };
    Ok((response, held))
}
