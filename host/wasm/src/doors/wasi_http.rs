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
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::watch;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi_http::p2::bindings::http::types::{HostOutgoingRequest, Method};
use wasmtime_wasi_http::p2::types::HostOutgoingRequest as OutgoingRequest;
use wasmtime_wasi_http::{
    Error, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView,
};

use super::wasi::{Made, VERSION};
use crate::run::State;

/// The interface that is granted like the contract's own `http`.
pub(crate) const HANDLER: &str = "wasi:http/outgoing-handler";

/// The interface by which a plugin answers requests. It asks for nothing.
pub(crate) const INCOMING: &str = "wasi:http/incoming-handler";

/// The types that both need.
pub(crate) const TYPES: &str = "wasi:http/types";

/// Bytes of a method, and of an authority: the room takes no longer ones, and a guest may keep
/// as many requests as it has handles.
const MAX_METHOD: usize = 32;
const MAX_AUTHORITY: usize = 512;

/// Bytes that a guest writes into a body at once. The host keeps two such pieces of each body
/// that nobody takes.
const CHUNK: usize = 16 << 10;

/// Bytes of the headers of one request, with what they take besides.
const MAX_FIELDS: usize = 64 << 10;

pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(linker)?;
    bound_texts(linker)
}

/// What the room will look at is bounded there; these texts lie in the host before.
fn bound_texts(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    type Request = Resource<OutgoingRequest>;
    type Answer = wasmtime::Result<(Result<(), ()>,)>;
    linker.allow_shadowing(true);
    let mut types = linker.instance(&format!("{TYPES}@{VERSION}"))?;
    types.func_wrap(
        "[method]outgoing-request.set-method",
        |mut store: StoreContextMut<'_, State>, (this, method): (Request, Method)| -> Answer {
            if matches!(&method, Method::Other(text) if text.len() > MAX_METHOD) {
                return Ok((Err(()),));
            }
            Ok((store.data_mut().http().set_method(this, method)?,))
        },
    )?;
    types.func_wrap(
        "[method]outgoing-request.set-authority",
        |mut store: StoreContextMut<'_, State>,
         (this, authority): (Request, Option<String>)|
         -> Answer {
            if authority
                .as_ref()
                .is_some_and(|text| text.len() > MAX_AUTHORITY)
            {
                return Ok((Err(()),));
            }
            Ok((store.data_mut().http().set_authority(this, authority)?,))
        },
    )?;
    linker.allow_shadowing(false);
    Ok(())
}

pub(crate) fn context() -> WasiHttpCtx {
    let mut context = WasiHttpCtx::new();
    context.set_field_size_limit(MAX_FIELDS);
    context
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

impl Drop for Hooks {
    /// Before the table of the guest's handles is dropped, which would end a body that is being
    /// sent as if it were whole.
    fn drop(&mut self) {
        self.end_call();
    }
}

/// What flows for one call, until it has ended. Clones share it.
#[derive(Clone)]
struct Flows {
    ended: Arc<watch::Sender<bool>>,
    /// The bodies of answers; none once the call has ended.
    answers: Arc<Mutex<Option<Vec<Weak<Flow>>>>>,
}

/// The body of an answer, until it is taken away.
type Flow = Mutex<Option<IncomingBody>>;

impl Default for Flows {
    fn default() -> Self {
        Self {
            ended: Arc::new(watch::Sender::new(false)),
            answers: Arc::new(Mutex::new(Some(Vec::new()))),
        }
    }
}

impl Flows {
    /// Lets an answer's body flow, unless the call has ended meanwhile.
    fn begin(&self, body: IncomingBody) -> Result<Flowing, Error> {
        let flow = Arc::new(Mutex::new(Some(body)));
        let mut open = lock(&self.answers);
        let open = open.as_mut().ok_or(Error::ConnectionTerminated)?;
        open.retain(|flow| flow.strong_count() > 0);
        open.push(Arc::downgrade(&flow));
        Ok(Flowing(flow))
    }

    /// Waits until the call has ended.
    async fn end_of_call(&self) {
        // The sender is held by ourselves.
        let _ = self.ended.subscribe().wait_for(|ended| *ended).await;
    }

    fn end(self) {
        self.ended.send_replace(true);
        let open = lock(&self.answers).take().unwrap_or_default();
        for flow in open.iter().filter_map(Weak::upgrade) {
            lock(&flow).take();
        }
    }
}

/// The body of a request. One whose call has ended breaks off: wasmtime ends the body of a guest
/// that is gone as if it were whole, and a server would take half of it for all.
struct Sending {
    body: WasiBody,
    ended: watch::Receiver<bool>,
}

impl Body for Sending {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        match frame {
            Poll::Ready(None) if *self.ended.borrow() => {
                Poll::Ready(Some(Err(Error::ConnectionTerminated)))
            }
            frame => frame,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
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
    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        CHUNK
    }

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
            let ended = flows.ended.subscribe();
            let request = request.map(|body| Sending { body, ended }.boxed_unsync());
            let outgoing = outgoing(request, options.unwrap_or_default());
            let answer = tokio::select! {
                answer = room.open(&scope, outgoing) => answer.map_err(error)?,
                () = flows.end_of_call() => return Err(Error::ConnectionTerminated),
            };
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
