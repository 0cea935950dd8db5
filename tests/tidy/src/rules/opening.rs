//! A file says what it is before it does anything, and has one subject.

use crate::Broken;
use crate::repository::Source;
use crate::rust::test_files;

/// The longest file. Most are far shorter; what passes this has two subjects.
pub const MOST_LINES: usize = 500;

/// Holds sources against that. A module of tests that stands in a file of its own belongs
/// to the file that declares it, and needs no opening.
#[must_use]
pub fn check(sources: &[Source]) -> Vec<Broken> {
    let tests = test_files(sources);
    let mut broken = Vec::new();
    for source in sources {
        let belongs = tests.contains(&source.path) && source.path.contains("/src/");
        if !source.text.starts_with("//!") && !belongs {
            let rule = "a source opens with `//!`: what lives here, who calls it, what is not here";
            broken.push(Broken::at(format!("{}:1", source.path), rule));
        }
        let lines = source.text.lines().count();
        if lines > MOST_LINES {
            let rule = format!("{lines} lines, and {MOST_LINES} are the most: split it");
            broken.push(Broken::at(&source.path, rule));
        }
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_one(path: &str, text: &str) -> Vec<String> {
        let parent = Source {
            path: "a/src/lib.rs".to_owned(),
            text: "//! A\n#[cfg(test)]\nmod tests;".to_owned(),
        };
        let source = Source {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        let broken = check(&[parent, source]);
        broken.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_source_without_an_opening_is_named() {
        assert!(check_one("a/src/b.rs", "//! B").is_empty());
        assert!(check_one("a/src/tests.rs", "use super::*;").is_empty());
        for path in ["a/src/b.rs", "a/tests/b.rs"] {
            let broken = check_one(path, "use std::fmt;\n//! late");
            assert!(broken[0].starts_with(&format!("{path}:1: a source opens")));
        }
    }

    #[test]
    fn a_source_of_two_subjects_is_named() {
        let most = "//! B\n".repeat(MOST_LINES);
        assert!(check_one("a/src/b.rs", &most).is_empty());
        let broken = check_one("a/src/b.rs", &format!("{most}//! B"));
        assert_eq!(
            broken,
            ["a/src/b.rs: 501 lines, and 500 are the most: split it"]
        );
    }
}
