//! Which headers pass between a browser and a plugin's route. Pure.
//!
//! Inwards everything passes but what signs in and what is about the connection. Outwards only
//! what is listed here does: a browser obeys more headers than anybody can name, and most of them
//! speak for the whole application.

use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONNECTION, CONTENT_DISPOSITION, CONTENT_LANGUAGE,
    CONTENT_LENGTH, CONTENT_TYPE, COOKIE, ETAG, EXPIRES, LAST_MODIFIED, PROXY_AUTHORIZATION,
    RETRY_AFTER, TE, TRAILER, TRANSFER_ENCODING, UPGRADE, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::guard::CSRF_HEADER;

/// Headers of one answer, so that a plugin's mistake is not the host's memory.
const MOST: usize = 64;

/// Bytes of one of them: more no proxy takes.
const MOST_BYTES: usize = 4096;

/// What a route is never told.
const KEPT_FROM_ROUTES: &[HeaderName] = &[
    COOKIE,
    AUTHORIZATION,
    PROXY_AUTHORIZATION,
    CONNECTION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// The same, of those that have no constant.
const KEPT_FROM_ROUTES_TOO: &[&str] = &["keep-alive", "proxy-connection", CSRF_HEADER];

/// What a route may answer.
const OF_ROUTES: &[HeaderName] = &[
    CONTENT_TYPE,
    CONTENT_LANGUAGE,
    CONTENT_DISPOSITION,
    CACHE_CONTROL,
    ETAG,
    LAST_MODIFIED,
    EXPIRES,
    RETRY_AFTER,
    VARY,
];

/// How headers begin that mean something to browsers or to servers in between, so that they are
/// no plugin's own, whatever it is called: `x-content-type-options` is not for a plugin `content`.
const NOBODYS_OWN: &[&str] = &[
    "x-accel-",
    "x-content-",
    "x-dns-",
    "x-download-",
    "x-forwarded-",
    "x-frame-",
    "x-lighttpd-",
    "x-permitted-",
    "x-reproxy-",
    "x-robots-",
    "x-sendfile-",
    "x-ua-",
    "x-webkit-",
    "x-xss-",
];

/// Whether a route is told a header of this name.
pub(super) fn passes_inwards(name: &HeaderName) -> bool {
    !KEPT_FROM_ROUTES.contains(name) && !KEPT_FROM_ROUTES_TOO.contains(&name.as_str())
}

/// What a request's route is told of one whose body has `length` bytes by now: a form came with
/// its token, and is handed on without it.
pub(super) fn inwards(headers: &HeaderMap, length: usize) -> Vec<(String, Vec<u8>)> {
    let passes = |(name, _): &(&HeaderName, &HeaderValue)| passes_inwards(name);
    let pair = |(name, value): (&HeaderName, &HeaderValue)| {
        let value = match *name == CONTENT_LENGTH {
            true => length.to_string().into_bytes(),
            false => value.as_bytes().to_vec(),
        };
        (name.as_str().to_owned(), value)
    };
    headers.iter().filter(passes).map(pair).collect()
}

/// What of a plugin's headers a browser gets, and the names of those that it does not.
/// `x-<plugin>-…` is the plugin's own.
pub(super) fn outwards(
    plugin: &str,
    headers: impl IntoIterator<Item = (String, Vec<u8>)>,
) -> (HeaderMap, Vec<String>) {
    let own = format!("x-{plugin}-");
    let is_own = |name: &str| {
        let taken = NOBODYS_OWN.iter().any(|begins| name.starts_with(begins));
        name.starts_with(&own) && !taken
    };
    let (mut passed, mut dropped) = (HeaderMap::new(), Vec::new());
    for (name, value) in headers {
        let read = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_bytes(&value),
        );
        match read {
            (Ok(name), Ok(value))
                if (OF_ROUTES.contains(&name) || is_own(name.as_str()))
                    && !is_of_everything(&name, &value)
                    && value.len() <= MOST_BYTES
                    && passed.len() < MOST =>
            {
                passed.append(name, value);
            }
            _ if dropped.len() < MOST => dropped.push(name.chars().take(64).collect()),
            _ => {}
        }
    }
    (passed, dropped)
}

/// `vary: *` says that nobody can tell two requests apart, which the host can.
fn is_of_everything(name: &HeaderName, value: &HeaderValue) -> bool {
    *name == VARY && value.as_bytes().contains(&b'*')
}

/// How long an answer may be kept, and by whom. What was made for somebody is for nobody else,
/// whatever its plugin says.
pub(super) fn cache_rule(asked: Option<&HeaderValue>, for_somebody: bool) -> HeaderValue {
    match (asked, for_somebody) {
        (Some(rule), false) => rule.clone(),
        (None, false) => HeaderValue::from_static("no-cache"),
        (rule, true) => rule.and_then(private).unwrap_or(NOT_KEPT),
    }
}

const NOT_KEPT: HeaderValue = HeaderValue::from_static("private, no-cache");

/// The same rule for one reader's browser alone; nothing if it says more than that can be.
/// `private="etag"` would keep from others one header and nothing else.
fn private(rule: &HeaderValue) -> Option<HeaderValue> {
    let rule = rule.to_str().ok()?.to_ascii_lowercase();
    let mut kept = vec!["private"];
    for part in rule.split(',').map(str::trim) {
        match part.split_once('=') {
            None if matches!(part, "private" | "") => {}
            None if matches!(part, "no-cache" | "no-store" | "must-revalidate") => kept.push(part),
            Some(("max-age", seconds)) if seconds.bytes().all(|it| it.is_ascii_digit()) => {
                kept.push(part);
            }
            _ => return None,
        }
    }
    HeaderValue::try_from(kept.join(", ")).ok()
}

/// Whether a type is that of one document. One of several parts gives each part headers of its
/// own, and a browser takes cookies from there.
pub(super) fn is_one_document(kind: &HeaderValue) -> bool {
    let kind = kind.as_bytes().trim_ascii_start();
    let several = b"multipart/";
    let begins = kind.get(..several.len());
    !begins.is_some_and(|it| it.eq_ignore_ascii_case(several))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_told_what_was_asked_and_not_who_is_signed_in() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("cookie", "gk_session=secret"),
            ("authorization", "Bearer secret"),
            ("proxy-authorization", "secret"),
            ("x-csrf-token", "secret"),
            ("connection", "keep-alive"),
            ("keep-alive", "1"),
            ("upgrade", "websocket"),
            ("transfer-encoding", "chunked"),
            ("accept", "text/html"),
            ("x-signature", "s"),
        ] {
            headers.append(HeaderName::from_static(name), value.parse().unwrap());
        }
        headers.append("accept", "b".parse().unwrap());
        let expect = [
            ("accept".to_owned(), b"text/html".to_vec()),
            ("accept".to_owned(), b"b".to_vec()),
            ("x-signature".to_owned(), b"s".to_vec()),
        ];
        assert_eq!(inwards(&headers, 0), expect);
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("70"));
        let length = ("content-length".to_owned(), b"7".to_vec());
        assert!(inwards(&headers, 7).contains(&length));
    }

    #[test]
    fn only_what_is_the_answers_own_passes() {
        let check = |name: &str, passes: bool| {
            let (passed, dropped) = outwards("notes", [(name.to_owned(), b"x".to_vec())]);
            assert_eq!(passed.len() == 1, passes, "{name}");
            assert_eq!(dropped.is_empty(), passes, "{name}");
        };
        for own in [
            "content-type",
            "Content-Type",
            "content-disposition",
            "cache-control",
            "etag",
            "x-notes-total",
        ] {
            check(own, true);
        }
        for others in [
            "set-cookie",
            "Set-Cookie",
            "content-security-policy",
            "content-security-policy-report-only",
            "access-control-allow-origin",
            "access-control-allow-credentials",
            "cross-origin-resource-policy",
            "cross-origin-opener-policy",
            "service-worker-allowed",
            "clear-site-data",
            "refresh",
            "link",
            "location",
            "x-frame-options",
            "x-content-type-options",
            "x-accel-redirect",
            "x-sendfile",
            "x-other-total",
            "x-notes",
            "strict-transport-security",
            "report-to",
            "reporting-endpoints",
            "nel",
            "sourcemap",
            "www-authenticate",
            "transfer-encoding",
            "content-length",
            "content-encoding",
            "connection",
            "permissions-policy",
            "referrer-policy",
            "speculation-rules",
            "alt-svc",
            "no such name",
            "größe",
            "",
        ] {
            check(others, false);
        }
        let broken = outwards(
            "notes",
            [("etag".to_owned(), b"a\r\nset-cookie: b".to_vec())],
        );
        assert!(broken.0.is_empty() && broken.1 == ["etag"], "{broken:?}");
    }

    #[test]
    fn no_plugin_is_called_so_that_a_header_of_the_hosts_is_its_own() {
        for (plugin, name, passes) in [
            ("content", "x-content-type-options", false),
            ("content-type", "x-content-type-options", false),
            ("frame", "x-frame-options", false),
            ("accel", "x-accel-redirect", false),
            ("xss", "X-XSS-Protection", false),
            ("contents", "x-contents-total", true),
        ] {
            let (passed, _) = outwards(plugin, [(name.to_owned(), b"x".to_vec())]);
            assert_eq!(passed.len() == 1, passes, "{plugin} {name}");
        }
    }

    #[test]
    fn a_header_is_no_book() {
        for (bytes, passes) in [(MOST_BYTES, true), (MOST_BYTES + 1, false)] {
            let (passed, dropped) = outwards("notes", [("etag".to_owned(), vec![b'x'; bytes])]);
            assert_eq!((passed.len(), dropped.is_empty()), (passes.into(), passes));
        }
    }

    #[test]
    fn an_answer_is_one_document() {
        for (kind, expect) in [
            ("text/html", true),
            ("application/multipart", true),
            ("multipart/x-mixed-replace; boundary=a", false),
            ("Multipart/Mixed", false),
            (" multipart/related", false),
        ] {
            assert_eq!(
                is_one_document(&HeaderValue::from_static(kind)),
                expect,
                "{kind}"
            );
        }
    }

    #[test]
    fn an_answer_varies_by_what_it_names() {
        for (value, passes) in [
            ("accept", true),
            ("accept, x-a", true),
            ("*", false),
            ("a, *", false),
        ] {
            let (passed, _) = outwards("notes", [("vary".to_owned(), value.into())]);
            assert_eq!(passed.len() == 1, passes, "{value}");
        }
    }

    #[test]
    fn thousands_of_headers_are_not_kept() {
        let many = (0..10_000).map(|_| ("etag".to_owned(), b"x".to_vec()));
        let (passed, dropped) = outwards("notes", many);
        assert_eq!((passed.len(), dropped.len()), (MOST, MOST));
    }

    #[test]
    fn what_is_for_somebody_is_kept_by_nobody_else() {
        for (asked, somebody, expect) in [
            (None, true, "private, no-cache"),
            (None, false, "no-cache"),
            (Some("public, max-age=60"), true, "private, no-cache"),
            (Some("Public"), true, "private, no-cache"),
            (Some("max-age=60"), true, "private, max-age=60"),
            (Some("private, max-age=60"), true, "private, max-age=60"),
            (Some("s-maxage=60"), true, "private, no-cache"),
            (Some("public, max-age=60"), false, "public, max-age=60"),
            (Some("no-store"), true, "private, no-store"),
            (Some("Private, Max-Age=60"), true, "private, max-age=60"),
            (
                Some("private=\"etag\", max-age=60"),
                true,
                "private, no-cache",
            ),
            (Some("max-age=60, immutable"), true, "private, no-cache"),
            (Some("max-age=public"), true, "private, no-cache"),
            (Some("a=private"), true, "private, no-cache"),
            (Some(""), true, "private"),
        ] {
            let value = asked.map(HeaderValue::from_static);
            assert_eq!(cache_rule(value.as_ref(), somebody), expect, "{asked:?}");
        }
    }
}
