//! What a plugin answers below its own prefix by `wasi:http/incoming-handler`: the same checks and
//! headers as for a route. The answer flows; a request that changes something is read whole first,
//! because its form may hold the token.

use axum::body::Body;
use axum::http::HeaderName;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::response::Response;
use goatkit_capability::EntryKind;
use goatkit_manager::{ActiveMount, permits};
use goatkit_runtime::{HttpAnswer, HttpBody, HttpRequest};
use http_body_util::{BodyExt, Full};
use tokio::time::timeout_at;

use super::{checked, headers, respond};
use crate::denied;
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
        Ok(body) => Full::new(body)
            .map_err(|never| match never {})
            .boxed_unsync(),
        Err(refused) => return refused,
    };
    let time = web.page + mount.time();
    let session = visit.session(web, EntryKind::Route, path, time);
    let answered = timeout_at(
        session.deadline().into(),
        web.manager.serve_http(&session, mount, told(request, body)),
    );
    match answered.await {
        Ok(Ok(answer)) => shown(&visit, plugin, path, answer),
        Ok(Err(error)) => respond::error(request, &error),
        Err(_) => respond::late(request),
    }
}

/// The request without what signs in.
fn told(request: &Parts, body: HttpBody) -> HttpRequest {
    let mut told = HttpRequest::new(body);
    *told.method_mut() = request.method.clone();
    *told.uri_mut() = request.uri.clone();
    for (name, value) in &request.headers {
        if headers::passes_inwards(name) {
            told.headers_mut().append(name.clone(), value.clone());
        }
    }
    told
}

fn shown(visit: &Visit, plugin: &str, path: &str, answer: HttpAnswer) -> Response {
    let (head, body) = answer.into_parts();
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
    let kind = passed.remove(CONTENT_TYPE);
    let kind = kind.filter(headers::is_one_document);
    respond::raw(
        head.status,
        passed,
        kind.unwrap_or(respond::BYTES),
        Body::new(body),
    )
}
