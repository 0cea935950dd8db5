//! Requests that a plugin answers by `wasi:http/incoming-handler`: from a request to an answer
//! whose body flows while the guest still writes it.
//!
//! The call runs in a task of its own, so that its deadline holds also where nobody takes the
//! answer. It ends when whoever waits for the answer, or holds its body, drops that.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use goatkit_capability::{Failure, Scope};
use goatkit_package::PluginName;
use goatkit_runtime::{
    CallError, HttpAnswer, HttpRequest, MAX_HTTP_ANSWER_BYTES, MAX_HTTP_REQUEST_BYTES, PluginGate,
    Session,
};
use http::Request;
use http::header::{HOST, HeaderValue};
use http::uri::Authority;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Frame};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use wasmtime_wasi_http::p2::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::{Error, WasiBody};

use crate::run::{Head, Instance, Lanes, Prepared, Stopped, Target, handle_http, trap_error};
use crate::spans::{self, Place};

/// What of a plugin serves a request.
pub(crate) struct Server<'p> {
    pub(crate) name: &'p PluginName,
    pub(crate) gate: &'p PluginGate,
    pub(crate) prepared: &'p Arc<Prepared>,
    pub(crate) lanes: &'p Arc<Lanes>,
}

impl Server<'_> {
    /// Answers a request, on an instance of its own. The answer is there as soon as its head is.
    pub(crate) async fn serve(
        &self,
        session: &Session,
        request: HttpRequest,
    ) -> Result<HttpAnswer, CallError> {
        let (name, target) = (self.name, Target::Incoming);
        if self.prepared.linked.exports.incoming.is_none() {
            let what = "it does not export `wasi:http/incoming-handler`";
            return Err(CallError::unknown(name, &target, what));
        }
        let request = self.bounded(request)?;
        let instance = self.check_out(session).await?;
        let (head, answered) = oneshot::channel();
        let cut = Arc::<AtomicBool>::default();
        let (tell, ended) = oneshot::channel();
        let mut call = JoinSet::new();
        let driven = self.drive(session, instance, request, head, Arc::clone(&cut));
        let span = spans::call(name, &target, Place::of(session));
        call.spawn(async move {
            // Nobody may be left to hear how it ended.
            let _ = tell.send(spans::told(span, driven).await);
        });
        match answered.await {
            Ok(Ok(answer)) => Ok(answer.map(|body| {
                let answering = Answering {
                    plugin: name.clone(),
                    left: MAX_HTTP_ANSWER_BYTES,
                    body: Some(body),
                    cut,
                    ended,
                    call,
                };
                answering.boxed_unsync()
            })),
            Ok(Err(code)) => Err(CallError::failed(name, &target, failure(&code))),
            // The guest is gone, or gave the way to answer away.
            Err(_) => Err(match ended.await {
                Ok(Ok(())) => CallError::malformed(name, &target, "it returned without an answer"),
                Ok(Err(error)) => error,
                Err(_) => CallError::internal(name, &target, "the host is stopping"),
            }),
        }
    }

    /// The request with a body that ends at its bound.
    fn bounded(&self, mut request: HttpRequest) -> Result<Request<WasiBody>, CallError> {
        if request.body().size_hint().lower() > MAX_HTTP_REQUEST_BYTES {
            let most = MAX_HTTP_REQUEST_BYTES >> 20;
            let what = format!("the request's body has more than {most} MiB");
            return Err(CallError::too_large(self.name, &Target::Incoming, what));
        }
        let host = request.headers().get(HOST).and_then(|it| it.to_str().ok());
        let host = host.is_some_and(|it| it.parse::<Authority>().is_ok());
        if request.uri().authority().is_none() && !host {
            // WASI has no request without an authority.
            let host = HeaderValue::from_static("localhost");
            request.headers_mut().insert(HOST, host);
        }
        let most = usize::try_from(MAX_HTTP_REQUEST_BYTES).unwrap_or(usize::MAX);
        Ok(request.map(|body| {
            let body = Limited::new(body, most);
            body.map_err(|error| match error.is::<LengthLimitError>() {
                true => Error::HttpRequestBodySize(None),
                false => Error::ConnectionTerminated,
            })
            .boxed_unsync()
        }))
    }

    async fn check_out(&self, session: &Session) -> Result<Box<Instance>, CallError> {
        let (target, deadline) = (Target::Incoming, session.deadline());
        let admission = session.admit(self.gate, self.name, &target, deadline);
        let admission = admission.await?;
        let mut instance = Instance::fresh(self.prepared, &target, deadline).await?;
        instance.admission = Some(admission);
        Ok(instance)
    }

    /// Runs the call to its end or its deadline.
    fn drive(
        &self,
        session: &Session,
        mut instance: Box<Instance>,
        request: Request<WasiBody>,
        head: Head,
        cut: Arc<AtomicBool>,
    ) -> impl Future<Output = Result<(), CallError>> + Send + 'static {
        let limit = self.prepared.limits.route;
        let facts = session.call_facts(limit);
        let deadline = facts.deadline;
        let watch = instance.enter(Scope::Call(facts));
        let (name, lanes, session) = (self.name.clone(), Arc::clone(self.lanes), session.clone());
        let prepared = Arc::clone(self.prepared);
        let call = {
            let name = name.clone();
            Box::pin(async move {
                let mut instance = instance;
                // Dropped before the instance: a body of a guest that is gone reads as if it
                // were whole, and who reads it is to know better by then.
                let cutting = Cutting(Some(cut));
                match handle_http(&mut instance, request, head).await {
                    Ok(()) => {
                        instance.leave();
                        cutting.keep();
                        Ok(())
                    }
                    Err(error) => {
                        let limiter = &mut instance.store.data_mut().limiter;
                        Err(trap_error(&name, &Target::Incoming, &error, limiter, limit))
                    }
                }
            })
        };
        async move {
            let driven = lanes.drive(&prepared.pace, &watch, deadline, call).await;
            // Its instances live as long as the call.
            drop(session);
            driven.unwrap_or_else(|why| Err(stopped(&name, &Target::Incoming, limit, why)))
        }
    }
}

/// The error of a call that did not end by itself.
pub(crate) fn stopped(
    plugin: &PluginName,
    target: &Target,
    limit: Duration,
    why: Stopped,
) -> CallError {
    match why {
        Stopped::Deadline => CallError::timed_out(plugin, target, limit),
        Stopped::Closing => CallError::internal(plugin, target, "the host is stopping"),
        Stopped::Panicked(why) => CallError::internal(plugin, target, why),
    }
}

fn failure(code: &ErrorCode) -> Failure {
    Failure {
        code: "failed".to_owned(),
        message: format!("it answered with the error {code:?}"),
        details: None,
    }
}

/// Marks an answer as cut short, unless its call returned.
struct Cutting(Option<Arc<AtomicBool>>);

impl Cutting {
    fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for Cutting {
    fn drop(&mut self) {
        if let Some(cut) = &self.0 {
            cut.store(true, Ordering::Release);
        }
    }
}

/// The body of an answer, which holds the call that writes it.
struct Answering {
    plugin: PluginName,
    /// None once it has ended.
    body: Option<WasiBody>,
    /// Bytes that may still come.
    left: u64,
    cut: Arc<AtomicBool>,
    ended: oneshot::Receiver<Result<(), CallError>>,
    call: JoinSet<()>,
}

impl Answering {
    /// Ends the body before its end, and the call with it.
    fn fail(&mut self, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> BodyFrame {
        self.body = None;
        self.call.abort_all();
        let error = error.into();
        tracing::warn!(plugin = %self.plugin, "its answer to a request broke off: {error}");
        Poll::Ready(Some(Err(error)))
    }
}

type BodyFrame = Poll<Option<Result<Frame<Bytes>, Box<dyn std::error::Error + Send + Sync>>>>;

impl Body for Answering {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> BodyFrame {
        let this = &mut *self;
        let Some(body) = &mut this.body else {
            return Poll::Ready(None);
        };
        match ready!(Pin::new(body).poll_frame(context)) {
            Some(Ok(frame)) => {
                let bytes = frame.data_ref().map_or(0, |data| data.len() as u64);
                match this.left.checked_sub(bytes) {
                    Some(left) => {
                        this.left = left;
                        Poll::Ready(Some(Ok(frame)))
                    }
                    None => {
                        let most = MAX_HTTP_ANSWER_BYTES >> 20;
                        this.fail(format!("its body has more than {most} MiB"))
                    }
                }
            }
            Some(Err(error)) => this.fail(error),
            None if this.cut.load(Ordering::Acquire) => {
                match ready!(Pin::new(&mut this.ended).poll(context)) {
                    Ok(Err(error)) => this.fail(error),
                    Ok(Ok(())) | Err(_) => this.fail("the host is stopping"),
                }
            }
            None => {
                this.body = None;
                // What the guest does after its answer it may finish, until its deadline.
                this.call.detach_all();
                Poll::Ready(None)
            }
        }
    }
}
