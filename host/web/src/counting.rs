//! Counts requests by where they were made and by the first digit of what was answered: so few
//! figures that nobody who asks for many paths makes more of them.

use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use metrics::counter;

/// Counts a request of the application's.
pub(crate) async fn in_the_application(request: Request, next: Next) -> Response {
    counted("application", request, next).await
}

/// Counts a request to the site for administrators.
pub(crate) async fn at_the_admin_site(request: Request, next: Next) -> Response {
    counted("administration", request, next).await
}

async fn counted(place: &'static str, request: Request, next: Next) -> Response {
    let answer = next.run(request).await;
    let class = class(answer.status());
    counter!("goatkit_requests_total", "place" => place, "status" => class).increment(1);
    answer
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
