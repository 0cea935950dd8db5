//! Pages: the application's own, by its templates, and those that plugins registered.
//!
//! `/a/b` is the application's template `a/b.html` or `a/b/index.html`; a file or folder
//! whose name begins with `_` is for including and never a page. What the application
//! does not have, a plugin may.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::VARY;
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Response};
use goatkit_manager::ActivePage;
use goatkit_runtime::{CallErrorKind, Session};
use serde_json::{Value, json};
use tokio::time::error::Elapsed;
use tokio::time::timeout_at;

use crate::frame;
use crate::path::decoded;
use crate::request::page_facts;
use crate::router::Web;
use crate::templates::{RenderError, RenderErrorKind};

/// `GET` of anything that nothing else answers.
pub(crate) async fn show(
    State(web): State<Web>,
    Query(query): Query<BTreeMap<String, String>>,
    request: Parts,
) -> Response {
    let Some(path) = decoded(request.uri.path()) else {
        return frame::not_found(request.uri.path());
    };
    let path = path.as_str();
    let session = web.manager.session(page_facts(&web, &request, path));
    let page = match application_template(&web, path) {
        Some(template) => {
            let context = application_context(&web, &session, path, query).await;
            web.templates
                .render_application(&session, &template, context)
                .await
        }
        None => match plugin_page(&web, &session, path).await {
            Ok(Some(page)) => render_plugin_page(&web, &session, &page, query).await,
            Ok(None) => return frame::not_found(path),
            Err(Elapsed { .. }) => return not_ready(path),
        },
    };
    let answer = match page {
        Ok(html) => Html(html).into_response(),
        Err(error) => failed(path, &error),
    };
    // The locale of the session is the reader's.
    ([(VARY, "accept-language")], answer).into_response()
}

/// The application's template for a path.
fn application_template(web: &Web, path: &str) -> Option<String> {
    let name = path.trim_matches('/');
    let hidden = name
        .split('/')
        .any(|part| part.starts_with('_') || part.starts_with('.'));
    if hidden {
        return None;
    }
    let index = if name.is_empty() {
        "index.html".to_owned()
    } else {
        format!("{name}/index.html")
    };
    let candidates = [format!("{name}.html"), index];
    candidates.into_iter().find(|name| web.templates.has(name))
}

/// The plugin's page for a path. Plugins that have never registered do so now, because
/// the page may be theirs; whoever asks waits for them no longer than for a page.
async fn plugin_page(
    web: &Web,
    session: &Session,
    path: &str,
) -> Result<Option<ActivePage>, Elapsed> {
    let snapshot = web.manager.snapshot();
    if let Some(page) = snapshot.pages.get(path) {
        return Ok(Some(page.clone()));
    }
    if snapshot.complete {
        return Ok(None);
    }
    let deadline = session.facts().deadline.into();
    timeout_at(deadline, web.manager.register_all()).await?;
    Ok(web.manager.snapshot().pages.get(path).cloned())
}

async fn render_plugin_page(
    web: &Web,
    session: &Session,
    page: &ActivePage,
    query: BTreeMap<String, String>,
) -> Result<String, RenderError> {
    let (package, template) = (&page.plugin.package, &page.page.template);
    let locale = &session.facts().locale;
    let context = json!({ "path": page.page.path, "query": query, "locale": locale });
    let body = web
        .templates
        .render_package(session, package, template, context)
        .await?;
    frame::around(web, session, page, body).await
}

/// What every template of the application may show.
async fn application_context(
    web: &Web,
    session: &Session,
    path: &str,
    query: BTreeMap<String, String>,
) -> Value {
    json!({
        "path": path,
        "query": query,
        "locale": session.facts().locale,
        "menu": frame::menu(web, session),
    })
}

fn not_ready(path: &str) -> Response {
    let why = "plugins are still being made ready";
    tracing::warn!("{path}: {why}");
    frame::error(
        StatusCode::SERVICE_UNAVAILABLE,
        "This page cannot be shown yet",
        why,
    )
}

fn failed(path: &str, error: &RenderError) -> Response {
    tracing::warn!("{path}: {error}");
    let status = match error.kind() {
        RenderErrorKind::Busy | RenderErrorKind::Call(CallErrorKind::Busy) => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    frame::error(status, "This page cannot be shown", &error.to_string())
}
