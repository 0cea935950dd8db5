//! Pages: the application's own, by its templates, and those that plugins registered.
//!
//! `/a/b` is the application's template `a/b.html` or `a/b/index.html`; a file or folder
//! whose name begins with `_` is for including and never a page. What the application
//! does not have, a plugin may. A page has one path, besides the same with a `/` at its end: who
//! may see it is said by paths, and another one would be a way around that.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Response};
use goatkit_capability::EntryKind;
use goatkit_manager::{ActivePage, permits};
use goatkit_runtime::{CallErrorKind, Session};
use serde_json::{Map, Value, json};

use crate::guard::page_policy;
use crate::router::Web;
use crate::templates::{RenderError, RenderErrorKind};
use crate::visit::Visit;
use crate::{denied, frame};

/// Who may keep a page: the reader, and only if he asks each time whether it is still so.
pub(crate) const PAGE_CACHE: &str = "private, no-cache";

/// The fields of a query; of two with one name the last counts.
pub(crate) type Query = BTreeMap<String, String>;

/// A page of the application that is shown.
pub(crate) struct Shown<'a> {
    /// What hooks call it, e.g. `demo.ticket`.
    pub(crate) name: &'a str,
    pub(crate) path: &'a str,
    pub(crate) template: &'a str,
    /// What the template gets besides what every template gets.
    pub(crate) data: Map<String, Value>,
    /// What of that hooks may see.
    pub(crate) public: Map<String, Value>,
}

/// A template of the application's that is a page.
pub(crate) struct Template {
    /// Where it is shown: `/a/b`, never `/a/b/` or `/a/b/index`.
    pub(crate) path: String,
    /// The file: `a/b/index.html`.
    pub(crate) file: String,
}

/// `GET` of a path that is a template of the application's.
pub(crate) async fn application(
    web: &Web,
    visit: &Visit,
    template: &Template,
    request: &Parts,
) -> Response {
    let query = json!(query(request));
    let fields = |with: &Value| Map::from_iter([("query".to_owned(), with.clone())]);
    let shown = Shown {
        name: &name_of(&template.file),
        path: &template.path,
        template: &template.file,
        data: fields(&query),
        // The path says which page it is; what is asked of it is the reader's business.
        public: Map::new(),
    };
    show(web, visit, shown).await
}

/// Shows a page of the application, with what plugins have to say about it.
pub(crate) async fn show(web: &Web, visit: &Visit, shown: Shown<'_>) -> Response {
    let session = visit.session(web, EntryKind::Page, shown.path, web.page);
    let plugins = hooked(web, &session, &shown).await;
    let mut context = frame::context(web, visit, shown.path);
    context.extend(shown.data);
    context.insert("plugins".to_owned(), Value::Object(plugins));
    let rendered = web
        .templates
        .around(&visit.surroundings)
        .render_application(&session, shown.template, Value::Object(context))
        .await;
    page(visit, shown.path, rendered)
}

/// What the hooks of plugins answer before the page is rendered, by their template names.
async fn hooked(web: &Web, session: &Session, shown: &Shown<'_>) -> Map<String, Value> {
    let payload = json!({
        "path": shown.path,
        "locale": session.facts().locale,
        "data": shown.public,
    });
    let Value::Object(payload) = payload else {
        return Map::new();
    };
    let of = format!("page:{}", shown.name);
    let answers = web
        .manager
        .run_hooks(session, "before_render", &of, payload)
        .await;
    let answered = answers.into_iter().filter_map(|it| {
        let answer = it.result.ok()??;
        Some((it.plugin.template_name(), answer))
    });
    answered.collect()
}

/// A page that a plugin registered, for whoever may see it.
pub(crate) async fn plugin(
    web: &Web,
    visit: &Visit,
    page: &ActivePage,
    request: &Parts,
) -> Response {
    if let Err(why) = permits(&page.page.access, visit.actor.as_ref()) {
        return denied::answer(web, request, &why);
    }
    let path = &page.page.path;
    let session = visit.session(web, EntryKind::Page, path, web.page);
    let part = frame::Part {
        plugin: &page.plugin,
        path,
        template: &page.page.template,
        title: &page.page.title,
    };
    let data = Map::from_iter([("query".to_owned(), json!(query(request)))]);
    let rendered = frame::render(web, visit, &session, &part, data).await;
    self::page(visit, path, rendered)
}

/// What was rendered, with the headers of a page.
pub(crate) fn page(visit: &Visit, path: &str, rendered: Result<String, RenderError>) -> Response {
    let html = match rendered {
        Ok(html) => html,
        Err(error) => return failed(path, &error),
    };
    let policy = page_policy(visit.surroundings.nonce.as_ref());
    let headers = [
        (CONTENT_SECURITY_POLICY, policy),
        (CACHE_CONTROL, PAGE_CACHE.to_owned()),
    ];
    (headers, Html(html)).into_response()
}

pub(crate) fn query(request: &Parts) -> Query {
    let query = request.uri.query().unwrap_or_default();
    form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

/// The application's template for a path.
pub(crate) fn template_of(web: &Web, path: &str) -> Option<Template> {
    let name = page_name(path)?;
    let candidates = match name {
        "" => vec!["index.html".to_owned()],
        name => vec![format!("{name}.html"), format!("{name}/index.html")],
    };
    let mut candidates = candidates.into_iter();
    let file = candidates.find(|name| web.templates.has(name))?;
    let path = format!("/{name}");
    Some(Template { path, file })
}

/// What a path says after its first `/`, if a page may be called so.
fn page_name(path: &str) -> Option<&str> {
    let name = match path.strip_prefix('/')? {
        "" => return Some(""),
        name => name.strip_suffix('/').unwrap_or(name),
    };
    let is_hidden = |part: &str| part.is_empty() || part.starts_with(['_', '.']);
    // `/a/index` would be another path of `/a`.
    let is_page = !name.split('/').any(is_hidden) && last(name) != "index";
    is_page.then_some(name)
}

fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or_default()
}

/// What hooks call the page of a template: its path with dots, `index` for the first one.
fn name_of(template: &str) -> String {
    let name = template.strip_suffix(".html").unwrap_or(template);
    let name = name.strip_suffix("/index").unwrap_or(name);
    name.replace('/', ".")
}

pub(crate) fn not_ready(path: &str) -> Response {
    let why = "plugins are still being made ready";
    tracing::warn!("{path}: {why}");
    frame::error(
        StatusCode::SERVICE_UNAVAILABLE,
        "This page cannot be shown yet",
        why,
    )
}

pub(crate) fn failed(path: &str, error: &RenderError) -> Response {
    tracing::warn!("{path}: {error}");
    let status = match error.kind() {
        RenderErrorKind::Busy
        | RenderErrorKind::Call(
            CallErrorKind::Busy | CallErrorKind::Resting | CallErrorKind::Quarantined,
        ) => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let answer = frame::error(status, "This page cannot be shown", &error.to_string());
    frame::later(answer, error.retry_after())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_one_path() {
        for (path, expect) in [
            ("/", Some("")),
            ("/a", Some("a")),
            ("/a/", Some("a")),
            ("/a/b", Some("a/b")),
            ("/indexes", Some("indexes")),
            ("//", None),
            ("//a", None),
            ("///a", None),
            ("/a//", None),
            ("/a//b", None),
            ("/index", None),
            ("/a/index", None),
            ("/a/index/", None),
            ("/_a", None),
            ("/a/_b", None),
            ("/.", None),
            ("/a/..", None),
            ("/a/./b", None),
            ("a", None),
            ("", None),
        ] {
            assert_eq!(page_name(path), expect, "{path}");
        }
    }

    #[test]
    fn pages_are_named_by_their_paths() {
        for (template, expect) in [
            ("index.html", "index"),
            ("demo/hello.html", "demo.hello"),
            ("demo/index.html", "demo"),
            ("a/b/c.html", "a.b.c"),
        ] {
            assert_eq!(name_of(template), expect);
        }
    }
}
