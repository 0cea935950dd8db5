//! A guest's mistake is a value: code that ships has nothing in it that gives up.

use crate::Broken;
use crate::manifest::line_of;
use crate::repository::Source;
use crate::rust::{code, test_files, without_tests};

/// What gives up, and what to write instead.
pub const FORBIDDEN: &[(&str, &str)] = &[
    (".unwrap()", "return an error or a fault"),
    (".expect(", "return an error or a fault"),
    ("todo!", "write it, or do not offer it"),
    ("unimplemented!", "write it, or do not offer it"),
    ("dbg!", "use tracing"),
];

/// The folders whose code ships.
pub const SHIPPED: &[&str] = &["host/", "conformance/", "cli/", "guest-sdk/"];

/// Holds sources against that; what is for tests only is free.
#[must_use]
pub fn check(sources: &[Source]) -> Vec<Broken> {
    let tests = test_files(sources);
    let ships = |path: &str| SHIPPED.iter().any(|folder| path.starts_with(folder));
    let shipped = sources
        .iter()
        .filter(|it| ships(&it.path) && !tests.contains(&it.path));
    shipped.flat_map(check_source).collect()
}

fn check_source(source: &Source) -> Vec<Broken> {
    let code = without_tests(&code(&source.text));
    let mut broken = Vec::new();
    for (pattern, instead) in FORBIDDEN {
        for (at, _) in code.match_indices(pattern) {
            let longer = |c: char| c.is_alphanumeric() || c == '_';
            if !pattern.starts_with('.') && code[..at].ends_with(longer) {
                continue;
            }
            let place = format!("{}:{}", source.path, line_of(&code, at));
            let rule = format!("no `{pattern}` in code that ships: {instead}");
            broken.push(Broken::at(place, rule));
        }
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_one(path: &str, text: &str) -> Vec<String> {
        let source = Source {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        check(&[source]).into_iter().map(|it| it.place).collect()
    }

    #[test]
    fn what_gives_up_is_named_with_its_line() {
        for (pattern, _) in FORBIDDEN {
            let text = format!("fn f() {{\n    x{pattern}\n}}");
            let text = text.replace("xtodo", "todo").replace("xdbg", "dbg");
            let text = text.replace("xunimpl", "unimpl");
            assert_eq!(check_one("host/a/src/b.rs", &text), ["host/a/src/b.rs:2"]);
        }
    }

    #[test]
    fn tests_comments_and_texts_are_free() {
        let path = "host/a/src/b.rs";
        for text in [
            "#[cfg(test)]\nmod tests { fn f() { x.unwrap() } }",
            "/// x.unwrap()\nfn f() {}",
            "const A: &str = \".unwrap()\";",
            "x.unwrap_or_default()",
            "mydbg!(x)",
        ] {
            assert!(check_one(path, text).is_empty(), "{text}");
        }
        assert!(check_one("host/a/tests/b.rs", "x.unwrap()").is_empty());
        assert!(check_one("examples/a/src/lib.rs", "x.unwrap()").is_empty());
        let behind = "#[cfg(test)]\nmod tests { }\nfn f() { x.unwrap() }";
        assert_eq!(check_one(path, behind), ["host/a/src/b.rs:3"]);
    }
}
