//! What the path of a request names: percent-encoding undone, once and strictly. Called by
//! the pages, before they look for anything of that name.

/// The path that `encoded` stands for; nothing if it stands for none that a page can have.
/// An encoded `/` is no `/`, so a path that has one is refused rather than read as another.
pub(crate) fn decoded(encoded: &str) -> Option<String> {
    let mut path = Vec::with_capacity(encoded.len());
    let mut bytes = encoded.bytes();
    while let Some(byte) = bytes.next() {
        let byte = match byte {
            b'%' => match (digit(bytes.next()?)? << 4) | digit(bytes.next()?)? {
                b'/' => return None,
                byte => byte,
            },
            byte => byte,
        };
        path.push(byte);
    }
    let path = String::from_utf8(path).ok()?;
    let is_refused = |c: char| c == '\\' || c.is_control();
    (!path.contains(is_refused)).then_some(path)
}

fn digit(byte: u8) -> Option<u8> {
    let digit = char::from(byte).to_digit(16)?;
    u8::try_from(digit).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_decoded_once_and_strictly() {
        let check = |encoded: &str, expect: Option<&str>| {
            assert_eq!(decoded(encoded).as_deref(), expect, "{encoded}");
        };
        check("/", Some("/"));
        check("/a/b", Some("/a/b"));
        check("/gr%C3%B6%c3%9Fe", Some("/größe"));
        check("/größe", Some("/größe"));
        check("/a%20b", Some("/a b"));
        check("/%5flayout", Some("/_layout"));
        check("/%2e%2e/x", Some("/../x"));
        check("/%255f", Some("/%5f"));
        check("/a%2fb", None);
        check("/a%5Cb", None);
        check("/a\\b", None);
        check("/a%00", None);
        check("/a%0a", None);
        check("/a%7f", None);
        check("/a%C2%85", None);
        check("/%ff", None);
        check("/%C3", None);
        check("/%", None);
        check("/%4", None);
        check("/%zz", None);
        check("/%+4", None);
    }
}
