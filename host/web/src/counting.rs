//! Counts requests by where they were made and by the first digit of what was answered: so few
//! figures that nobody who asks for many paths makes more of them. Whatever a request leads to is
//! in a span that says no more than that: its path may be a secret, as a webhook's is.

use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use goatkit_runtime::SPANS;
use metrics::counter;
use tracing::field::Empty;
use tracing::{Instrument, debug_span};

/// Counts a request of the application's.
pub(crate) async fn in_the_application(request: Request, next: Next) -> Response {
    counted("application", request, next).await
}

/// Counts a request to the site for administrators.
pub(crate) async fn at_the_admin_site(request: Request, next: Next) -> Response {
    counted("administration", request, next).await
}

async fn counted(place: &'static str, request: Request, next: Next) -> Response {
    let span = debug_span!(
        target: SPANS,
        "request",
        place,
        method = method(request.method()),
        status = Empty,
        otel.kind = "server",
    );
    let answer = next.run(request).instrument(span.clone()).await;
    span.record("status", answer.status().as_u16());
    let class = class(answer.status());
    counter!("goatkit_requests_total", "place" => place, "status" => class).increment(1);
    answer
}

/// The method, if it is one that everybody knows: visitors may make others up.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}
