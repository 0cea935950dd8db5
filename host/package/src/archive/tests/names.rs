//! Names in a zip, and how many of them.

use std::io::Cursor;

use super::super::limits;
use super::super::zip::Zip;
use super::check;
use crate::path::{MAX_PATH_BYTES, MAX_PATH_DEPTH};
use crate::testing::{least, renamed, with, zip_of};

#[test]
fn names() {
    let refused = |name: &[u8], why: &str| {
        let plain = vec![b'x'; name.len()];
        let zip = with(std::str::from_utf8(&plain).unwrap(), b"x");
        let shown = String::from_utf8_lossy(name).into_owned();
        check(
            &renamed(zip, &plain, name),
            Err(&format!("the name {shown:?} {why}")),
        );
    };
    check(&with("static/a b.css", b"x"), Ok(()));
    check(&with("static/gr\u{f6}\u{df}e.css", b"x"), Ok(()));
    refused(
        b"../evil.css",
        "is refused: the path contains `.` or `..`, which could lead out of the package",
    );
    refused(
        b"static/../../evil",
        "is refused: the path contains `.` or `..`, which could lead out of the package",
    );
    refused(
        b"/etc/passwd",
        "is refused: the path is absolute; paths in a package are relative to its manifest",
    );
    refused(
        b"C:/evil",
        "is refused: the path is absolute; paths in a package are relative to its manifest",
    );
    refused(
        b"static\\evil.css",
        "is refused: the path contains a backslash; write `/` between its parts",
    );
    refused(
        b"static//evil.css",
        "is refused: a part of the path is empty",
    );
    refused(
        b"static/e\0il.css",
        "is refused: the path contains a control character",
    );
    refused(
        b"../evil/",
        "is refused: the path contains `.` or `..`, which could lead out of the package",
    );
    refused(
        b"static/\xff\xfe.css",
        "is not UTF-8; rename the file, or make the zip with a tool that writes UTF-8 names",
    );
}

#[test]
fn length_and_depth_of_names() {
    let long = |length: usize| format!("static/{}.css", "a".repeat(length - "static/.css".len()));
    check(&with(&long(MAX_PATH_BYTES), b"x"), Ok(()));
    let name = long(MAX_PATH_BYTES + 1);
    check(
        &with(&name, b"x"),
        Err(&format!(
            "the name {name:?} is refused: the path is longer than 160 bytes"
        )),
    );
    let deep = |depth: usize| format!("static/{}b.css", "a/".repeat(depth - 2));
    check(&with(&deep(MAX_PATH_DEPTH), b"x"), Ok(()));
    let name = deep(MAX_PATH_DEPTH + 1);
    check(
        &with(&name, b"x"),
        Err(&format!(
            "the name {name:?} is refused: the path has more than 10 parts"
        )),
    );
}

#[test]
fn names_that_stand_twice() {
    let two = |one: &str, other: &str| {
        let mut files = least();
        files.extend([(one, b"x".as_slice()), (other, b"y".as_slice())]);
        zip_of(&files)
    };
    check(&two("static/a.css", "static/b.css"), Ok(()));
    check(
        &renamed(
            two("static/a.css", "static/b.css"),
            b"static/b.css",
            b"static/a.css",
        ),
        Err("\"static/a.css\" stands in it twice; rename one of them"),
    );
    check(
        &two("static/a.css", "static/A.css"),
        Err(
            "`static/a.css` and `static/A.css` would be one file on some systems; rename one of them",
        ),
    );
    check(
        &two("static/a", "static/a/b.css"),
        Err(
            "`static/a` and `static/a/b.css` would be one file on some systems; rename one of them",
        ),
    );
    check(
        &two("static/a/b.css", "static/a"),
        Err("`static/a` stands in it twice; rename one of them"),
    );
}

#[test]
fn number_of_entries() {
    let many = |count: usize| {
        let names: Vec<String> = (0..count - 2).map(|n| format!("static/{n}.css")).collect();
        let mut files = least();
        files.extend(names.iter().map(|name| (name.as_str(), b"".as_slice())));
        zip_of(&files)
    };
    check(
        &many(limits::MAX_ENTRIES + 1),
        Err("more than 4096 entries; a package holds what the plugin needs to run, nothing else"),
    );
    let listed = Zip::open(Cursor::new(many(limits::MAX_ENTRIES)));
    assert!(listed.is_ok());
}
