//! Markup that a plugin makes itself. The host shows it as it is, so that the plugin
//! answers for the escaping; a template of the package's escapes by itself.

use std::borrow::Cow;

/// A function's answer that is shown as markup, not as text.
///
/// ```
/// use goatkit_plugin::html::{Html, escape};
///
/// pub fn greeting(name: String) -> Html {
///     Html(format!("<b>Hello {}</b>", escape(&name)))
/// }
/// # assert_eq!(greeting("<i>".into()).0, "<b>Hello &lt;i&gt;</b>");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Html(pub String);

/// Makes a text safe between tags and inside quoted attributes.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_leaves_no_markup() {
        let cases = [
            ("plain äöü", "plain äöü"),
            ("", ""),
            ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
            ("\"it's\"", "&quot;it&#39;s&quot;"),
            ("&lt;", "&amp;lt;"),
        ];
        for (text, expect) in cases {
            assert_eq!(escape(text), expect);
        }
    }
}
