//! Requests and answers that flow: of plugins that answer HTTP by themselves, without routes of
//! the contract.

use std::error::Error;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;

/// A body that flows, of a request or of its answer. Its error says why it broke off.
pub type HttpBody = UnsyncBoxBody<Bytes, Box<dyn Error + Send + Sync>>;

/// A request whose body flows.
pub type HttpRequest = ::http::Request<HttpBody>;

/// An answer whose body flows.
pub type HttpAnswer = ::http::Response<HttpBody>;

/// Bytes of the body of one request. It is never held whole; the bound is for whoever else wants
/// to send something, and for what a plugin may be made to read.
pub const MAX_HTTP_REQUEST_BYTES: u64 = 64 << 20;

/// Bytes of the body of one answer. It is never held whole; the bound ends what has no end before
/// its time is over.
pub const MAX_HTTP_ANSWER_BYTES: u64 = 256 << 20;
