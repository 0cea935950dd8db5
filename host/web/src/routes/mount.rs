//! What a plugin answers below its own prefix by `wasi:http/incoming-handler`: the same checks and
//! headers as for a route. The answer flows; a request that changes something is read whole first,
//! because its form may hold the token.

use axum::body::Body;
use axum::http::HeaderName;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use goatkit_capability::EntryKind;
use goatkit_manager::{ActiveMount, permits};
use goatkit_runtime::{HttpAnswer, HttpBody, HttpRequest};
use http_body_util::{BodyExt, Full};
use tokio::time::timeout_at;

use super::{checked, headers, respond};
use crate::denied;
use crate::guard::local_path;
use crate::router::Web;
use crate::visit::Visit;

/// Has a plugin answer a request.
pub(crate) async fn answer(
    web: &Web,
    visit: Visit,
    mount: &ActiveMount,
    path: &str,
    request: &Parts,
    body: Body,
) -> Response {
    if let Err(why) = permits(&mount.access, visit.actor.as_ref()) {
        return denied::answer(web, request, &why);
    }
    let plugin = &mount.plugin.registration.name;
    let body = match checked(
        &visit,
        plugin,
        super::is_unsafe(&request.method),
        request,
        body,
    )
    .await
    {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    let length = HeaderValue::from(body.len());
    let body = Full::new(body).map_err(|never| match never {});
    let time = web.page + mount.time();
    let session = visit.session(web, EntryKind::Route, path, time);
    let answered = timeout_at(
        session.deadline().into(),
        web.manager
            .serve_http(&session, mount, told(request, body.boxed_unsync(), length)),
    );
    match answered.await {
        Ok(Ok(answer)) => shown(request, &visit, plugin, path, answer),
        Ok(Err(error)) => respond::error(request, &error),
        Err(_) => respond::late(request),
    }
}

/// The request without what signs in.
fn told(request: &Parts, body: HttpBody, length: HeaderValue) -> HttpRequest {
    let mut told = HttpRequest::new(body);
    *told.method_mut() = request.method.clone();
    *told.uri_mut() = request.uri.clone();
    for (name, value) in &request.headers {
        if headers::passes_inwards(name) {
            told.headers_mut().append(name.clone(), value.clone());
        }
    }
    // A form came with its token, and is handed on without it.
    if told.headers().contains_key(CONTENT_LENGTH) {
        told.headers_mut().insert(CONTENT_LENGTH, length);
    }
    told
}

fn shown(request: &Parts, visit: &Visit, plugin: &str, path: &str, answer: HttpAnswer) -> Response {
    let (mut head, body) = answer.into_parts();
    if respond::status(head.status.as_u16()).is_none() {
        let text = format!(
            "plugin `{plugin}`, {path}: its status {} is none from 200 to 599",
            head.status.as_u16()
        );
        return respond::told(request, StatusCode::BAD_GATEWAY, &text);
    }
    let location = head.headers.remove(LOCATION);
    let pair = |(name, value): (&HeaderName, &axum::http::HeaderValue)| {
        (name.as_str().to_owned(), value.as_bytes().to_vec())
    };
    let (mut passed, dropped) = headers::outwards(plugin, head.headers.iter().map(pair));
    if !dropped.is_empty() {
        let names = dropped.join(", ");
        tracing::warn!(plugin, "{path}: headers that no route may answer: {names}");
    }
    let keep = headers::cache_rule(passed.get(CACHE_CONTROL), visit.actor.is_some());
    passed.insert(CACHE_CONTROL, keep);
    // Where it leads to another place than this application it leads nowhere.
    let location = location.as_ref().and_then(|it| it.to_str().ok());
    let location = location.and_then(local_path);
    if let Some(Ok(location)) = location.map(HeaderValue::try_from) {
        passed.insert(LOCATION, location);
    }
    let kind = passed.remove(CONTENT_TYPE);
    let kind = kind.filter(headers::is_one_document);
    respond::raw(
        head.status,
        passed,
        kind.unwrap_or(respond::BYTES),
        // What may follow the body are headers, which nobody has looked at.
        Body::from_stream(body.into_data_stream()),
    )
}
