//! `wasi:http/outgoing-handler`, for plugins whose language speaks HTTP by WASI: another door to
//! the http room, under the same grant and limits. Here scheme, authority and path arrive apart,
//! and bodies flow.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};

use bytes::Bytes;
use goatkit_capability::http::{Http, IncomingBody, Outgoing};
use goatkit_capability::{Fault, Scope};
use http::Request;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame};
use wasmtime::component::Linker;
use wasmtime_wasi_http::{
    Error, RequestOptions, WasiBody, WasiHttpCtxView, WasiHttpHooks, WasiHttpView,
};

use super::wasi::Made;
use crate::run::State;

/// The interface that is granted like the contract's own `http`.
pub(crate) const HANDLER: &str = "wasi:http/outgoing-handler";

/// The types that it needs.
pub(crate) const TYPES: &str = "wasi:http/types";

pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(linker)
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        let Made {
            table, http, hooks, ..
        } = self.wasi.made(&self.rooms);
        hooks.scope.clone_from(&self.scope);
        WasiHttpCtxView {
            hooks,
            table,
            ctx: http,
        }
    }
}

/// Where requests go instead of to the network.
pub(crate) struct Hooks {
    room: Http,
    /// What the call that runs is for.
    scope: Scope,
    /// What flows for it.
    flows: Flows,
}

impl Hooks {
    pub(crate) fn new(room: Http) -> Self {
        Self {
            room,
            scope: Scope::Registering,
            flows: Flows::default(),
        }
    }

    /// Takes away what still flows for the call: a guest that lives on may keep a handle, and
    /// with it a connection, for as long as it likes.
    pub(crate) fn end_call(&mut self) {
        self.scope = Scope::Registering;
        std::mem::take(&mut self.flows).end();
    }
}

/// The bodies that flow for one call; none once it has ended. Clones share them.
#[derive(Clone)]
struct Flows(Arc<Mutex<Option<Vec<Weak<Flow>>>>>);

/// A body, until it is taken away.
type Flow = Mutex<Option<IncomingBody>>;

impl Default for Flows {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Some(Vec::new()))))
    }
}

impl Flows {
    /// Lets a body flow, unless the call has ended meanwhile.
    fn begin(&self, body: IncomingBody) -> Result<Flowing, Error> {
        let flow = Arc::new(Mutex::new(Some(body)));
        let mut open = lock(&self.0);
        let open = open.as_mut().ok_or(Error::ConnectionTerminated)?;
        open.retain(|flow| flow.strong_count() > 0);
        open.push(Arc::downgrade(&flow));
        Ok(Flowing(flow))
    }

    fn end(self) {
        let open = lock(&self.0).take().unwrap_or_default();
        for flow in open.iter().filter_map(Weak::upgrade) {
            lock(&flow).take();
        }
    }
}

/// A body as wasmtime reads it.
struct Flowing(Arc<Flow>);

impl Body for Flowing {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match lock(&self.0).as_mut() {
            Some(body) => Pin::new(body)
                .poll_frame(context)
                .map(|frame| frame.map(|frame| frame.map_err(error))),
            None => Poll::Ready(Some(Err(Error::ConnectionTerminated))),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A request's end, which wasmtime waits for beside its answer.
type End = Box<dyn Future<Output = Result<(), Error>> + Send>;

type Sent = Box<dyn Future<Output = Result<(http::Response<WasiBody>, End), Error>> + Send>;

impl WasiHttpHooks for Hooks {
    fn set_host_header(&mut self) -> bool {
        // The room writes it, from what it has checked.
        false
    }

    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: End,
    ) -> Sent {
        let (room, scope, flows) = (self.room.clone(), self.scope.clone(), self.flows.clone());
        Box::new(async move {
            let outgoing = outgoing(request, options.unwrap_or_default());
            let answer = room.open(&scope, outgoing).await.map_err(error)?;
            let (head, body) = answer.into_parts();
            let body = flows.begin(body)?.boxed_unsync();
            let answer = http::Response::from_parts(head, body);
            Ok((answer, Box::new(async { Ok(()) }) as End))
        })
    }
}

fn outgoing(request: Request<WasiBody>, options: RequestOptions) -> Outgoing {
    let (parts, body) = request.into_parts();
    let uri = parts.uri;
    let headers = parts.headers.iter();
    Outgoing {
        method: parts.method.to_string(),
        scheme: uri.scheme_str().map(str::to_owned),
        authority: uri
            .authority()
            .map_or_else(String::new, ToString::to_string),
        path_with_query: uri
            .path_and_query()
            .map_or_else(String::new, ToString::to_string),
        headers: headers
            .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
            .collect(),
        body: body.map_err(Into::into).boxed_unsync(),
        connect_timeout: options.connect_timeout,
        first_byte_timeout: options.first_byte_timeout,
        between_bytes_timeout: options.between_bytes_timeout,
    }
}

/// A fault in the words of WASI. What was denied and why stands in the audit log: there is no
/// place for a remedy here.
fn error(fault: Fault) -> Error {
    match fault {
        Fault::Denied(_) => Error::HttpRequestDenied,
        Fault::Invalid(_) => Error::HttpRequestUriInvalid,
        Fault::TooLarge(_) => Error::HttpResponseBodySize(None),
        Fault::TimedOut => Error::HttpResponseTimeout,
        Fault::Unavailable(_) => Error::ConnectionLimitReached,
        Fault::Failed(failure) => match failure.code.as_str() {
            "resolve" => Error::DestinationNotFound,
            "connect" => Error::ConnectionRefused,
            "tls" => Error::TlsProtocolError,
            "closed" => Error::ConnectionTerminated,
            _ => Error::HttpProtocolError,
        },
    }
}
