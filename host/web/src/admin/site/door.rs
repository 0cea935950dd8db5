//! What holds for every request and every answer of the site, whoever asks.
//!
//! A request that calls the site by another name is another site's, which leads a browser here.
//! No answer may be read, framed or kept by anybody else, and no other origin is ever let in:
//! what asks whether it may is refused.

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::admin::answer::refusal;
use crate::hosts::Names;

/// What a page of the site may do in a browser: no script at all.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'";

/// The headers of every answer.
pub(super) const HEADERS: [(HeaderName, &str); 7] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_FRAME_OPTIONS, "DENY"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // With `no-referrer` browsers say of the site's own forms that they come from nowhere.
    (REFERRER_POLICY, "same-origin"),
    (CACHE_CONTROL, "no-store"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

pub(super) async fn enter(State(names): State<Names>, request: Request, next: Next) -> Response {
    let mut answer = if !names.are_right(request.uri(), request.headers()) {
        let text = "this site does not answer to that name: call it `localhost` with its port, or \
                    let whoever runs it allow the name";
        refusal(StatusCode::MISDIRECTED_REQUEST, text).into_response()
    } else if request.method() == Method::OPTIONS {
        let text = "no other site may use this one";
        refusal(StatusCode::METHOD_NOT_ALLOWED, text).into_response()
    } else {
        next.run(request).await
    };
    put(answer.headers_mut());
    answer
}

fn put(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
