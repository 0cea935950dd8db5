//! The views of a stored package, and what happens when its copy was damaged.

#![allow(clippy::unwrap_used)]

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::testing::{House, MANIFEST, folder_of, full, inside, zip_of};
use crate::{Digest, PackageErrorKind, PackageSource, StoredPackage};

fn look(package: &StoredPackage) {
    assert_eq!(package.manifest().name.as_str(), "my-plugin");
    assert_eq!(package.component().unwrap(), b"\0asm");
    assert_eq!(package.template_names(), ["page.html", "parts/row.html"]);
    assert_eq!(
        package.template("parts/row.html").unwrap().as_deref(),
        Some("row")
    );
    assert_eq!(package.asset_names(), ["app.css", "img/logo.svg"]);
    let logo = package.asset("img/logo.svg").unwrap().unwrap();
    assert_eq!(
        (logo.bytes.as_slice(), logo.content_type, logo.document),
        (b"<svg/>".as_slice(), "image/svg+xml", true)
    );
    for nothing in [
        "nope.css",
        "../manifest.yaml",
        "/etc/passwd",
        "",
        "img",
        ".DS_Store",
        "img/../app.css",
    ] {
        assert_eq!(package.asset(nothing).unwrap(), None, "{nothing:?}");
        assert_eq!(package.template(nothing).unwrap(), None, "{nothing:?}");
    }
    assert_eq!(package.translations().locales(), ["de", "en"]);
    let eva = [("name".to_owned(), "Eva".to_owned())];
    let say = |locale, key| package.translations().translate(locale, key, &eva);
    assert_eq!(say("de-AT", "greeting").as_deref(), Some("Hallo Eva"));
    assert_eq!(say("de-AT", "menu.title").as_deref(), Some("Title"));
    let names: Vec<_> = package
        .migrations()
        .unwrap()
        .into_iter()
        .map(|m| (m.name, m.text))
        .collect();
    let expect = [
        ("001_create.sql", "create table a (x);"),
        ("002_more.sql", "create table b (x);"),
    ];
    assert_eq!(
        names,
        expect.map(|(name, text)| (name.to_owned(), text.to_owned()))
    );
}

#[test]
fn a_zip_and_a_folder_look_the_same() {
    let house = House::new();
    let zip = zip_of(&full());
    let package = house.admit(&zip).unwrap();
    look(&package);
    assert_eq!(package.digest(), Digest::of(&zip));
    assert_eq!(package.source(), PackageSource::Zip);
    let ignored: Vec<_> = package.ignored().iter().map(|path| path.as_str()).collect();
    assert_eq!(ignored, ["Makefile", "static/.DS_Store"]);

    let folder = folder_of(&full());
    let package = house.store.admit(folder.path()).unwrap();
    look(&package);
    assert_eq!(package.source(), PackageSource::Folder);
    let same = house.store.admit(folder_of(&full()).path()).unwrap();
    assert_eq!(same.digest(), package.digest());
    std::fs::write(folder.path().join("templates/page.html"), "other").unwrap();
    assert_ne!(
        house.store.admit(folder.path()).unwrap().digest(),
        package.digest()
    );
}

#[test]
fn a_damaged_copy_is_noticed_and_mended() {
    type Harm = fn(PathBuf);
    let harms: [(&str, Harm, &str); 5] = [
        (
            "package/static/app.css",
            |file| std::fs::remove_file(file).unwrap(),
            "`static/app.css` is gone from the stored copy: No such file or directory (os error 2)",
        ),
        (
            "package/static/app.css",
            |file| overwrite(&file, b"short"),
            "`static/app.css` was changed in the stored copy",
        ),
        (
            "package/manifest.yaml",
            |file| overwrite(&file, &MANIFEST.replace("my-", "ny-").into_bytes()),
            "`manifest.yaml` was changed in the stored copy",
        ),
        (
            "meta.json",
            |file| overwrite(&file, b"{}"),
            "`meta.json` is damaged: missing field `format` at line 1 column 2",
        ),
        (
            "meta.json",
            |file| std::fs::remove_file(file).unwrap(),
            "`meta.json` cannot be read: No such file or directory (os error 2)",
        ),
    ];
    for (file, harm, expect) in harms {
        let house = House::new();
        let digest = house.admit(&zip_of(&full())).unwrap().digest();
        harm(inside(&house, digest, file));
        let error = house.store.get(digest).unwrap_err();
        assert_eq!(error.kind(), PackageErrorKind::Damaged);
        let folder = inside(&house, digest, "");
        let folder = folder.to_str().unwrap().trim_end_matches('/');
        assert_eq!(
            error.to_string(),
            format!("{folder}: {expect}; install the package again to mend it")
        );
        look(&house.admit(&zip_of(&full())).unwrap());
        assert_eq!(house.stored(), 1, "the damaged copy is gone");
    }
}

#[test]
fn a_file_of_the_same_size_is_noticed_when_it_is_read() {
    let house = House::new();
    let package = house.admit(&zip_of(&full())).unwrap();
    overwrite(
        &inside(&house, package.digest(), "package/plugin.wasm"),
        b"evil",
    );
    overwrite(
        &inside(&house, package.digest(), "package/i18n/de.yaml"),
        b"greeting: Hullo {name}",
    );
    let error = package.component().unwrap_err();
    assert_eq!(error.kind(), PackageErrorKind::Damaged);
    assert!(package.translations().locales().is_empty());
}

fn overwrite(file: &std::path::Path, bytes: &[u8]) {
    std::fs::remove_file(file).unwrap();
    std::fs::write(file, bytes).unwrap();
}

#[test]
fn stored_files_are_read_only() {
    let house = House::new();
    let digest = house.admit(&zip_of(&full())).unwrap().digest();
    let meta = std::fs::metadata(inside(&house, digest, "package/static/app.css")).unwrap();
    assert_eq!(meta.permissions().mode() & 0o222, 0);
}

#[test]
fn a_native_package() {
    let manifest = "name: my-plugin\nversion: 1.0.0\nruntime: grpc\nprocess: { command: { x86_64-linux: bin/run } }";
    let house = House::new();
    let files = [
        ("manifest.yaml", manifest.as_bytes()),
        ("bin/run", b"\x7fELF"),
        ("bin/other", b"x"),
    ];
    let package = house.admit(&zip_of(&files)).unwrap();
    let run = inside(&house, package.digest(), "package/bin/run");
    assert_eq!(
        std::fs::metadata(run).unwrap().permissions().mode() & 0o777,
        0o555
    );
    assert!(!inside(&house, package.digest(), "package/bin/other").exists());
    assert_eq!(
        package.component().unwrap_err().to_string(),
        "my-plugin has no component: its runtime is grpc",
    );
    assert_eq!(
        House::new().refusal(&zip_of(&files[..1])),
        "the manifest names `bin/run`, and there is no such file; add the program, or correct `process.command` in the manifest",
    );
}
