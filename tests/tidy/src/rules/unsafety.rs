//! Where the compiler's promises are taken into our own hands, and why.

use crate::Broken;
use crate::manifest::line_of;
use crate::repository::Source;
use crate::rust::code;

/// The files that may, and the reason.
pub const ALLOWED: &[(&str, &str)] = &[
    (
        "host/wasm/src/code/cache.rs",
        "compiled code is mapped from a file whose keyed hash was checked",
    ),
    (
        "guest-sdk/rust/src/raw.rs",
        "wit-bindgen generates the guest's side of the component ABI",
    ),
];

/// Guests of the tests do what hostile plugins do.
const FREE: &str = "tests/guests/";

/// What gives unsafe code away: the keyword, and the lint that forbids it.
const WORDS: [&str; 2] = ["unsafe", "unsafe_code"];

/// Holds sources against the table, and the table against the sources: a row whose file
/// has become safe goes.
#[must_use]
pub fn check(sources: &[Source], allowed: &[(&str, &str)]) -> Vec<Broken> {
    let mut broken = Vec::new();
    for source in sources.iter().filter(|it| !it.path.starts_with(FREE)) {
        let code = code(&source.text);
        let listed = allowed.iter().any(|row| row.0 == source.path);
        match (first_use(&code), listed) {
            (Some(at), false) => {
                let place = format!("{}:{}", source.path, line_of(&code, at));
                broken.push(Broken::at(
                    place,
                    "unsafe code has a row and a reason in this table",
                ));
            }
            (None, true) => {
                broken.push(Broken::at(&source.path, "it is safe now: its row can go"));
            }
            _ => {}
        }
    }
    let gone = allowed
        .iter()
        .filter(|row| sources.iter().all(|it| it.path != row.0));
    broken.extend(gone.map(|row| Broken::at(row.0, "there is no such file: its row can go")));
    broken
}

/// Where one of the words stands first.
fn first_use(code: &str) -> Option<usize> {
    let mut at = 0;
    for word in code.split_inclusive(|c: char| !c.is_alphanumeric() && c != '_') {
        let bare = word.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '_');
        if WORDS.contains(&bare) {
            return Some(at);
        }
        at += word.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_one(path: &str, text: &str) -> Vec<String> {
        let sources = [
            Source {
                path: path.to_owned(),
                text: text.to_owned(),
            },
            Source {
                path: "host/a.rs".to_owned(),
                text: "unsafe { }".to_owned(),
            },
        ];
        let broken = check(&sources, &[("host/a.rs", "why")]);
        broken.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn unsafe_code_is_where_the_table_says() {
        for text in ["unsafe { f() }", "#![allow(unsafe_code)]"] {
            let broken = check_one("host/b.rs", text);
            assert_eq!(
                broken,
                ["host/b.rs:1: unsafe code has a row and a reason in this table"]
            );
        }
        assert!(check_one("host/b.rs", "// unsafe\n").is_empty());
        assert!(check_one("host/b.rs", "mod unsafety;").is_empty());
        assert!(check_one("tests/guests/b.rs", "unsafe { }").is_empty());
    }

    #[test]
    fn a_row_without_a_use_goes() {
        let safe = Source {
            path: "host/a.rs".to_owned(),
            text: String::new(),
        };
        let allowed = &[("host/a.rs", "why"), ("host/gone.rs", "why")];
        let broken: Vec<String> = check(&[safe], allowed)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            broken,
            [
                "host/a.rs: it is safe now: its row can go",
                "host/gone.rs: there is no such file: its row can go",
            ]
        );
    }
}
