//! What a plugin may say in a request besides its URL: the method and the headers. Pure.
//!
//! Refused is what says where a request goes, where it ends, or what becomes of the
//! connection: the host says that, and a server must not be told two things. Refused is also
//! what servers take for another method or path than the one that was granted.

use ::http::header::{HeaderMap, HeaderName, HeaderValue};
use ::http::{Method, header};

use crate::Fault;
use crate::json_schema::shortened;

/// Headers of one request. Servers refuse more.
pub const MAX_HEADERS: usize = 100;

/// Bytes of one request's headers, names and values. Servers refuse more.
pub const MAX_HEADERS_BYTES: usize = 64 * 1024;

/// Letters of a method.
pub(super) const MAX_METHOD_BYTES: usize = 20;

/// Bytes of a guest's text that an error shows.
const MAX_SHOWN_BYTES: usize = 64;

/// Methods that make a tunnel of the connection, send back what only the host may know, or
/// change the protocol.
const NO_METHODS: [&str; 4] = ["CONNECT", "TRACE", "TRACK", "PRI"];

/// Headers that are the host's. Compared with `_` as `-`, which servers behind CGI do as well.
const HOSTS: [&str; 11] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "trailers",
    "upgrade",
    "expect",
    "http2-settings",
];

/// Headers that some frameworks read as another method or path.
const OVERRIDES: [&str; 7] = [
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
    "x-original-url",
    "x-original-uri",
    "x-rewrite-url",
    "x-forwarded-host",
];

/// Reads a method.
///
/// # Errors
/// [`Fault::Invalid`].
pub(super) fn method(text: &str) -> Result<Method, Fault> {
    let letters = text.bytes().all(|b| b.is_ascii_uppercase() || b == b'-');
    let begins = text.starts_with(|c: char| c.is_ascii_uppercase());
    let read = Method::from_bytes(text.as_bytes()).ok();
    let fits = letters && begins && text.len() <= MAX_METHOD_BYTES && !NO_METHODS.contains(&text);
    read.filter(|_| fits).ok_or_else(|| {
        let text = shortened(text, MAX_SHOWN_BYTES);
        Fault::Invalid(format!(
            "{text:?} is no method that is sent: write one in upper case, as in `GET`"
        ))
    })
}

/// Whether a request may be sent twice without doing more than once.
pub(super) fn is_repeatable(method: &Method) -> bool {
    method.is_idempotent()
}

/// Reads a header's name.
///
/// # Errors
/// [`Fault::Invalid`] for what is none, and for what is the host's.
pub(super) fn name(text: &str) -> Result<HeaderName, Fault> {
    let shown = || shortened(text, MAX_SHOWN_BYTES);
    let name = HeaderName::from_bytes(text.as_bytes())
        .map_err(|_| Fault::Invalid(format!("{:?} is no header's name", shown())))?;
    let plain = name.as_str().replace('_', "-");
    if HOSTS.contains(&plain.as_str()) || plain.starts_with("proxy-") {
        return Err(Fault::Invalid(format!(
            "the header `{}` is the host's: leave it out",
            shown()
        )));
    }
    if OVERRIDES.contains(&plain.as_str()) {
        return Err(Fault::Invalid(format!(
            "the header `{}` asks for another method or place than what is granted: leave it out",
            shown()
        )));
    }
    Ok(name)
}

/// Reads a header's value.
///
/// # Errors
/// [`Fault::Invalid`] for new lines and control characters; the text does not show the value.
pub(super) fn value(name: &str, bytes: &[u8]) -> Result<HeaderValue, Fault> {
    HeaderValue::from_bytes(bytes).map_err(|_| {
        let name = shortened(name, MAX_SHOWN_BYTES);
        Fault::Invalid(format!(
            "the value of the header `{name}` holds new lines or control characters"
        ))
    })
}

/// How many headers there are, and how long they are.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Room {
    count: usize,
    bytes: usize,
}

impl Room {
    /// Takes room for one more.
    ///
    /// # Errors
    /// [`Fault::TooLarge`], and nothing is taken.
    pub(super) fn take(&mut self, bytes: usize) -> Result<(), Fault> {
        let (count, bytes) = (self.count + 1, self.bytes.saturating_add(bytes));
        if count > MAX_HEADERS || bytes > MAX_HEADERS_BYTES {
            let most = MAX_HEADERS_BYTES >> 10;
            return Err(Fault::TooLarge(format!(
                "a request has at most {MAX_HEADERS} headers with {most} KiB"
            )));
        }
        *self = Self { count, bytes };
        Ok(())
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

/// The headers of a request whose parts arrive apart, without what the host says itself, and
/// how long its body says it is.
///
/// # Errors
/// [`Fault::Invalid`] for what [`name`] and [`value`] refuse, for a `host` that is not
/// `authority`, and for more than one length; [`Fault::TooLarge`].
pub(super) fn of_parts(
    headers: &[(String, Vec<u8>)],
    authority: &str,
) -> Result<(HeaderMap, Option<u64>), Fault> {
    let (mut map, mut length, mut room) = (HeaderMap::new(), None, Room::default());
    for (text, bytes) in headers {
        room.take(text.len().saturating_add(bytes.len()))?;
        if text.eq_ignore_ascii_case("host") {
            if !bytes.eq_ignore_ascii_case(authority.as_bytes()) {
                return Err(Fault::Invalid(
                    "the header `host` names another host than the request: leave it out"
                        .to_owned(),
                ));
            }
        } else if text.eq_ignore_ascii_case("content-length") {
            if length.replace(stated(bytes)?).is_some() {
                return Err(Fault::Invalid("the body has two lengths".to_owned()));
            }
        } else {
            map.append(name(text)?, value(text, bytes)?);
        }
    }
    Ok((map, length))
}

fn stated(bytes: &[u8]) -> Result<u64, Fault> {
    let digits = !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit);
    let text = std::str::from_utf8(bytes).ok().filter(|_| digits);
    let length = text.and_then(|text| text.parse().ok());
    length.ok_or_else(|| Fault::Invalid("the header `content-length` is no number".to_owned()))
}

/// Whether a header names the plugin or its user to a server, and stays with that server.
pub(super) fn is_private(name: &HeaderName, value: &HeaderValue) -> bool {
    value.is_sensitive()
        || [
            header::AUTHORIZATION,
            header::COOKIE,
            header::PROXY_AUTHORIZATION,
        ]
        .contains(name)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_words_in_upper_case() {
        for text in [
            "GET",
            "POST",
            "PUT",
            "DELETE",
            "HEAD",
            "OPTIONS",
            "PATCH",
            "PROPFIND",
            "VERSION-CONTROL",
        ] {
            assert_eq!(method(text).unwrap().as_str(), text);
        }
        for text in [
            "",
            "get",
            "Get",
            "CONNECT",
            "TRACE",
            "TRACK",
            "PRI",
            "GET ",
            " GET",
            "GET /x HTTP/1.1\r\n",
            "G\tT",
            "GÉT",
            "-GET",
            "GET1",
            "*",
            "GET\0",
            "AAAAAAAAAAAAAAAAAAAAA",
        ] {
            assert!(matches!(method(text), Err(Fault::Invalid(_))), "{text:?}");
        }
        assert!(method(&"x".repeat(100_000)).unwrap_err().to_string().len() < 300);
    }

    #[test]
    fn what_is_the_hosts_is_refused_in_every_spelling() {
        for text in [
            "accept",
            "Authorization",
            "X-Api-Key",
            "cookie",
            "x_custom",
            "range",
            "hosts",
        ] {
            assert_eq!(name(text).unwrap().as_str(), text.to_lowercase());
        }
        let hosts = HOSTS.iter().chain(&OVERRIDES);
        let hosts = hosts.chain(&["proxy-authorization", "Proxy-Connection", "proxy-x"]);
        for text in hosts {
            for text in [
                (*text).to_owned(),
                text.to_uppercase(),
                text.replace('-', "_"),
            ] {
                assert!(matches!(name(&text), Err(Fault::Invalid(_))), "{text}");
            }
        }
        for text in [
            "",
            " host",
            "host ",
            "a b",
            "a:b",
            ":authority",
            "a\r\nb",
            "a\0",
            "é",
            "a\tb",
        ] {
            assert!(matches!(name(text), Err(Fault::Invalid(_))), "{text:?}");
        }
    }

    #[test]
    fn values_hold_no_lines() {
        for good in [&b"x"[..], b"", b"a b", b"a\tb", b"\xff\xfe"] {
            assert_eq!(value("a", good).unwrap().as_bytes(), good);
        }
        for bad in [
            &b"a\r\nb: c"[..],
            b"a\nb",
            b"a\rb",
            b"a\0b",
            b"\x7f",
            b"\x1b",
        ] {
            assert!(matches!(value("a", bad), Err(Fault::Invalid(_))), "{bad:?}");
        }
        let told = value("a", b"s3cret\n").unwrap_err().to_string();
        assert!(!told.contains("s3cret"), "{told}");
    }

    #[test]
    fn headers_have_a_number_and_a_size() {
        let mut room = Room::default();
        for _ in 0..MAX_HEADERS {
            room.take(10).unwrap();
        }
        assert!(matches!(room.take(0), Err(Fault::TooLarge(_))));
        let mut room = Room::default();
        room.take(MAX_HEADERS_BYTES).unwrap();
        assert!(matches!(room.take(1), Err(Fault::TooLarge(_))));
        assert!(matches!(
            Room::default().take(usize::MAX),
            Err(Fault::TooLarge(_))
        ));
    }

    fn parts(headers: &[(&str, &str)]) -> Result<(HeaderMap, Option<u64>), Fault> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), value.as_bytes().to_vec());
        let headers: Vec<_> = headers.iter().map(owned).collect();
        of_parts(&headers, "a.example:8080")
    }

    #[test]
    fn host_and_length_of_parts_are_held_against_them() {
        let (map, length) = parts(&[
            ("Host", "A.example:8080"),
            ("content-length", "12"),
            ("x", "1"),
            ("X", "2"),
        ])
        .unwrap();
        assert_eq!((map.len(), length), (2, Some(12)));
        for wrong in [
            &[("host", "b.example")][..],
            &[("host", "a.example")],
            &[("host", "a.example:8080"), ("host", "b.example")],
            &[("content-length", "1"), ("content-length", "1")],
            &[("content-length", "+1")],
            &[("content-length", "")],
            &[("content-length", "1, 1")],
            &[("content-length", "99999999999999999999")],
            &[("transfer-encoding", "chunked")],
            &[("transfer_encoding", "chunked")],
            &[("x", "1\r\ny: 2")],
        ] {
            assert!(matches!(parts(wrong), Err(Fault::Invalid(_))), "{wrong:?}");
        }
    }
}
