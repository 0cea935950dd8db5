//! Where a request comes from, as far as a browser says. What no browser sent says nothing, and
//! carries no cookie that somebody else could use.

use axum::http::HeaderMap;
use axum::http::Uri;
use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;

/// Whether a browser says that another site, or another origin of this one, made the request.
pub(crate) fn is_foreign(uri: &Uri, headers: &HeaderMap) -> bool {
    // All that are there have to agree.
    let fetched = headers.get_all("sec-fetch-site").iter();
    let fetched_here = fetched
        .map(|it| it.as_bytes())
        .all(|it| it == b"same-origin" || it == b"none");
    let host = headers.get(HOST).and_then(|it| it.to_str().ok());
    let host = host.or_else(|| uri.authority().map(Authority::as_str));
    let mut origins = headers.get_all(ORIGIN).iter();
    let from_here = origins.all(|origin| match (origin.to_str(), host) {
        (Ok(origin), Some(host)) => is_origin_of(origin, host),
        _ => false,
    });
    !(fetched_here && from_here)
}

/// Whether a browser fetches it to run it as a service worker, which would then answer for this
/// application.
pub(crate) fn is_worker_script(headers: &HeaderMap) -> bool {
    let is = |name: &str, value: &[u8]| {
        let mut all = headers.get_all(name).iter();
        all.any(|it| it.as_bytes().eq_ignore_ascii_case(value))
    };
    is("service-worker", b"script") || is("sec-fetch-dest", b"serviceworker")
}

fn is_origin_of(origin: &str, host: &str) -> bool {
    let authority = origin
        .strip_prefix("http://")
        .or_else(|| origin.strip_prefix("https://"));
    authority.is_some_and(|it| it.eq_ignore_ascii_case(host))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn headers(of: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &str)| {
            let name = axum::http::HeaderName::from_static(name);
            (name, value.parse().unwrap())
        };
        of.iter().map(pair).collect()
    }

    #[test]
    fn what_another_site_sends_is_known() {
        let host = ("host", "desk.example:8080");
        let check = |more: &[(&'static str, &str)], foreign: bool| {
            let all = [&[host], more].concat();
            let uri = "/".parse().unwrap();
            assert_eq!(is_foreign(&uri, &headers(&all)), foreign, "{more:?}");
        };
        check(&[], false);
        check(&[("sec-fetch-site", "same-origin")], false);
        check(&[("sec-fetch-site", "none")], false);
        check(&[("origin", "http://desk.example:8080")], false);
        check(&[("origin", "https://DESK.example:8080")], false);

        check(&[("sec-fetch-site", "cross-site")], true);
        check(&[("sec-fetch-site", "same-site")], true);
        check(&[("sec-fetch-site", "")], true);
        check(&[("origin", "http://desk.example")], true);
        check(&[("origin", "http://desk.example:8081")], true);
        check(&[("origin", "http://evil.example")], true);
        check(&[("origin", "null")], true);
        check(&[("origin", "http://desk.example:8080@evil.example")], true);
        check(
            &[
                ("sec-fetch-site", "same-origin"),
                ("origin", "http://evil.example"),
            ],
            true,
        );
        check(
            &[
                ("sec-fetch-site", "same-origin"),
                ("sec-fetch-site", "cross-site"),
            ],
            true,
        );
    }

    #[test]
    fn an_origin_needs_a_host_to_be_held_against() {
        let origin = headers(&[("origin", "http://a.example")]);
        assert!(is_foreign(&"/".parse().unwrap(), &origin));
        assert!(!is_foreign(&"http://a.example/".parse().unwrap(), &origin));
    }

    #[test]
    fn service_workers_are_known() {
        assert!(is_worker_script(&headers(&[("service-worker", "script")])));
        assert!(is_worker_script(&headers(&[(
            "sec-fetch-dest",
            "serviceworker"
        )])));
        assert!(!is_worker_script(&headers(&[("sec-fetch-dest", "script")])));
    }
}
