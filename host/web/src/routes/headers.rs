//! Which headers pass between a browser and a plugin's route. Pure.
//!
//! Inwards everything passes but what signs in and what is about the connection. Outwards only
//! what is listed here does: a browser obeys more headers than anybody can name, and most of them
//! speak for the whole application.

use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONNECTION, CONTENT_DISPOSITION, CONTENT_LANGUAGE, CONTENT_TYPE,
    COOKIE, ETAG, EXPIRES, LAST_MODIFIED, PROXY_AUTHORIZATION, RETRY_AFTER, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::guard::CSRF_HEADER;

/// Headers of one answer, so that a plugin's mistake is not the host's memory.
const MOST: usize = 64;

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

/// What a request's route is told.
pub(super) fn inwards(headers: &HeaderMap) -> Vec<(String, Vec<u8>)> {
    let passes = |(name, _): &(&HeaderName, &HeaderValue)| {
        !KEPT_FROM_ROUTES.contains(name) && !KEPT_FROM_ROUTES_TOO.contains(&name.as_str())
    };
    let pair = |(name, value): (&HeaderName, &HeaderValue)| {
        (name.as_str().to_owned(), value.as_bytes().to_vec())
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
    let (mut passed, mut dropped) = (HeaderMap::new(), Vec::new());
    for (name, value) in headers {
        let read = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_bytes(&value),
        );
        match read {
            (Ok(name), Ok(value))
                if (OF_ROUTES.contains(&name) || name.as_str().starts_with(&own))
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

/// How long an answer may be kept, and by whom. What was made for somebody is for nobody else,
/// whatever its plugin says.
pub(super) fn cache_rule(asked: Option<&HeaderValue>, for_somebody: bool) -> HeaderValue {
    let asked = asked.and_then(|it| it.to_str().ok());
    let shares = |rule: &str| {
        let rule = rule.to_ascii_lowercase();
        rule.contains("public") || rule.contains("s-maxage") || rule.contains("immutable")
    };
    let rule = match (asked, for_somebody) {
        (Some(rule), true) if shares(rule) => "private, no-cache",
        (Some(rule), true) if rule.to_ascii_lowercase().contains("private") => rule,
        (Some(rule), true) => return joined("private, ", rule),
        (Some(rule), false) => rule,
        (None, true) => "private, no-cache",
        (None, false) => "no-cache",
    };
    joined("", rule)
}

fn joined(before: &str, rule: &str) -> HeaderValue {
    // It came as a header value.
    HeaderValue::try_from(format!("{before}{rule}"))
        .unwrap_or(HeaderValue::from_static("private, no-cache"))
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
        assert_eq!(inwards(&headers), expect);
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
        ] {
            let value = asked.map(HeaderValue::from_static);
            assert_eq!(cache_rule(value.as_ref(), somebody), expect, "{asked:?}");
        }
    }
}
