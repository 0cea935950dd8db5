//! As much of Rust as the rules need: what is code, and what is there for tests only.

use std::collections::BTreeSet;

use crate::repository::Source;

const CFG_TEST: &str = "#[cfg(test)]";

/// The text with its comments and the contents of its texts blanked. Every byte that is
/// left stands where it stood.
#[must_use]
pub fn code(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let (kept, blanked) = next_piece(rest, code.chars().next_back());
        code.push_str(&rest[..kept]);
        blank(&mut code, &rest[kept..kept + blanked]);
        rest = &rest[kept + blanked..];
    }
    code
}

/// How many bytes from here are code, and how many behind them are not.
fn next_piece(rest: &str, before: Option<char>) -> (usize, usize) {
    if rest.starts_with("//") {
        return (0, rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return (0, block_comment(rest));
    }
    let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if let Some(length) = raw_text(rest).filter(|_| !in_word || before == Some('b')) {
        return (1, length - 1);
    }
    let length = match rest.as_bytes()[0] {
        b'"' => quoted(rest, '"'),
        b'\'' if is_character(rest) => quoted(rest, '\''),
        _ => return (rest.chars().next().map_or(1, char::len_utf8), 0),
    };
    (1, length - 1)
}

fn blank(code: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '\n' => code.push('\n'),
            c => code.extend(std::iter::repeat_n(' ', c.len_utf8())),
        }
    }
}

/// The length of a block comment; they nest.
fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        let here = &rest.as_bytes()[at..];
        if here.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += 1;
        }
    }
    at
}

/// The length of `r"…"` or `r#"…"#` with any number of `#`.
fn raw_text(rest: &str) -> Option<usize> {
    let behind = rest.strip_prefix('r')?;
    let hashes = behind.bytes().take_while(|byte| *byte == b'#').count();
    let inner = behind[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let head = 1 + hashes + 1;
    Some(
        inner
            .find(&end)
            .map_or(rest.len(), |at| head + at + end.len()),
    )
}

/// The length of what stands between two quotes, both included.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

/// Whether this is a character, and no lifetime.
fn is_character(rest: &str) -> bool {
    let mut behind = rest.chars().skip(1);
    behind.next() == Some('\\') || behind.next() == Some('\'')
}

/// Code with every item behind `#[cfg(test)]` blanked.
#[must_use]
pub fn without_tests(code: &str) -> String {
    let mut left = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(start) = rest.find(CFG_TEST) {
        let item = start + CFG_TEST.len();
        let end = item + item_length(&rest[item..]);
        left.push_str(&rest[..start]);
        blank(&mut left, &rest[start..end]);
        rest = &rest[end..];
    }
    left.push_str(rest);
    left
}

/// The length of an item: to its `;`, or to the `}` that closes it.
fn item_length(code: &str) -> usize {
    let (mut brackets, mut braces) = (0_i32, 0_i32);
    for (at, c) in code.char_indices() {
        match c {
            '(' | '[' => brackets += 1,
            ')' | ']' => brackets -= 1,
            '{' => braces += 1,
            '}' if braces <= 1 => return at + 1,
            '}' => braces -= 1,
            ';' if brackets == 0 && braces == 0 => return at + 1,
            _ => {}
        }
    }
    code.len()
}

/// The paths of sources that are compiled for tests only: those of test crates and of
/// `tests/` and `benches/` folders, and modules that their parents declare behind
/// `#[cfg(test)]`.
#[must_use]
pub fn test_files(sources: &[Source]) -> BTreeSet<String> {
    let declared: BTreeSet<String> = sources.iter().flat_map(declared_for_tests).collect();
    let is_test = |path: &str| {
        let of_a_test_folder = path
            .split('/')
            .any(|part| part == "tests" || part == "benches");
        let of_a_module = |module: &String| {
            path == format!("{module}.rs") || path.starts_with(&format!("{module}/"))
        };
        of_a_test_folder || declared.iter().any(of_a_module)
    };
    let paths = sources.iter().map(|source| source.path.clone());
    paths.filter(|path| is_test(path)).collect()
}

/// The modules that a source declares for tests only, as paths without `.rs`.
fn declared_for_tests(source: &Source) -> Vec<String> {
    let code = code(&source.text);
    let (folder, file) = source.path.rsplit_once('/').unwrap_or(("", &source.path));
    let own = match file {
        "lib.rs" | "main.rs" | "mod.rs" => folder.to_owned(),
        file => format!("{folder}/{}", file.trim_end_matches(".rs")),
    };
    let starts = code
        .match_indices(CFG_TEST)
        .map(|(at, found)| at + found.len());
    let declared = starts.filter_map(|start| {
        let end = start + item_length(&code[start..]);
        let name = code[start..end].strip_suffix(';')?.rsplit("mod ").next()?;
        let elsewhere = source.text[start..end]
            .split_once("path = \"")
            .and_then(|(_, behind)| behind.split_once(".rs\""));
        Some(match elsewhere {
            Some((file, _)) => format!("{folder}/{file}"),
            None => format!("{own}/{name}"),
        })
    });
    declared.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_texts_are_no_code() {
        for (text, expect) in [
            ("a // b\nc", "a c"),
            ("a /* b /* c */ d */ e", "a e"),
            (r#"f("b \" c") d"#, "f(\" ) d"),
            ("r#\"a\"b\"# c", "r c"),
            ("br\"a\" c", "br c"),
            ("for \"a\\\\\" b", "for \" b"),
            ("'\"' 'a' \"x\"", "' ' \""),
            ("&'a str 'b", "&'a str 'b"),
            ("'ä' ä '\\'' {", "' ä ' {"),
        ] {
            let code = code(text);
            let words: Vec<_> = code.split_whitespace().collect();
            assert_eq!(words.join(" "), expect, "{text}");
            assert_eq!(code.len(), text.len(), "{text}");
        }
    }

    #[test]
    fn what_is_for_tests_is_left_out() {
        let text =
            "a\n#[cfg(test)]\n#[allow(x[1])]\nmod tests {\n b { } \n}\nc\n#[cfg(test)]\nmod d;\ne";
        let left = without_tests(text);
        let words: Vec<_> = left.split_whitespace().collect();
        assert_eq!(words, ["a", "c", "e"]);
        assert_eq!(left.lines().count(), text.lines().count());
    }

    #[test]
    fn files_of_tests_are_found_by_their_declaration() {
        let source = |path: &str, text: &str| Source {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        let sources = [
            source("a/src/lib.rs", "mod b;\n#[cfg(test)]\nmod testing;"),
            source("a/src/b.rs", "#[cfg(test)]\n#[allow(x)]\nmod checks;"),
            source(
                "a/src/c.rs",
                "#[cfg(test)]\n#[path = \"c_tests.rs\"]\nmod tests;",
            ),
            source("a/src/testing.rs", ""),
            source("a/src/b/checks.rs", ""),
            source("a/src/b/checks/deep.rs", ""),
            source("a/src/c_tests.rs", ""),
            source("a/src/testing_not.rs", ""),
            source("a/tests/d.rs", ""),
        ];
        let found: Vec<_> = test_files(&sources).into_iter().collect();
        let expect = [
            "a/src/b/checks.rs",
            "a/src/b/checks/deep.rs",
            "a/src/c_tests.rs",
            "a/src/testing.rs",
            "a/tests/d.rs",
        ];
        assert_eq!(found, expect);
    }
}
