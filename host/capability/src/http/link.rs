//! One connection to a server, which speaks HTTP/1.1 and carries one request at a time.
//! Dropping it closes it at once, whatever it was doing.

use std::error::Error;
use std::io;
use std::time::Duration;

use ::http::{Request, Response};
use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

use crate::Fault;

/// What goes wrong with a body on its way.
pub type BodyError = Box<dyn Error + Send + Sync>;

/// A request's body on its way to the wire.
pub type OutgoingBody = UnsyncBoxBody<Bytes, BodyError>;

/// Bytes of an answer's head, and of what follows a body in pieces: more than servers send.
/// The same number bounds what is read ahead of a slow reader.
pub(super) const MAX_HEAD_BYTES: usize = 64 * 1024;

/// How long a connection may take to be free again after its answer was read whole: it is so at
/// once, unless the server answered before it had read the request.
const FREE_TIME: Duration = Duration::from_millis(100);

/// A connection.
pub(super) struct Link {
    sender: SendRequest<OutgoingBody>,
    _driver: Driver,
}

/// The task that reads and writes. Stopping it closes the socket.
struct Driver(AbortHandle);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A request that got no answer.
pub(super) struct Unanswered {
    pub(super) fault: Fault,
    /// The request, if nothing of it was sent.
    pub(super) unsent: Option<Request<OutgoingBody>>,
    /// Whether the connection may have been closed before the request came.
    pub(super) stale: bool,
}

impl Link {
    /// Speaks HTTP over a stream, in a task on `runtime`.
    ///
    /// # Errors
    /// [`Fault::Failed`] with `closed`.
    pub(super) async fn over<T>(stream: T, runtime: &Handle) -> Result<Self, Fault>
    where
        T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let mut builder = Builder::new();
        builder.max_buf_size(MAX_HEAD_BYTES);
        builder.max_header_size(MAX_HEAD_BYTES);
        let made = builder.handshake(TokioIo::new(stream)).await;
        let (sender, connection) = made.map_err(|error| fault(&error))?;
        // What ends it, the request or the answer's body tells as well.
        let driver = runtime.spawn(async move { drop(connection.await) });
        let driver = Driver(driver.abort_handle());
        Ok(Self {
            sender,
            _driver: driver,
        })
    }

    /// Whether a request can be sent now.
    pub(super) fn is_free(&self) -> bool {
        self.sender.is_ready()
    }

    /// Whether the server has closed it.
    pub(super) fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// Returns it as soon as it can carry another request; nothing if it never will.
    pub(super) async fn freed(mut self) -> Option<Self> {
        let freed = tokio::time::timeout(FREE_TIME, self.sender.ready()).await;
        matches!(freed, Ok(Ok(()))).then_some(self)
    }

    /// Sends a request, and waits for the head of the answer.
    pub(super) async fn send(
        &mut self,
        request: Request<OutgoingBody>,
    ) -> Result<Response<Incoming>, Unanswered> {
        let sent = self.sender.try_send_request(request).await;
        sent.map_err(|mut error| Unanswered {
            unsent: error.take_message(),
            stale: !error.error().is_parse() && !error.error().is_user(),
            fault: fault(error.error()),
        })
    }
}

/// What a failure on a connection is to the guest.
pub(super) fn fault(error: &hyper::Error) -> Fault {
    if let Some(own) = own(error) {
        return own.clone();
    }
    let text = error.to_string();
    if error.is_parse() && text.contains("too large") {
        let most = MAX_HEAD_BYTES >> 10;
        return Fault::TooLarge(format!(
            "the answer's headers have more than {most} KiB, or are more than 100"
        ));
    }
    if error.is_parse() {
        return Fault::failed("protocol", format!("the answer is not HTTP/1.1: {text}"));
    }
    if error.is_user() {
        return Fault::failed("closed", "the request's body ended half way");
    }
    let source = error.source().and_then(|it| it.downcast_ref::<io::Error>());
    let odd = [io::ErrorKind::InvalidInput, io::ErrorKind::InvalidData];
    if source.is_some_and(|source| odd.contains(&source.kind())) {
        return Fault::failed("protocol", format!("the answer is not HTTP/1.1: {text}"));
    }
    Fault::failed("closed", "the server closed the connection half way")
}

/// The fault that one of our own bodies ended with.
fn own<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e Fault> {
    let mut error = Some(error);
    while let Some(one) = error {
        if let Some(fault) = one.downcast_ref::<Fault>() {
            return Some(fault);
        }
        error = one.source();
    }
    None
}
