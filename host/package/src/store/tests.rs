//! What gets into the store, once, and what is found there.

#![allow(clippy::unwrap_used)]

use std::fs::FileTimes;
use std::time::{Duration, SystemTime};

use super::{STALE, Store};
use crate::testing::{House, folder_of, full, inside, zip_of};
use crate::{Digest, PackageErrorKind, read_manifest};

#[test]
fn the_manifest_alone() {
    let house = House::new();
    let zip = house.file("p.zip", &zip_of(&full()));
    assert_eq!(read_manifest(&zip).unwrap().name.as_str(), "my-plugin");
    assert_eq!(
        read_manifest(folder_of(&full()).path())
            .unwrap()
            .name
            .as_str(),
        "my-plugin"
    );
    assert_eq!(house.stored(), 0);
    let missing = house.data.path().join("none.zip");
    let error = read_manifest(&missing).unwrap_err();
    assert_eq!(error.kind(), PackageErrorKind::Io);
    assert!(
        error
            .to_string()
            .starts_with(&format!("{}: cannot be read: ", missing.display()))
    );
    let wrong = house.file("wrong.zip", &zip_of(&[("manifest.yaml", b"nam: x")]));
    assert_eq!(
        read_manifest(&wrong).unwrap_err().kind(),
        PackageErrorKind::Manifest
    );
}

#[test]
fn what_is_stored_is_found_and_not_copied_again() {
    let house = House::new();
    let digest = house.admit(&zip_of(&full())).unwrap().digest();
    let meta = inside(&house, digest, "meta.json");
    let written = || std::fs::metadata(&meta).unwrap().modified().unwrap();
    let before = written();
    assert_eq!(house.admit(&zip_of(&full())).unwrap().digest(), digest);
    assert_eq!((written(), house.stored()), (before, 1));
    let elsewhere = Store::open(house.data.path()).unwrap();
    assert_eq!(elsewhere.get(digest).unwrap().unwrap().digest(), digest);
    assert!(house.store.get(Digest::of(b"another")).unwrap().is_none());
}

#[test]
fn a_data_folder_that_cannot_be_used() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let error = Store::open(&file).unwrap_err();
    assert_eq!(error.data(), file);
    assert_eq!(
        error.to_string(),
        format!(
            "the data folder `{}` cannot be used: cannot make `store` in it: Not a directory (os error 20); name a folder that this user may write to",
            file.display()
        ),
    );
    // A folder that nobody can write to, not even root.
    let error = Store::open("/proc".as_ref()).unwrap_err().to_string();
    assert!(
        error.starts_with("the data folder `/proc` cannot be used: cannot make `store` in it: "),
        "{error}"
    );
}

#[test]
fn what_a_crash_left_is_removed() {
    let house = House::new();
    let store = house.data.path().join("store");
    #[allow(clippy::disallowed_methods)] // the file system's clock cannot be advanced
    let now = SystemTime::now();
    for (name, age) in [
        (".new-old", STALE + Duration::from_secs(60)),
        (".new-young", Duration::ZERO),
    ] {
        std::fs::create_dir(store.join(name)).unwrap();
        std::fs::write(store.join(name).join("file"), "x").unwrap();
        let time = FileTimes::new().set_modified(now - age);
        std::fs::File::open(store.join(name))
            .unwrap()
            .set_times(time)
            .unwrap();
    }
    Store::open(house.data.path()).unwrap();
    assert!(!store.join(".new-old").exists());
    assert!(
        store.join(".new-young").exists(),
        "another process may be making it"
    );
}

#[test]
fn many_at_once() {
    let house = House::new();
    let path = house.file("p.zip", &zip_of(&full()));
    let digests: Vec<Digest> = std::thread::scope(|scope| {
        let admit = || house.store.admit(&path).unwrap().digest();
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(admit)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert!(digests.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(house.stored(), 1);
}

#[test]
fn the_copies_of_a_plugin_are_found_by_its_name_and_removed() {
    let house = House::new();
    let other = b"name: my-plugin-2\nversion: \"1.0.0\"\nruntime: wasm\n";
    let other = [("manifest.yaml", &other[..]), ("plugin.wasm", b"\0asm")];
    let store = Store::open(house.data.path()).unwrap();
    let first = house.admit(&zip_of(&full())).unwrap().digest();
    let second = house.admit(&crate::testing::with("README.md", b"x"));
    let second = second.unwrap().digest();
    let other = house.admit(&zip_of(&other)).unwrap().digest();
    let of = |name: &str| {
        let found = store.of(&name.parse().unwrap()).unwrap();
        let mut digests: Vec<Digest> = found.iter().map(|it| it.digest()).collect();
        digests.sort_by_key(ToString::to_string);
        digests
    };
    let mut both = vec![first, second];
    both.sort_by_key(ToString::to_string);
    assert_eq!(of("my-plugin"), both);
    assert_eq!(of("my-plugin-2"), [other]);
    for digest in both {
        store.remove(digest).unwrap();
        // What is gone already is no error.
        store.remove(digest).unwrap();
        assert!(store.get(digest).unwrap().is_none());
    }
    assert!(of("my-plugin").is_empty());
    assert_eq!(house.stored(), 1);
}
