//! A plugin's answer, as a browser gets it. Whatever the plugin says, the headers that guard the
//! application are the host's.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use goatkit_capability::Fault;
use goatkit_manager::ActiveRoute;
use goatkit_runtime::{CallError, CallErrorKind, Content, RouteAnswer, Session, View};
use serde_json::{Map, Value, json};

use super::{Asked, headers};
use crate::guard::{ANSWER_POLICY, local_path, page_policy};
use crate::router::Web;
use crate::visit::Visit;
use crate::{assets, frame, pages};

/// What an answer without a type is: nothing that a browser opens.
pub(super) const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// Makes the answer.
pub(super) async fn with(
    web: &Web,
    visit: &Visit,
    session: &Session,
    route: &ActiveRoute,
    asked: &Asked<'_>,
    answer: RouteAnswer,
) -> Response {
    let malformed = |what: &str| malformed(asked.request, route, what);
    let Some(status) = status(answer.status) else {
        let what = format!("its status {} is none from 200 to 599", answer.status);
        return malformed(&what);
    };
    let plugin = &route.plugin.registration.name;
    let (mut passed, dropped) = headers::outwards(plugin, answer.headers);
    if !dropped.is_empty() {
        let names = dropped.join(", ");
        let route = format!("{} {}", route.route.method, route.route.path);
        tracing::warn!(
            plugin,
            "route {route}: headers that no route may answer: {names}"
        );
    }
    // A page is for its reader, also where that is nobody: its scripts carry a number of its own.
    let private = visit.actor.is_some() || matches!(answer.body, Content::Page(_));
    let keep = headers::cache_rule(passed.get(CACHE_CONTROL), private);
    passed.insert(CACHE_CONTROL, keep);
    match answer.body {
        Content::Bytes(bytes) => {
            let kind = passed.remove(CONTENT_TYPE);
            let kind = kind.filter(headers::is_one_document).unwrap_or(BYTES);
            raw(status, passed, kind, bytes.into())
        }
        Content::Text(text) => {
            let kind = HeaderValue::from_static("text/plain; charset=utf-8");
            raw(status, passed, kind, text.into())
        }
        Content::Json(text) => {
            let kind = HeaderValue::from_static("application/json");
            raw(status, passed, kind, text.into())
        }
        Content::Page(view) => {
            passed.remove(CONTENT_TYPE);
            let html = match page(web, visit, session, route, asked, view).await {
                Ok(html) => html,
                Err(refused) => return refused,
            };
            let policy = HeaderValue::try_from(page_policy(visit.surroundings.nonce.as_ref()));
            let policy = policy.unwrap_or(HeaderValue::from_static(ANSWER_POLICY));
            let kind = HeaderValue::from_static("text/html; charset=utf-8");
            passed.insert(CONTENT_SECURITY_POLICY, policy);
            passed.insert(CONTENT_TYPE, kind);
            (status, passed, html).into_response()
        }
        Content::Asset(file) => {
            let answer = asset(route, status, passed, file).await;
            answer.unwrap_or_else(|what| malformed(&what))
        }
        Content::Redirect(to) => {
            redirect(status, passed, &to).unwrap_or_else(|what| malformed(&what))
        }
    }
}

pub(super) fn status(asked: u16) -> Option<StatusCode> {
    let status = StatusCode::from_u16(asked).ok()?;
    (200..=599).contains(&asked).then_some(status)
}

/// What a plugin made by itself: a document of it can do nothing.
pub(super) fn raw(
    status: StatusCode,
    mut headers: HeaderMap,
    kind: HeaderValue,
    body: Body,
) -> Response {
    headers.insert(CONTENT_TYPE, kind);
    let policy = HeaderValue::from_static(ANSWER_POLICY);
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    (status, headers, body).into_response()
}

async fn page(
    web: &Web,
    visit: &Visit,
    session: &Session,
    route: &ActiveRoute,
    asked: &Asked<'_>,
    view: View,
) -> Result<String, Response> {
    let read = serde_json::from_str::<Map<String, Value>>(&view.data);
    let mut data = read.map_err(|error| {
        let what = format!("the data of its page is no JSON object: {error}");
        malformed(asked.request, route, &what)
    })?;
    data.insert("query".to_owned(), json!(pages::query(asked.request)));
    let part = frame::Part {
        plugin: &route.plugin,
        path: asked.path,
        template: &view.template,
        title: &view.title,
    };
    let rendered = frame::render(web, visit, session, &part, data).await;
    rendered.map_err(|error| pages::failed(asked.path, &error))
}

async fn asset(
    route: &ActiveRoute,
    status: StatusCode,
    mut headers: HeaderMap,
    file: String,
) -> Result<Response, String> {
    let name = file.chars().take(200).collect::<String>();
    match assets::read(&route.plugin.package, file).await {
        Ok(Some(asset)) => {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
            if asset.document {
                let policy = HeaderValue::from_static(assets::SANDBOX);
                headers.insert(CONTENT_SECURITY_POLICY, policy);
            }
            Ok((status, headers, asset.bytes).into_response())
        }
        Ok(None) => {
            let name = name.escape_debug();
            Err(format!("its package has no file static/{name}"))
        }
        Err(why) => Ok(assets::broken(&why)),
    }
}

fn redirect(status: StatusCode, mut headers: HeaderMap, to: &str) -> Result<Response, String> {
    let location = local_path(to).and_then(|path| HeaderValue::try_from(path).ok());
    let location = location.ok_or_else(|| {
        let to = to.chars().take(200).collect::<String>();
        let to = to.escape_debug();
        format!("it redirects to `{to}`, which is no path of this application")
    })?;
    let status = match status {
        StatusCode::MOVED_PERMANENTLY
        | StatusCode::FOUND
        | StatusCode::SEE_OTHER
        | StatusCode::TEMPORARY_REDIRECT
        | StatusCode::PERMANENT_REDIRECT => status,
        _ => StatusCode::SEE_OTHER,
    };
    headers.remove(CONTENT_TYPE);
    headers.insert(LOCATION, location);
    Ok((status, headers).into_response())
}

/// The plugin's answer is none.
fn malformed(request: &Parts, route: &ActiveRoute, what: &str) -> Response {
    let plugin = &route.plugin.registration.name;
    let place = format!(
        "plugin `{plugin}`, route {} {}",
        route.route.method, route.route.path
    );
    tracing::warn!("{place}: {what}");
    told(
        request,
        StatusCode::BAD_GATEWAY,
        &format!("{place}: {what}"),
    )
}

/// The plugin did not answer, or said that it does not.
pub(super) fn error(request: &Parts, error: &CallError) -> Response {
    let status = status_of(error);
    tracing::warn!("{}: {error}", request.uri.path());
    let answer = told(request, status, &error.to_string());
    frame::later(answer, error.retry_after())
}

/// Not even the host knew in time.
pub(super) fn late(request: &Parts) -> Response {
    let why = "the plugin was not ready in time";
    tracing::warn!("{}: {why}", request.uri.path());
    told(request, StatusCode::SERVICE_UNAVAILABLE, why)
}

pub(super) fn told(request: &Parts, status: StatusCode, text: &str) -> Response {
    let title = match status {
        StatusCode::NOT_FOUND => frame::NO_PAGE,
        StatusCode::BAD_REQUEST => "The plugin does not understand this",
        StatusCode::FORBIDDEN => "This is not for you",
        _ => "The plugin did not answer",
    };
    frame::told(request, status, title, text)
}

/// The status that an error of the contract is answered with; see `wit/routes.wit`.
fn status_of(error: &CallError) -> StatusCode {
    match error.kind() {
        CallErrorKind::Unknown => StatusCode::NOT_FOUND,
        CallErrorKind::Invalid => StatusCode::BAD_REQUEST,
        CallErrorKind::Busy
        | CallErrorKind::Stopped
        | CallErrorKind::Resting
        | CallErrorKind::Quarantined => StatusCode::SERVICE_UNAVAILABLE,
        CallErrorKind::TimedOut => StatusCode::GATEWAY_TIMEOUT,
        CallErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        _ => match error.passed_on() {
            Some(Fault::Denied(_)) => StatusCode::FORBIDDEN,
            Some(Fault::TimedOut) => StatusCode::GATEWAY_TIMEOUT,
            Some(Fault::Failed(failure)) => of_code(&failure.code),
            _ => StatusCode::BAD_GATEWAY,
        },
    }
}

fn of_code(code: &str) -> StatusCode {
    match code {
        "not-found" => StatusCode::NOT_FOUND,
        "conflict" => StatusCode::CONFLICT,
        "rate-limited" => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::BAD_GATEWAY,
    }
}
