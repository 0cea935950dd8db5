//! How the pages for administrators are written: what is markup stands in this crate, and all
//! else is text, by its type.

use std::fmt::{Display, Write};

use axum::response::Html;
use goatkit_capability::grants::visible;
use minijinja::HtmlEscape;

/// A page that is being written.
pub(super) struct Page(String);

impl Page {
    /// A page with its title.
    pub(super) fn new(title: &'static str) -> Self {
        let mut page = Self(String::new());
        page.markup(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n\
             <link rel=\"stylesheet\" href=\"/style.css\">\n<title>",
        );
        page.markup(title);
        page.markup("</title>\n</head>\n<body>\n");
        page
    }

    /// Markup: only what stands in this crate is as lasting.
    pub(super) fn markup(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Text, of whatever origin; also as the value of an attribute between quotes. What would
    /// not be seen, or would change how the line is read, is written out.
    pub(super) fn text(&mut self, text: impl Display) -> &mut Self {
        let text = visible(&text.to_string());
        // A string takes all that is written to it.
        let _ = write!(self.0, "{}", HtmlEscape(&text));
        self
    }

    /// An element with a text in it.
    pub(super) fn element(
        &mut self,
        open: &'static str,
        text: impl Display,
        close: &'static str,
    ) -> &mut Self {
        self.markup(open).text(text).markup(close)
    }

    /// A list with a heading; nothing where there is nothing in it.
    pub(super) fn list<T: Display>(
        &mut self,
        heading: &'static str,
        items: impl IntoIterator<Item = T>,
    ) {
        let mut items = items.into_iter().peekable();
        if items.peek().is_none() {
            return;
        }
        self.element("<h2>", heading, "</h2>\n<ul>\n");
        for item in items {
            self.element("<li>", item, "</li>\n");
        }
        self.markup("</ul>\n");
    }

    /// The whole page.
    pub(super) fn end(mut self) -> Html<String> {
        self.markup("</body>\n</html>\n");
        Html(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        let mut page = Page::new("Title");
        page.element("<p title=\"", "\" onload=\"x", "\">");
        page.list("List", ["<script>alert('x')</script>", "a\u{202e}b\nc"]);
        page.list("Nothing", [] as [&str; 0]);
        let Html(page) = page.end();
        assert!(
            page.contains("<p title=\"&quot; onload=&quot;x\">"),
            "{page}"
        );
        assert!(page.contains("<li>&lt;script&gt;alert("), "{page}");
        assert!(page.contains("<li>a\\u{202e}b\\nc</li>"), "{page}");
        assert!(
            !page.contains("Nothing") && !page.contains("<script"),
            "{page}"
        );
    }
}
