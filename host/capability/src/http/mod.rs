//! http: requests to servers that were granted.

mod backend;
mod grant;

pub use backend::{HttpClient, HttpError, HttpOptions, Lookup, Resolve, SystemResolver};
pub use grant::{GRANT, Granted};

use std::sync::Arc;

use crate::audit::Auditor;
use crate::config::Config;
use crate::{Fault, Scope};

/// A plugin's handle on the room.
#[derive(Clone)]
pub struct Http {
    auditor: Auditor,
    granted: Granted,
    client: Arc<HttpClient>,
    config: Config,
}

/// A request that is being put together.
#[derive(Debug, Clone, Default)]
pub struct Request {}

impl Request {
    /// One with a method and a URL.
    pub fn new(_method: String, _url: String) -> Self {
        Self {}
    }
    /// Adds a header.
    pub fn header(&mut self, _name: String, _value: Vec<u8>) -> Result<(), Fault> {
        Err(unbuilt())
    }
    /// Adds a header with a secret.
    pub fn secret_header(
        &mut self,
        _name: String,
        _before: String,
        _key: String,
    ) -> Result<(), Fault> {
        Err(unbuilt())
    }
    /// The body.
    pub fn body(&mut self, _bytes: Vec<u8>) -> Result<(), Fault> {
        Err(unbuilt())
    }
    /// How long all of it may take.
    pub fn timeout(&mut self, _most: std::time::Duration) -> Result<(), Fault> {
        Err(unbuilt())
    }
    /// How many redirects are followed.
    pub fn redirects(&mut self, _most: u32) -> Result<(), Fault> {
        Err(unbuilt())
    }
    /// Bytes that the host holds for it.
    pub fn held(&self) -> usize {
        0
    }
}

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Where it came from.
    pub url: String,
    /// Names in lower case.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Decompressed.
    pub body: Vec<u8>,
}

impl Http {
    /// A handle of the auditor's plugin.
    pub fn new(
        auditor: Auditor,
        granted: Granted,
        client: Arc<HttpClient>,
        config: Config,
    ) -> Self {
        Self {
            auditor,
            granted,
            client,
            config,
        }
    }

    /// Sends a request.
    pub async fn send(&self, _scope: &Scope, _request: Request) -> Result<Response, Fault> {
        let _ = (&self.auditor, &self.granted, &self.client, &self.config);
        Err(unbuilt())
    }

    /// Sends requests at the same time.
    pub async fn send_many(
        &self,
        _scope: &Scope,
        _requests: Vec<Request>,
    ) -> Result<Vec<Result<Response, Fault>>, Fault> {
        Err(unbuilt())
    }
}

fn unbuilt() -> Fault {
    Fault::Unavailable("not built yet".to_owned())
}

/// A request whose parts arrive apart, and whose body flows.
pub struct Outgoing {
    /// The method.
    pub method: String,
    /// `http` or `https`.
    pub scheme: Option<String>,
    /// Host and port.
    pub authority: String,
    /// The path and the query.
    pub path_with_query: String,
    /// Headers.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: BoxBody,
    /// Time to connect.
    pub connect_timeout: Option<std::time::Duration>,
    /// Time to the first byte.
    pub first_byte_timeout: Option<std::time::Duration>,
    /// Time between bytes.
    pub between_bytes_timeout: Option<std::time::Duration>,
}

/// A body that flows out.
pub type BoxBody = http_body_util::combinators::UnsyncBoxBody<
    bytes::Bytes,
    Box<dyn std::error::Error + Send + Sync>,
>;

/// A body that flows in.
pub type IncomingBody = http_body_util::combinators::UnsyncBoxBody<bytes::Bytes, Fault>;

impl Http {
    /// Sends a request whose body flows.
    pub async fn open(
        &self,
        _scope: &Scope,
        _request: Outgoing,
    ) -> Result<::http::Response<IncomingBody>, Fault> {
        Err(unbuilt())
    }
}
