//! Plugins' routes: a request is looked at, handed to its plugin, and what that answers is made
//! fit for a browser.
//!
//! `headers` says which headers pass, `form` finds the token that an unsafe request carries,
//! `respond` makes the answer. Called by `dispatch`, which has found the route.
//!
//! Not here: which route a path is (the manager's snapshot), and how it is called.

mod form;
mod headers;
pub(crate) mod mount;
mod respond;

use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use goatkit_capability::EntryKind;
use goatkit_manager::{ActiveRoute, Params, permits};
use goatkit_runtime::RouteRequest;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::{timeout, timeout_at};

use crate::guard::{Audience, Forms, is_foreign};
use crate::router::Web;
use crate::visit::Visit;
use crate::{denied, frame};

/// Bytes of a request's body: it lies in the host and in the guest, each several times over.
const MAX_BODY_BYTES: usize = 8 << 20;

/// Time for the body to come: long enough for an upload over a slow line, and no place is held
/// for it meanwhile.
const BODY: Duration = Duration::from_secs(60);

/// What is asked of a route.
pub(crate) struct Asked<'a> {
    /// Decoded.
    pub(crate) path: &'a str,
    pub(crate) params: Params,
    pub(crate) request: &'a Parts,
}

/// Has a plugin answer a request.
pub(crate) async fn answer(
    web: &Web,
    visit: Visit,
    route: &ActiveRoute,
    asked: Asked<'_>,
    body: Body,
) -> Response {
    let visit = match route.route.webhook {
        true => visit.of_nobody(),
        false => visit,
    };
    if let Err(why) = permits(&route.route.access, visit.actor.as_ref()) {
        return denied::answer(web, asked.request, &why);
    }
    let guarded = is_unsafe(&asked.request.method) && !route.route.webhook;
    let plugin = &route.plugin.registration.name;
    let body = match checked(&visit, plugin, guarded, asked.request, body).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    let name = format!("{} {}", route.route.method, route.route.path);
    let time = web.page + route.time();
    let session = visit.session(web, EntryKind::Route, &name, time);
    let request = told(route, &asked, body);
    let answered = timeout_at(
        session.deadline().into(),
        web.manager.handle(&session, route, request),
    );
    match answered.await {
        Ok(Ok(answer)) => respond::with(web, &visit, &session, route, &asked, answer).await,
        Ok(Err(error)) => respond::error(asked.request, &error),
        Err(_) => respond::late(asked.request),
    }
}

/// The body of a request that may be what it says.
async fn checked(
    visit: &Visit,
    plugin: &str,
    guarded: bool,
    request: &Parts,
    body: Body,
) -> Result<Bytes, Response> {
    if guarded && is_foreign(&request.uri, &request.headers) {
        return Err(forged(request, "it comes from another site"));
    }
    let body = collected(request, body, MAX_BODY_BYTES).await?;
    let forms = visit.surroundings.forms.as_ref();
    match forms.filter(|_| guarded) {
        Some(forms) => {
            let (token, body) = form::token(&request.headers, body).await;
            match fits(forms, Audience::Plugin(plugin), token.as_deref()) {
                Ok(()) => Ok(body),
                Err(why) => Err(forged(request, why)),
            }
        }
        // Nobody's request has nobody's rights, and needs no proof that he wanted it.
        None => Ok(body),
    }
}

/// Whether a request that changes something carries its token, else why it is [`forged`].
pub(crate) fn fits(
    forms: &Forms,
    audience: Audience<'_>,
    token: Option<&str>,
) -> Result<(), &'static str> {
    match token {
        Some(token) if forms.fits(audience, token) => Ok(()),
        Some(_) => Err("its token is not of this page, or of an earlier sign-in"),
        None => Err(
            "it carries no token: a form needs `{{ csrf() }}`, a script the header `x-csrf-token`",
        ),
    }
}

pub(crate) fn is_unsafe(method: &Method) -> bool {
    !matches!(
        *method,
        Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE
    )
}

pub(crate) fn forged(request: &Parts, why: &str) -> Response {
    let text = format!("this request was not made by a page of this application: {why}");
    frame::told(request, StatusCode::FORBIDDEN, "Load the page again", &text)
}

/// The whole body, within its bounds.
pub(crate) async fn collected(request: &Parts, body: Body, most: usize) -> Result<Bytes, Response> {
    let title = "The request was not taken";
    let refuse = |status, text: &str| frame::told(request, status, title, text);
    let too_large = || {
        let text = format!("its body has more than {most} bytes");
        refuse(StatusCode::PAYLOAD_TOO_LARGE, &text)
    };
    // One that says so is not waited for.
    if body.size_hint().lower() > most as u64 {
        return Err(too_large());
    }
    let limited = Limited::new(body, most);
    match timeout(BODY, limited.collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(error)) => Err(refuse(StatusCode::BAD_REQUEST, &error.to_string())),
        Err(_) => {
            let text = "its body did not come in time";
            Err(refuse(StatusCode::REQUEST_TIMEOUT, text))
        }
    }
}

fn told(route: &ActiveRoute, asked: &Asked<'_>, body: Bytes) -> RouteRequest {
    let query = asked.request.uri.query().unwrap_or_default();
    let query = form_urlencoded::parse(query.as_bytes());
    RouteRequest {
        method: route.route.method.clone(),
        path: asked.path.to_owned(),
        route: route.route.path.clone(),
        params: asked.params.clone(),
        query: query
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect(),
        headers: headers::inwards(&asked.request.headers, body.len()),
        body: body.into(),
    }
}
