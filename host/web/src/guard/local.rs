//! Which texts are paths of this application and can lead nowhere else. Redirects of plugins, and
//! where somebody goes after he signed in, are held against it.

/// Bytes of a path with its query.
const MOST: usize = 2048;

/// The path, as it is sent, if every browser reads it as one of this application: it begins with
/// one `/`, and has nothing in it that a browser drops or reads as another separator.
pub(crate) fn local_path(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let begins_well = bytes.next() == Some(b'/') && !matches!(bytes.next(), Some(b'/' | b'\\'));
    let is_refused = |c: char| c.is_control() || c == '\\' || c == ' ';
    if !begins_well || text.len() > MOST || text.contains(is_refused) {
        return None;
    }
    // Two slashes further on would begin a host where a server in between drops a segment.
    let path = text.split(['?', '#']).next().unwrap_or_default();
    if path.contains("//") || path.split('/').any(is_dots) {
        return None;
    }
    Some(text.chars().map(encoded).collect())
}

/// `.` and `..`, also where a browser undoes the encoding.
fn is_dots(segment: &str) -> bool {
    let plain = segment.to_ascii_lowercase().replace("%2e", ".");
    plain == "." || plain == ".."
}

/// Headers are ASCII.
fn encoded(c: char) -> String {
    let mut buffer = [0; 4];
    let text = c.encode_utf8(&mut buffer);
    if c.is_ascii() && !matches!(c, '"' | '<' | '>' | '`' | '{' | '}' | '|' | '^') {
        return text.to_owned();
    }
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_application_pass() {
        for (text, expect) in [
            ("/", Some("/")),
            ("/a/b?c=d&e=/f//g#h", Some("/a/b?c=d&e=/f//g#h")),
            ("/größe", Some("/gr%C3%B6%C3%9Fe")),
            ("/a%20b", Some("/a%20b")),
            ("/a\"<b>", Some("/a%22%3Cb%3E")),
            ("", None),
            ("a", None),
            ("?a", None),
            ("//evil.example", None),
            ("/\\evil.example", None),
            ("\\\\evil.example", None),
            ("/a//evil.example", None),
            ("/a/..//evil.example", None),
            ("/..//evil.example", None),
            ("/%2e%2E/a", None),
            ("/.", None),
            ("/\t/evil.example", None),
            ("/\n/evil.example", None),
            ("\t//evil.example", None),
            (" //evil.example", None),
            ("/a b", None),
            ("/a\r\nset-cookie: a=b", None),
            ("https://evil.example", None),
            ("https:evil.example", None),
            ("javascript:alert(1)", None),
            ("data:text/html,x", None),
            ("/a\u{85}b", None),
        ] {
            assert_eq!(local_path(text).as_deref(), expect, "{text:?}");
        }
        assert!(local_path(&format!("/{}", "a".repeat(MOST - 1))).is_some());
        assert!(local_path(&format!("/{}", "a".repeat(MOST))).is_none());
    }
}
