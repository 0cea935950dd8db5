//! Files that a package may hold, and files that it may not.

#![allow(clippy::unwrap_used)]

use crate::testing::{House, folder_of, least, with, zip_of};

#[test]
fn contents_are_checked() {
    let check = |name: &str, content: &[u8], expect: Result<(), &str>| {
        let house = House::new();
        let zip = with(name, content);
        match expect {
            Ok(()) => drop(house.admit(&zip).unwrap()),
            Err(expect) => assert_eq!(house.refusal(&zip), expect, "{name}"),
        }
    };
    let mebibyte = vec![b' '; 1 << 20];
    let more = vec![b' '; (1 << 20) + 1];
    check("templates/a.html", &mebibyte, Ok(()));
    check(
        "templates/a.html",
        b"a\xff",
        Err("`templates/a.html` is not UTF-8 (byte 1); save it as UTF-8"),
    );
    check(
        "migrations/a.sql",
        b"\xff",
        Err("`migrations/a.sql` is not UTF-8 (byte 0); save it as UTF-8"),
    );
    check(
        "migrations/a.txt",
        b"x",
        Err(
            "`migrations/a.txt` is no migration; migrations are called for example migrations/001_create.sql",
        ),
    );
    check("i18n/de-AT.yaml", b"a: b", Ok(()));
    check(
        "i18n/de.yaml",
        b"a: 5",
        Err("`i18n/de.yaml` is refused: a: expected text, found the number 5; put it in quotes"),
    );
    check(
        "i18n/german!.yaml",
        b"a: b",
        Err(
            "`i18n/german!.yaml` is not named after a language; translations are called for example i18n/en.yaml or i18n/de-AT.yaml",
        ),
    );
    check(
        "i18n/de.json",
        b"{}",
        Err(
            "`i18n/de.json` is not named after a language; translations are called for example i18n/en.yaml or i18n/de-AT.yaml",
        ),
    );
    let exe = House::new().refusal(&with("static/run.exe", b"MZ"));
    assert!(
        exe.starts_with("`static/run.exe` is of no type that is served; static files are: css, "),
        "{exe}"
    );
    // Denser than a zip may be, so these come as folders.
    let large = |name: &'static str, size: u64| {
        let folder = folder_of(&least());
        let file = folder.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::File::create(file).unwrap().set_len(size).unwrap();
        House::new()
            .store
            .admit(folder.path())
            .unwrap_err()
            .to_string()
            .split_once(": ")
            .unwrap()
            .1
            .to_owned()
    };
    assert_eq!(
        large("templates/a.html", more.len() as u64),
        "`templates/a.html` is larger than 1 MiB"
    );
    assert_eq!(
        large("i18n/de.yaml", more.len() as u64),
        "`i18n/de.yaml` is larger than 1 MiB"
    );
    assert_eq!(
        large("static/a.css", crate::MAX_ASSET_BYTES + 1),
        "`static/a.css` is larger than 16 MiB"
    );
}

#[test]
fn two_files_of_one_language() {
    let mut files = least();
    files.extend([
        ("i18n/de-AT.yaml", b"a: b".as_slice()),
        ("i18n/de_AT.yaml", b"a: c"),
    ]);
    assert_eq!(
        House::new().refusal(&zip_of(&files)),
        "`i18n/de_AT.yaml` is the second file for its language; keep one of them",
    );
}
