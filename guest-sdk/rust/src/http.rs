//! Requests to servers that were granted, by method, scheme, host, port and path; so is every
//! redirect that is followed.
//!
//! An answer is an answer whatever its status says. The codes of [`Fault::Failed`] are
//! `resolve`, `connect`, `tls`, `closed`, `protocol`, `redirects` and `decompress`.
//!
//! ```
//! use std::time::Duration;
//!
//! use goatkit_plugin::http::{self, Request};
//! use goatkit_plugin::{Error, json};
//!
//! #[derive(serde::Deserialize)]
//! struct Issue {
//!     number: u64,
//! }
//!
//! fn report(title: &str) -> Result<u64, Error> {
//!     let answer = Request::new("POST", "https://git.example.com/api/issues")
//!         .bearer("git_token")
//!         .json(&json!({ "title": title }))
//!         .timeout(Duration::from_secs(5))
//!         .send()?;
//!     match answer.status {
//!         201 => Ok(answer.json::<Issue>()?.number),
//!         status => Err(Error::failed(format!("the issue was answered with {status}"))),
//!     }
//! }
//!
//! fn versions() -> Result<Vec<String>, Error> {
//!     let of = |name| Request::get(&format!("https://git.example.com/{name}/version"));
//!     let answers = http::send_many(["web", "mail"].map(of))?;
//!     answers.into_iter().map(|answer| Ok(answer?.text()?.to_owned())).collect()
//! }
//! # use goatkit_plugin::testing::{Session, response};
//! # let session = Session::default()
//! #     .grant("http: POST https://git.example.com/api/*, GET https://git.example.com/*")
//! #     .secret("git_token", "x")
//! #     .answer("POST https://git.example.com/api/issues", Ok(response(201, r#"{"number":7}"#)))
//! #     .answer("GET https://git.example.com/*", Ok(response(200, "1.0")));
//! # session.clone().run(|| {
//! #     assert_eq!(report("Printer on fire"), Ok(7));
//! #     assert_eq!(versions().unwrap(), ["1.0", "1.0"]);
//! # });
//! # assert_eq!(session.requests()[0].header("authorization"), Some("Bearer x"));
//! ```

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::draft::Draft;
use crate::error::Error;
use crate::host;
use crate::types::Fault;

pub use crate::raw::goatkit::plugin::http::Response;

/// Gets what a URL stands for.
pub fn get(url: &str) -> Result<Response, Fault> {
    Request::get(url).send()
}

/// Sends requests at the same time, at most 16. The answers are in their order; a request that
/// was put together wrongly is not sent, and its fault stands in its place.
pub fn send_many(
    requests: impl IntoIterator<Item = Request>,
) -> Result<Vec<Result<Response, Fault>>, Fault> {
    let mut places = Vec::new();
    let mut whole = Vec::new();
    for request in requests {
        places.push(match request.0.finish() {
            Ok(request) => {
                whole.push(request);
                None
            }
            Err(fault) => Some(fault),
        });
    }
    let mut answers = host::http::send_many(whole)?.into_iter();
    // There is an answer for each request; a host that gives fewer has lost it.
    let lost = || Err(Fault::Unavailable("the host gave no answer".to_owned()));
    let answer = |wrong: Option<Fault>| match wrong {
        Some(fault) => Err(fault),
        None => answers.next().unwrap_or_else(lost),
    };
    Ok(places.into_iter().map(answer).collect())
}

/// A request that is being put together. The first fault of its setters is what sending it
/// answers.
#[derive(Debug)]
#[must_use = "a request is sent by `send`"]
pub struct Request(Draft<host::http::Request>);

impl Request {
    /// A request with a method in upper case and an absolute URL.
    pub fn new(method: &str, url: &str) -> Self {
        Self(Draft::new(host::http::Request::new(method, url)))
    }

    /// A `GET`.
    pub fn get(url: &str) -> Self {
        Self::new("GET", url)
    }

    /// A `POST`.
    pub fn post(url: &str) -> Self {
        Self::new("POST", url)
    }

    /// Adds a header. Those that say where the request goes, how long it is or what becomes of
    /// the connection are the host's: [`Fault::Invalid`].
    pub fn header(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.with(|it| it.header(name, value.as_ref()))
    }

    /// Adds a header whose value is `before` and the plugin's secret `key`, which the host puts
    /// in. It goes to the first URL's server only, and to none that redirects lead to.
    pub fn secret_header(self, name: &str, before: &str, key: &str) -> Self {
        self.with(|it| it.secret_header(name, before, key))
    }

    /// Adds `authorization: Bearer …` with the plugin's secret `key`.
    pub fn bearer(self, key: &str) -> Self {
        self.secret_header("authorization", "Bearer ", key)
    }

    /// The body. Without it there is none.
    pub fn body(self, bytes: impl AsRef<[u8]>) -> Self {
        self.with(|it| it.body(bytes.as_ref()))
    }

    /// A value as JSON for a body, and the header that says so.
    pub fn json(self, value: &impl Serialize) -> Self {
        self.header("content-type", "application/json").with(|it| {
            let json = serde_json::to_vec(value);
            it.body(&json.map_err(|error| Fault::Invalid(format!("the body: {error}")))?)
        })
    }

    /// At most so long for all of it, redirects included: milliseconds, begun ones count. The
    /// call's deadline counts besides.
    pub fn timeout(self, most: Duration) -> Self {
        self.with(|it| it.timeout(whole_milliseconds(most)))
    }

    /// How many redirects are followed, 0 to 10. Without it none: the answer with the status 3xx
    /// is handed over.
    pub fn redirects(self, most: u32) -> Self {
        self.with(|it| it.redirects(most))
    }

    /// Sends it, and waits for the whole answer.
    pub fn send(self) -> Result<Response, Fault> {
        host::http::send(self.0.finish()?)
    }

    fn with(self, set: impl FnOnce(&host::http::Request) -> Result<(), Fault>) -> Self {
        Self(self.0.with(set))
    }
}

impl Response {
    /// Whether the status is one of success, 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The first value of a header, if it is text. Upper and lower case are the same.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let (_, value) = headers.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(value).ok()
    }

    /// The body as text in UTF-8, whatever its headers say.
    pub fn text(&self) -> Result<&str, Error> {
        let text = std::str::from_utf8(&self.body);
        text.map_err(|error| Error::failed(format!("the answer of {}: {error}", self.url)))
    }

    /// The body read as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let read = serde_json::from_slice(&self.body);
        read.map_err(|error| Error::failed(format!("the answer of {}: {error}", self.url)))
    }
}

/// At least one for what is more than nothing, so that rounding makes no limit of zero.
pub(crate) fn whole_milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}
