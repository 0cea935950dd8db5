//! Paths of the application and patterns of paths, as registrations write them: `{name}` is one
//! segment, `{*name}` the rest. Used where a registration is checked and where it is shown, so
//! that both mean the same. Pure.

use std::fmt::Write as _;

/// Where every plugin has its own prefix.
pub(crate) const PLUGINS: &str = "/plugins/";

/// A segment of a pattern that is not fixed.
pub(crate) struct Parameter<'p> {
    pub(crate) name: &'p str,
    /// Whether it is the rest of the path.
    pub(crate) rest: bool,
}

/// The parameter that a segment of a pattern is, if it is one.
pub(crate) fn parameter(segment: &str) -> Option<Parameter<'_>> {
    let inner = segment.strip_prefix('{')?.strip_suffix('}')?;
    Some(match inner.strip_prefix('*') {
        Some(name) => Parameter { name, rest: true },
        None => Parameter {
            name: inner,
            rest: false,
        },
    })
}

/// A pattern with its parameters numbered: what they are called makes no difference.
pub(crate) fn shape(pattern: &str) -> String {
    let mut shape = String::with_capacity(pattern.len());
    for (at, segment) in pattern.split('/').enumerate() {
        if at > 0 {
            shape.push('/');
        }
        // Writing to a text does not fail.
        let _ = match parameter(segment) {
            Some(it) if it.rest => write!(shape, "{{*p{at}}}"),
            Some(_) => write!(shape, "{{p{at}}}"),
            None => write!(shape, "{segment}"),
        };
    }
    shape
}

/// Whether a path is one of those that a pattern means.
pub(crate) fn matches(pattern: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    for fixed in pattern.split('/') {
        let Some(segment) = segments.next() else {
            return false;
        };
        match parameter(fixed) {
            Some(it) if it.rest => return !segment.is_empty() || segments.next().is_some(),
            Some(_) if segment.is_empty() => return false,
            Some(_) => {}
            None if fixed == segment => {}
            None => return false,
        }
    }
    segments.next().is_none()
}

/// The rule of `reach.routes` that covers every path that a pattern means: itself, or all that
/// is below its fixed beginning.
pub(crate) fn reach_of(pattern: &str) -> String {
    match pattern.find("/{") {
        Some(end) => format!("{}/*", &pattern[..end]),
        None => pattern.to_owned(),
    }
}

/// Whether a path or a pattern is below the plugin's own prefix.
pub(crate) fn is_own(plugin: &str, path: &str) -> bool {
    let rest = path.strip_prefix(PLUGINS);
    let rest = rest.and_then(|rest| rest.strip_prefix(plugin));
    rest.is_some_and(|rest| rest.starts_with('/'))
}

/// Whether the host answers a path below a plugin's prefix by itself: the static files of its
/// package, and the events of its channels.
pub(crate) fn is_of_the_host(path: &str) -> bool {
    let Some(below) = path.strip_prefix(PLUGINS) else {
        return false;
    };
    let mut segments = below.split('/').skip(1);
    match (segments.next(), segments.next()) {
        (Some("events"), Some(_)) => true,
        (Some(digest), Some("static")) => is_digest(digest),
        _ => false,
    }
}

/// A digest in full, as it stands in the addresses of static files.
fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A path of this application and of no other: no scheme, no host, no way up.
pub(crate) fn is_path(path: &str) -> bool {
    path.len() <= 512
        && path.starts_with('/')
        && !path.contains("//")
        && path.split('/').all(is_segment)
}

/// What may stand between two slashes.
pub(crate) fn is_segment(segment: &str) -> bool {
    segment != "."
        && segment != ".."
        && segment
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_means_paths() {
        for (pattern, path, expect) in [
            ("/a", "/a", true),
            ("/a", "/a/", false),
            ("/a/{id}", "/a/1", true),
            ("/a/{id}", "/a/", false),
            ("/a/{id}", "/a", false),
            ("/a/{id}", "/a/1/2", false),
            ("/a/{id}/b", "/a/1/b", true),
            ("/a/{id}/b", "/a/1/c", false),
            ("/a/{*rest}", "/a/1/2", true),
            ("/a/{*rest}", "/a/", false),
            ("/a/{*rest}", "/a", false),
            ("/{*rest}", "/a", true),
        ] {
            assert_eq!(matches(pattern, path), expect, "{pattern} {path}");
        }
    }

    #[test]
    fn names_of_parameters_make_no_difference() {
        for (pattern, expect) in [
            ("/a/b", "/a/b"),
            ("/a/{id}", "/a/{p2}"),
            ("/a/{name}/{*rest}", "/a/{p2}/{*p3}"),
        ] {
            assert_eq!(shape(pattern), expect);
        }
    }

    #[test]
    fn the_reach_of_a_pattern_holds_all_that_it_means() {
        for (pattern, expect) in [
            ("/a", "/a"),
            ("/a/{id}", "/a/*"),
            ("/a/{id}/b", "/a/*"),
            ("/{*rest}", "/*"),
        ] {
            assert_eq!(reach_of(pattern), expect);
        }
    }

    #[test]
    fn the_host_keeps_its_paths_below_a_prefix() {
        let digest = "ab".repeat(32);
        let files = format!("/plugins/kb/{digest}/static/a.css");
        let other = format!("/plugins/kb/{digest}/pages");
        for (path, expect) in [
            (files.as_str(), true),
            (other.as_str(), false),
            ("/plugins/kb/events/updates", true),
            ("/plugins/kb/events", false),
            ("/plugins/kb/abc/static/a.css", false),
            ("/kb/events/updates", false),
        ] {
            assert_eq!(is_of_the_host(path), expect, "{path}");
        }
    }

    #[test]
    fn paths_lead_nowhere_else() {
        for (path, expect) in [
            ("/", true),
            ("/a/b-c_d.e~f", true),
            ("a", false),
            ("//a", false),
            ("/a//b", false),
            ("/a/../b", false),
            ("/a/./b", false),
            ("/a\\b", false),
            ("/a b", false),
            ("/a?b", false),
            ("/a%2f", false),
            ("javascript:alert(1)", false),
        ] {
            assert_eq!(is_path(path), expect, "{path}");
        }
    }
}
