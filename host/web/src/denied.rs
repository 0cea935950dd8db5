//! What somebody is told who may not see what he asked for.

use axum::http::header::ACCEPT;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use goatkit_manager::AccessDenied;

use crate::frame;
use crate::router::Web;

/// Where the built-in people sign in.
pub(crate) const SIGN_IN: &str = "/sign-in";

/// Sends whoever reads pages to sign in, where that is this host's business, and tells everybody
/// else what is missing.
pub(crate) fn answer(web: &Web, request: &Parts, why: &AccessDenied) -> Response {
    let (status, title) = match why {
        AccessDenied::SignIn => (StatusCode::UNAUTHORIZED, "Sign in first"),
        AccessDenied::Permission(_) => (StatusCode::FORBIDDEN, "This is not for you"),
    };
    let is_page = matches!(request.method, Method::GET | Method::HEAD);
    let is_page = is_page && !wants_json(&request.headers);
    if matches!(why, AccessDenied::SignIn) && is_page && web.accounts().is_some() {
        return Redirect::to(&format!("{SIGN_IN}?{}", next(request))).into_response();
    }
    frame::told(request, status, title, &why.to_string())
}

/// Where he wanted to go, as a query.
fn next(request: &Parts) -> String {
    let wanted = request.uri.path_and_query().map_or("/", |it| it.as_str());
    form_urlencoded::Serializer::new(String::new())
        .append_pair("next", wanted)
        .finish()
}

/// Whether a program asks rather than a person.
pub(crate) fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|it| it.to_str().ok());
    accept.is_some_and(|it| it.contains("json") && !it.contains("html"))
}
