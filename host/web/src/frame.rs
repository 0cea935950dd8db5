//! What stands around a plugin's page: the application's `_plugin_page.html` if it has
//! one, else the smallest page that works. And the pages that say that there is none.

use std::time::Duration;

use axum::Json;
use axum::http::header::RETRY_AFTER;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use goatkit_manager::{Active, MenuEntry};
use goatkit_package::StoredPackage;
use goatkit_runtime::{MAIN_MENU, Session};
use minijinja::HtmlEscape;
use serde_json::{Map, Value, json};

use crate::denied::wants_json;
use crate::managed::used;
use crate::router::Web;
use crate::templates::RenderError;
use crate::visit::Visit;

/// The application's template around plugins' pages. It gets what every template of the
/// application gets, and `title`, `content` (HTML) and `plugin`.
const FRAME: &str = "_plugin_page.html";

/// A template of a package, as a page.
pub(crate) struct Part<'a> {
    pub(crate) plugin: &'a Active,
    pub(crate) path: &'a str,
    pub(crate) template: &'a str,
    /// Text, or a key of the package's translations.
    pub(crate) title: &'a str,
}

/// What every template of the application gets: `path`, `locale`, `actor` (`id`, `login`, `kind`,
/// `permissions`; none where nobody is signed in), `menu`, `menus` by location, `csp_nonce` for
/// its own scripts, and whether people `sign_in` here.
pub(crate) fn context(web: &Web, visit: &Visit, path: &str) -> Map<String, Value> {
    let mut menus = menus(web, visit);
    let actor = visit.actor.as_ref().map(|it| {
        json!({ "id": it.id, "login": it.login, "kind": it.kind, "permissions": it.permissions })
    });
    let nonce = visit.surroundings.nonce.as_ref();
    let context = json!({
        "path": path,
        "locale": visit.locale,
        "actor": actor,
        "menu": menus.get(MAIN_MENU).cloned().unwrap_or(json!([])),
        "menus": std::mem::take(&mut menus),
        "csp_nonce": nonce.map(|it| it.as_str()),
        "sign_in": web.accounts().is_some(),
    });
    match context {
        Value::Object(context) => context,
        _ => Map::new(),
    }
}

/// Renders a template of a package with what its page, its route or its widget passes, and puts
/// it into the application's frame. One that stands in a layout of the application's already
/// stays as it is.
pub(crate) async fn render(
    web: &Web,
    visit: &Visit,
    session: &Session,
    part: &Part<'_>,
    mut data: Map<String, Value>,
) -> Result<String, RenderError> {
    let package = &part.plugin.package;
    data.insert("path".to_owned(), part.path.into());
    data.insert("locale".to_owned(), visit.locale.as_str().into());
    // Whatever a page shows its template can read: only who may run script gets the nonce.
    let nonce = visit.surroundings.nonce.as_ref();
    if let Some(nonce) = nonce.filter(|_| web.may_script(part.plugin)) {
        data.insert("nonce".to_owned(), nonce.as_str().into());
    } else {
        data.remove("nonce");
    }
    let templates = web.templates.around(&visit.surroundings);
    let body = templates
        .render_part(
            session,
            &used(part.plugin.clone()),
            part.template,
            Value::Object(data),
        )
        .await?;
    if body.in_layout {
        return Ok(body.html);
    }
    let title = text(package, &visit.locale, part.title);
    if !web.templates.has(FRAME) {
        return Ok(document(&visit.locale, &title, &body.html));
    }
    let mut around = context(web, visit, part.path);
    around.extend([
        ("title".to_owned(), title.into()),
        ("content".to_owned(), body.html.into()),
        (
            "plugin".to_owned(),
            part.plugin.registration.name.as_str().into(),
        ),
    ]);
    templates
        .render_application(session, FRAME, Value::Object(around))
        .await
}

/// The menus of the application by location, as far as the visitor may see what they lead to,
/// labels in his language.
fn menus(web: &Web, visit: &Visit) -> Map<String, Value> {
    let mut menus: Map<String, Value> = Map::new();
    for entry in web.manager.snapshot().menu_for(visit.actor.as_ref()) {
        let menu = menus
            .entry(entry.item.location.clone())
            .or_insert_with(|| json!([]));
        if let Value::Array(menu) = menu {
            menu.push(shown(&entry, &visit.locale));
        }
    }
    menus
}

fn shown(entry: &MenuEntry, locale: &str) -> Value {
    let children = entry.children.iter().map(|it| shown(it, locale));
    json!({
        "label": text(&entry.plugin.package, locale, &entry.item.label),
        "path": entry.item.path,
        "icon": entry.item.icon,
        "plugin": entry.plugin.registration.name,
        "children": children.collect::<Vec<_>>(),
    })
}

/// A text of a registration: a key of the package's translations, or itself.
pub(crate) fn text(package: &StoredPackage, locale: &str, key: &str) -> String {
    package
        .translations()
        .translate(locale, key, &[])
        .unwrap_or_else(|| key.to_owned())
}

/// The title of the page that says that there is none.
pub(crate) const NO_PAGE: &str = "There is no such page";

/// There is no page at `path`.
pub(crate) fn not_found(path: &str) -> Response {
    error(StatusCode::NOT_FOUND, NO_PAGE, path)
}

/// A page that says what went wrong.
pub(crate) fn error(status: StatusCode, title: &str, text: &str) -> Response {
    let body = format!("<h1>{title}</h1>\n<pre>{}</pre>", HtmlEscape(text));
    with(status, Html(document("en", title, &body)))
}

/// What went wrong, as a page or as JSON: whichever the request asks for.
pub(crate) fn told(request: &Parts, status: StatusCode, title: &str, text: &str) -> Response {
    match wants_json(&request.headers) {
        true => with(status, Json(json!({ "error": text }))),
        false => error(status, title, text),
    }
}

/// An answer that says when it makes sense to ask again, where that is known.
pub(crate) fn later(mut answer: Response, after: Option<Duration>) -> Response {
    if let Some(after) = after {
        // Whole seconds, and never sooner than it is.
        let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
        let seconds = HeaderValue::from(seconds.max(1));
        answer.headers_mut().insert(RETRY_AFTER, seconds);
    }
    answer
}

fn with(status: StatusCode, body: impl IntoResponse) -> Response {
    let mut answer = (status, body).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        let soon = HeaderValue::from_static("1");
        answer.headers_mut().insert(RETRY_AFTER, soon);
    }
    answer
}

pub(crate) fn document(locale: &str, title: &str, body: &str) -> String {
    let (locale, title) = (HtmlEscape(locale), HtmlEscape(title));
    format!(
        "<!doctype html>\n<html lang=\"{locale}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n</head>\n\
         <body>\n{body}\n</body>\n</html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_to_come_later_is_told_when() {
        let check = |after: Option<Duration>, expect: &str| {
            let status = StatusCode::SERVICE_UNAVAILABLE;
            let answer = later(error(status, "No", "not now"), after);
            assert_eq!(answer.headers()[RETRY_AFTER], expect, "{after:?}");
        };
        check(None, "1");
        check(Some(Duration::ZERO), "1");
        check(Some(Duration::from_millis(1001)), "2");
        check(Some(Duration::from_secs(60)), "60");
    }

    #[test]
    fn what_went_wrong_is_shown_as_text() {
        let page = document("de\"", "<b>", "");
        assert!(
            page.contains("lang=\"de&quot;\"") && page.contains("&lt;b&gt;"),
            "{page}"
        );
    }
}
