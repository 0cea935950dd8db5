//! A request whose parts arrive apart, and whose bodies are passed on piece by piece: what
//! `wasi:http/outgoing-handler` asks. Its parts are joined, and read by the one parser; from
//! there on it is a request like any other. It follows no redirects and unpacks nothing.

use std::time::{Duration, Instant};

use ::http::{HeaderMap, Method, Response};
use http_body_util::BodyExt;

use super::body::{Bounded, IncomingBody, place};
use super::exchange::{self, Patience};
use super::link::OutgoingBody;
use super::target::Target;
use super::{Http, checked, headers};
use crate::{Fault, Scope};

/// A request in parts.
pub struct Outgoing {
    /// In upper case.
    pub method: String,
    /// `http` or `https`, which it is without one.
    pub scheme: Option<String>,
    /// The host, with the port if it is not the scheme's.
    pub authority: String,
    /// Begins with `/` or `?`, or is empty.
    pub path_with_query: String,
    /// Names and values. `host` may be there if it is the authority, and `content-length` if
    /// the body is exactly so long.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Passed on as it comes, up to [`super::MAX_BODY_BYTES`]. What follows a body in pieces
    /// is left out.
    pub body: OutgoingBody,
    /// How long it may take until there is a connection.
    pub connect_timeout: Option<Duration>,
    /// How long it may take from then until the head of the answer.
    pub first_byte_timeout: Option<Duration>,
    /// How long the server may be silent within its answer.
    pub between_bytes_timeout: Option<Duration>,
}

/// What of it was read.
struct Read {
    method: Method,
    target: Target,
    headers: HeaderMap,
    /// How long the body is said to be.
    length: Option<u64>,
}

impl Http {
    /// Sends a request, and answers with the head of the answer and a body that is read as it
    /// comes. The call's deadline ends the body as well, with [`Fault::TimedOut`].
    ///
    /// # Errors
    /// As [`Http::send`]; [`Fault::Invalid`] for parts that are not what they are called.
    pub async fn open(
        &self,
        scope: &Scope,
        request: Outgoing,
    ) -> Result<Response<IncomingBody>, Fault> {
        let deadline = scope.call()?.deadline;
        let read = self.auditor.heard(scope, self.read(&request))?;
        if deadline <= Instant::now() {
            return Err(Fault::TimedOut);
        }
        let opened = self.opened(read, request, deadline);
        let answer = tokio::time::timeout_at(deadline.into(), opened).await;
        self.auditor
            .heard(scope, answer.unwrap_or(Err(Fault::TimedOut)))
    }

    fn read(&self, request: &Outgoing) -> Result<Read, Fault> {
        let method = headers::method(&request.method)?;
        let scheme = request.scheme.as_deref().unwrap_or("https");
        let (authority, path) = (&request.authority, &request.path_with_query);
        let target = Target::of_parts(scheme, authority, path)?;
        self.granted.permits(&method, &target)?;
        let (headers, length) = headers::of_parts(&request.headers, authority)?;
        Ok(Read {
            method,
            target,
            headers,
            length,
        })
    }

    async fn opened(
        &self,
        read: Read,
        request: Outgoing,
        deadline: Instant,
    ) -> Result<Response<IncomingBody>, Fault> {
        let place = place(self).await?;
        let body = Bounded::new(request.body, read.length)?.boxed_unsync();
        let sent = exchange::request(&read.method, &read.target, &read.headers, body)?;
        let patience = Patience {
            connect: request.connect_timeout,
            first_byte: request.first_byte_timeout,
        };
        // The body is gone once it was sent: nothing is sent twice.
        let (answer, carrier) = self
            .exchange(&read.target, sent, &|| None, patience)
            .await?;
        let (head, body) = checked(answer)?.into_parts();
        let silence = request.between_bytes_timeout;
        let body = IncomingBody::new(self.clone(), (body, carrier), place, deadline, silence);
        Ok(Response::from_parts(head, body))
    }
}
