//! Packing: the same bytes every time, nothing that a host would refuse.

#![allow(clippy::unwrap_used)]

use std::fs::FileTimes;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, SystemTime};

use proptest::prelude::{ProptestConfig, any, prop, proptest};

use super::pack;
use crate::testing::{House, folder_of, least, write};
use crate::{Digest, Store};

#[test]
fn the_same_folder_gives_the_same_bytes() {
    let files = [
        least(),
        vec![
            ("static/b.css", b"b".as_slice()),
            ("static/a.css", b"a"),
            ("README.md", b"r"),
        ],
    ]
    .concat();
    let one = folder_of(&files);
    let reversed: Vec<_> = files.iter().rev().copied().collect();
    let other = folder_of(&reversed);
    for (name, _) in &files {
        let file = std::fs::File::open(other.path().join(name)).unwrap();
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        file.set_times(FileTimes::new().set_modified(time)).unwrap();
        file.set_permissions(std::fs::Permissions::from_mode(0o700))
            .unwrap();
    }
    write(other.path(), "src/lib.rs", b"fn main() {}");
    write(other.path(), ".git/HEAD", b"x");
    let out = tempfile::tempdir().unwrap();
    let (a, b) = (out.path().join("a.zip"), out.path().join("b.zip"));
    let digest = pack(one.path(), None, &a).unwrap();
    assert_eq!(pack(other.path(), None, &b).unwrap(), digest);
    let bytes = std::fs::read(&a).unwrap();
    assert_eq!(bytes, std::fs::read(&b).unwrap());
    assert_eq!(Digest::of(&bytes), digest);
    assert_eq!(
        std::fs::metadata(&a).unwrap().permissions().mode() & 0o444,
        0o444
    );
    assert_eq!(
        std::fs::read_dir(out.path()).unwrap().count(),
        2,
        "nothing else is left behind"
    );
}

#[test]
fn a_component_is_put_in() {
    let without: Vec<_> = least()
        .into_iter()
        .filter(|(name, _)| *name != "plugin.wasm")
        .collect();
    let house = House::new();
    let out = house.data.path().join("out.zip");
    for source in [folder_of(&least()), folder_of(&without)] {
        let digest = pack(source.path(), Some(b"\0asm fresh"), &out).unwrap();
        let package = house.store.admit(&out).unwrap();
        assert_eq!(package.digest(), digest);
        assert_eq!(package.component().unwrap(), b"\0asm fresh");
    }
}

#[test]
fn what_a_host_would_refuse_is_not_written() {
    let out = tempfile::tempdir().unwrap();
    let zip = out.path().join("out.zip");
    std::fs::write(&zip, "old").unwrap();
    let check = |name: &str, content: &[u8], component: Option<&[u8]>, expect: &str| {
        let source = folder_of(&least());
        write(source.path(), name, content);
        let error = pack(source.path(), component, &zip)
            .unwrap_err()
            .to_string();
        assert_eq!(error, format!("{}: {expect}", source.path().display()));
        assert_eq!(std::fs::read(&zip).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(out.path()).unwrap().count(), 1);
    };
    check(
        "manifest.yaml",
        b"nam: x\nname: a\nversion: 1.0.0\nruntime: wasm",
        None,
        "manifest.yaml: nam: unknown key; did you mean `name`?",
    );
    check(
        "i18n/de.yaml",
        b"a: [",
        None,
        "`i18n/de.yaml` is refused: unclosed bracket '[' at line 1, column 4",
    );
    check(
        "templates/a.html",
        b"\xff",
        None,
        "`templates/a.html` is not UTF-8 (byte 0); save it as UTF-8",
    );
    let native = b"name: a\nversion: 1.0.0\nruntime: grpc\nprocess: { command: { x86_64-linux: plugin.wasm } }";
    check(
        "manifest.yaml",
        native,
        Some(b"x"),
        "a component was given, and the runtime of a is grpc",
    );
}

#[test]
fn a_place_that_cannot_be_written() {
    let source = folder_of(&least());
    let out = source.path().join("nowhere/out.zip");
    let error = pack(source.path(), None, &out).unwrap_err().to_string();
    assert!(
        error.starts_with(&format!("{}: cannot be written: ", out.display())),
        "{error}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_is_packed_comes_out_again(
        files in prop::collection::btree_map("[a-z]{1,6}(/[a-z]{1,6}){0,2}\\.css", prop::collection::vec(any::<u8>(), 0..2000), 0..8),
    ) {
        let source = folder_of(&least());
        for (name, content) in &files {
            write(source.path(), &format!("static/{name}"), content);
        }
        let data = tempfile::tempdir().unwrap();
        let zip = data.path().join("out.zip");
        let digest = pack(source.path(), None, &zip).unwrap();
        let store = Store::open(data.path()).unwrap();
        let package = store.admit(&zip).unwrap();
        proptest::prop_assert_eq!(package.digest(), digest);
        let names: Vec<&String> = files.keys().collect();
        proptest::prop_assert_eq!(package.asset_names().iter().collect::<Vec<_>>(), names);
        for (name, content) in &files {
            proptest::prop_assert_eq!(&package.asset(name).unwrap().unwrap().bytes, content);
        }
        proptest::prop_assert_eq!(pack(source.path(), None, &zip).unwrap(), digest);
    }
}
