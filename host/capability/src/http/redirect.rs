//! What follows from an answer that leads elsewhere. Pure: the next request is granted or
//! denied like the first.

use std::fmt;

use ::http::header::{self, HeaderMap, HeaderName};
use ::http::{Method, StatusCode};
use bytes::Bytes;

use super::headers::is_private;
use super::target::Target;
use crate::Fault;

/// Redirects of one request.
pub const MAX_REDIRECTS: u32 = 10;

/// Headers that describe a body, and go when it goes.
const OF_BODIES: [HeaderName; 4] = [
    header::CONTENT_TYPE,
    header::CONTENT_ENCODING,
    header::CONTENT_LANGUAGE,
    header::CONTENT_LOCATION,
];

/// One request of those that a redirected request becomes.
#[derive(Clone)]
pub(super) struct Hop {
    pub(super) method: Method,
    pub(super) target: Target,
    /// Those of the guest; values with a secret are marked sensitive.
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Bytes>,
}

impl fmt::Debug for Hop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.target.shown())
    }
}

impl Hop {
    /// The request that an answer leads to; none if it leads nowhere.
    ///
    /// # Errors
    /// [`Fault::Invalid`] for a place that is none, [`Fault::Failed`] with `protocol` for one
    /// that is no text.
    pub(super) fn next(
        &self,
        status: StatusCode,
        answer: &HeaderMap,
    ) -> Result<Option<Self>, Fault> {
        let (Some(keeps), Some(location)) =
            (self.keeps_method(status), answer.get(header::LOCATION))
        else {
            return Ok(None);
        };
        let location = std::str::from_utf8(location.as_bytes())
            .map_err(|_| Fault::failed("protocol", "the answer leads to what is no text"))?;
        let mut next = self.clone();
        next.target = self.target.join(location)?;
        if !keeps {
            next.method = Method::GET;
            next.body = None;
            for name in OF_BODIES {
                next.headers.remove(name);
            }
        }
        if !next.target.is_beside(&self.target) {
            next.forget();
        }
        Ok(Some(next))
    }

    /// Whether a redirect of this status keeps the method and the body; none if it is no
    /// redirect.
    fn keeps_method(&self, status: StatusCode) -> Option<bool> {
        let reads = [Method::GET, Method::HEAD].contains(&self.method);
        match status {
            StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => Some(self.method != Method::POST),
            StatusCode::SEE_OTHER => Some(reads),
            StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => Some(true),
            _ => None,
        }
    }

    /// Drops what only the server before was to read. It is not there again if a later redirect
    /// leads back: another server would have chosen what it is sent with.
    fn forget(&mut self) {
        let private = self
            .headers
            .iter()
            .filter(|(name, value)| is_private(name, value));
        let names: Vec<HeaderName> = private.map(|(name, _)| name.clone()).collect();
        for name in names {
            self.headers.remove(name);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use ::http::HeaderValue;

    use super::*;

    fn hop(method: &str) -> Hop {
        let mut headers = HeaderMap::new();
        let mut secret = HeaderValue::from_static("Bearer s3cret");
        secret.set_sensitive(true);
        headers.insert("x-key", secret);
        for name in ["authorization", "cookie", "accept", "content-type"] {
            headers.insert(name, HeaderValue::from_static("x"));
        }
        Hop {
            method: Method::from_bytes(method.as_bytes()).unwrap(),
            target: Target::parse("https://a.example/v1/x?q").unwrap(),
            headers,
            body: Some(Bytes::from_static(b"body")),
        }
    }

    fn next(hop: &Hop, status: u16, location: &str) -> Result<Option<Hop>, Fault> {
        let mut answer = HeaderMap::new();
        answer.insert(
            "location",
            HeaderValue::from_bytes(location.as_bytes()).unwrap(),
        );
        hop.next(StatusCode::from_u16(status).unwrap(), &answer)
    }

    #[test]
    fn a_status_says_whether_method_and_body_stay() {
        for (method, status, expect) in [
            ("GET", 301, "GET"),
            ("POST", 301, "GET without"),
            ("PUT", 301, "PUT"),
            ("POST", 302, "GET without"),
            ("DELETE", 302, "DELETE"),
            ("POST", 303, "GET without"),
            ("PUT", 303, "GET without"),
            ("HEAD", 303, "HEAD"),
            ("POST", 307, "POST"),
            ("POST", 308, "POST"),
        ] {
            let next = next(&hop(method), status, "/y").unwrap().unwrap();
            let without = if next.body.is_none() { " without" } else { "" };
            assert_eq!(
                format!("{}{without}", next.method),
                expect,
                "{method} {status}"
            );
            let told = next.headers.contains_key("content-type");
            assert_eq!(told, next.body.is_some(), "{method} {status}");
            assert_eq!(next.target.as_str(), "https://a.example/y");
            assert_eq!(next.headers.len(), if told { 5 } else { 4 });
        }
        for status in [200, 201, 204, 300, 304, 305, 306, 399, 404] {
            assert!(
                next(&hop("GET"), status, "/y").unwrap().is_none(),
                "{status}"
            );
        }
        let nowhere = hop("GET").next(StatusCode::FOUND, &HeaderMap::new());
        assert!(nowhere.unwrap().is_none());
    }

    #[test]
    fn private_headers_stay_with_their_server() {
        for (location, stay) in [
            ("/y", true),
            ("y?z", true),
            ("https://a.example:443/y", true),
            ("//A.example/y", true),
            ("http://a.example/y", false),
            ("https://a.example:444/y", false),
            ("//b.example/y", false),
            ("https://a.example.b.example/", false),
        ] {
            let there = next(&hop("GET"), 302, location).unwrap().unwrap();
            for name in ["authorization", "cookie", "x-key"] {
                assert_eq!(there.headers.contains_key(name), stay, "{location} {name}");
            }
            assert!(there.headers.contains_key("accept"), "{location}");
            let back = next(&there, 302, "https://a.example/z").unwrap().unwrap();
            assert_eq!(
                back.headers.contains_key("x-key"),
                stay,
                "{location} and back"
            );
        }
    }

    #[test]
    fn a_place_is_read_like_a_url() {
        for location in [
            "ftp://a.example/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "data:text/plain,x",
            "http://user@a.example/",
            "http://a.example/%2fx",
            "\\\\b.example\\x",
            "http:\\\\b.example",
            "/a b",
            "/a\tb",
            "http://a.example:0/",
            "http://a.example.",
            "https://",
            "http://[::1%25lo]/",
        ] {
            let refused = next(&hop("GET"), 302, location);
            assert!(matches!(refused, Err(Fault::Invalid(_))), "{location}");
        }
        let long = format!("/{}", "x".repeat(9_000));
        assert!(next(&hop("GET"), 302, &long).is_err());
        let mut answer = HeaderMap::new();
        answer.insert("location", HeaderValue::from_bytes(b"/\xff").unwrap());
        let told = hop("GET").next(StatusCode::FOUND, &answer).unwrap_err();
        assert!(told.to_string().contains("no text"));
    }

    #[test]
    fn what_is_printed_of_a_request_holds_no_secret() {
        let printed = format!("{:?}", hop("GET"));
        assert_eq!(printed, "GET https://a.example/v1/x");
    }
}
