//! The token in a form's body: found, and taken out where that leaves the rest as it was. Called
//! before a route sees the body.

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use bytes::Bytes;
use multer::{Constraints, Multipart, SizeLimit};

use crate::guard::{CSRF_FIELD, CSRF_HEADER};

/// Bytes of a token in a form: one that is longer is none.
const MOST: u64 = 256;

/// The token that a request carries, in a header or in its form, and the body without it.
pub(super) async fn token(headers: &HeaderMap, body: Bytes) -> (Option<String>, Bytes) {
    let header = headers.get(CSRF_HEADER).and_then(|it| it.to_str().ok());
    if let Some(token) = header {
        return (Some(token.to_owned()), body);
    }
    let kind = headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok());
    let kind = kind.unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return in_fields(body);
    }
    match multer::parse_boundary(kind) {
        // What a browser uploads stays as it is: a token in it is of no use to its plugin.
        Ok(boundary) => (in_parts(boundary, body.clone()).await, body),
        Err(_) => (None, body),
    }
}

fn in_fields(body: Bytes) -> (Option<String>, Bytes) {
    let Ok(text) = std::str::from_utf8(&body) else {
        return (None, body);
    };
    let read = |pair: &str| {
        form_urlencoded::parse(pair.as_bytes())
            .next()
            .map(|it| (it.0.into_owned(), it.1.into_owned()))
    };
    let is_token = |pair: &str| read(pair).is_some_and(|(name, _)| name == CSRF_FIELD);
    let Some(found) = text.split('&').find(|pair| is_token(pair)) else {
        return (None, body);
    };
    let token = read(found).map(|(_, token)| token);
    let rest: Vec<&str> = text.split('&').filter(|pair| !is_token(pair)).collect();
    (token, rest.join("&").into())
}

async fn in_parts(boundary: String, body: Bytes) -> Option<String> {
    let once = std::future::ready(Ok::<_, std::convert::Infallible>(body));
    let limits = SizeLimit::new().for_field(CSRF_FIELD, MOST);
    let constraints = Constraints::new().size_limit(limits);
    let stream = futures_util::stream::once(once);
    let mut parts = Multipart::with_constraints(stream, boundary, constraints);
    // What comes after a part that cannot be read is not looked for.
    while let Ok(Some(part)) = parts.next_field().await {
        if part.name() == Some(CSRF_FIELD) {
            return part.text().await.ok();
        }
    }
    None
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    async fn check(kind: &str, body: &str, expect: Option<&str>, rest: &str) {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, kind.parse().unwrap());
        let (token, left) = token(&headers, Bytes::copy_from_slice(body.as_bytes())).await;
        assert_eq!(token.as_deref(), expect, "{kind}: {body}");
        assert_eq!(left, rest, "{kind}: {body}");
    }

    #[tokio::test]
    async fn a_form_carries_its_token_among_its_fields() {
        let form = "application/x-www-form-urlencoded; charset=utf-8";
        check(form, "a=1&_csrf=t&b=%20", Some("t"), "a=1&b=%20").await;
        check(form, "_csrf=t", Some("t"), "").await;
        check(form, "%5Fcsrf=%74", Some("t"), "").await;
        check(form, "_csrf=t&_csrf=u", Some("t"), "").await;
        check(form, "a=_csrf&x_csrf=t", None, "a=_csrf&x_csrf=t").await;
        check(form, "", None, "").await;
        check("text/plain", "_csrf=t", None, "_csrf=t").await;
        check(
            "application/json",
            "{\"_csrf\":\"t\"}",
            None,
            "{\"_csrf\":\"t\"}",
        )
        .await;
    }

    #[tokio::test]
    async fn an_upload_carries_it_as_a_part() {
        let part = |name: &str, text: &str| {
            format!("--X\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
        };
        let kind = "multipart/form-data; boundary=X";
        let body = format!("{}{}--X--\r\n", part("file", "content"), part("_csrf", "t"));
        check(kind, &body, Some("t"), &body).await;
        let long = "t".repeat(1000);
        let body = format!("{}--X--\r\n", part("_csrf", &long));
        check(kind, &body, None, &body).await;
        let body = format!("{}--X--\r\n", part("file", "_csrf"));
        check(kind, &body, None, &body).await;
        check(kind, "--X", None, "--X").await;
        check("multipart/form-data", "--X", None, "--X").await;
    }

    #[tokio::test]
    async fn a_header_wins() {
        let mut headers = HeaderMap::new();
        headers.insert(CSRF_HEADER, "t".parse().unwrap());
        let body = Bytes::from_static(b"{}");
        assert_eq!(
            token(&headers, body.clone()).await,
            (Some("t".to_owned()), body)
        );
    }
}
