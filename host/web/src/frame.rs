//! What stands around a plugin's page: the application's `_plugin_page.html` if it has
//! one, else the smallest page that works. And the pages that say that there is none.

use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{Html, IntoResponse, Response};
use goatkit_manager::ActivePage;
use goatkit_package::StoredPackage;
use goatkit_runtime::Session;
use minijinja::HtmlEscape;
use serde_json::{Value, json};

use crate::router::Web;
use crate::templates::{RenderError, Rendered};

/// The application's template around plugins' pages. It gets `title`, `content` (HTML),
/// `plugin`, `menu`, `path` and `locale`.
const FRAME: &str = "_plugin_page.html";

/// Puts a plugin's page into the application's. A page that stands in a layout of the
/// application's already stays as it is.
pub(crate) async fn around(
    web: &Web,
    session: &Session,
    page: &ActivePage,
    body: Rendered,
) -> Result<String, RenderError> {
    if body.in_layout {
        return Ok(body.html);
    }
    let locale = &session.facts().locale;
    let title = text(&page.plugin.package, locale, &page.page.title);
    if !web.templates.has(FRAME) {
        return Ok(document(locale, &title, &body.html));
    }
    let context = json!({
        "title": title,
        "content": body.html,
        "plugin": page.plugin.registration.name,
        "menu": menu(web, session),
        "path": page.page.path,
        "locale": locale,
    });
    web.templates
        .render_application(session, FRAME, context)
        .await
}

/// The menu items of all plugins that have registered, labels in the session's language.
pub(crate) fn menu(web: &Web, session: &Session) -> Vec<Value> {
    let snapshot = web.manager.snapshot();
    let entry = |entry: &goatkit_manager::MenuEntry| {
        let label = text(
            &entry.plugin.package,
            &session.facts().locale,
            &entry.item.label,
        );
        json!({
            "label": label,
            "path": entry.item.path,
            "icon": entry.item.icon,
            "plugin": entry.plugin.registration.name,
        })
    };
    snapshot.menu.iter().map(entry).collect()
}

/// A text of a registration: a key of the package's translations, or itself.
fn text(package: &StoredPackage, locale: &str, key: &str) -> String {
    package
        .translations()
        .translate(locale, key, &[])
        .unwrap_or_else(|| key.to_owned())
}

/// There is no page at `path`.
pub(crate) fn not_found(path: &str) -> Response {
    error(StatusCode::NOT_FOUND, "There is no such page", path)
}

/// A page that says what went wrong.
pub(crate) fn error(status: StatusCode, title: &str, text: &str) -> Response {
    let body = format!("<h1>{title}</h1>\n<pre>{}</pre>", HtmlEscape(text));
    let page = (status, Html(document("en", title, &body)));
    match status {
        StatusCode::SERVICE_UNAVAILABLE => (page.0, [(RETRY_AFTER, "1")], page.1).into_response(),
        _ => page.into_response(),
    }
}

fn document(locale: &str, title: &str, body: &str) -> String {
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
    fn what_went_wrong_is_shown_as_text() {
        let page = document("de\"", "<b>", "");
        assert!(
            page.contains("lang=\"de&quot;\"") && page.contains("&lt;b&gt;"),
            "{page}"
        );
    }
}
