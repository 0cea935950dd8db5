//! What the index remembers, and when it forgets.

#![allow(clippy::unwrap_used)]

use std::fs::FileTimes;
use std::path::Path;

use super::{FILE, Index};
use crate::testing::{House, least, with, zip_of};

/// A house with one remembered package.
fn remembered() -> (House, std::path::PathBuf, Index) {
    let house = House::new();
    let zip = house.file("p.zip", &zip_of(&least()));
    let meta = zip.metadata().unwrap();
    let mut index = Index::load(&house.store);
    assert!(index.lookup(&zip, &meta).is_none());
    index.record(&zip, &meta, &house.store.admit(&zip).unwrap());
    index.save().unwrap();
    (house, zip, index)
}

fn known(index: &Index, path: &Path) -> bool {
    index.lookup(path, &path.metadata().unwrap()).is_some()
}

#[test]
fn an_unchanged_package_is_known_at_the_next_start() {
    let (house, zip, _) = remembered();
    let index = Index::load(&house.store);
    let entry = index.lookup(&zip, &zip.metadata().unwrap()).unwrap();
    assert_eq!(entry.name.as_str(), "my-plugin");
    assert_eq!(entry.version.to_string(), "1.0.0");
    assert!(house.store.get(entry.digest).unwrap().is_some());
}

#[test]
fn a_changed_package_is_not() {
    let (house, zip, index) = remembered();
    let before = zip.metadata().unwrap().modified().unwrap();
    let set_time = |time| {
        let file = std::fs::File::open(&zip).unwrap();
        file.set_times(FileTimes::new().set_modified(time)).unwrap();
    };
    assert!(known(&index, &zip));
    set_time(before + std::time::Duration::from_nanos(1));
    assert!(!known(&index, &zip), "another time");
    set_time(before);
    assert!(known(&index, &zip));

    std::fs::write(&zip, with("static/a.css", b"x")).unwrap();
    set_time(before);
    assert!(!known(&index, &zip), "another size");

    let copy = house.file("copy.zip", &zip_of(&least()));
    std::fs::rename(copy, &zip).unwrap();
    set_time(before);
    assert!(!known(&index, &zip), "another inode");
}

#[test]
fn paths_that_are_gone_are_forgotten() {
    let (house, zip, mut index) = remembered();
    index.retain(|_| true);
    assert!(known(&index, &zip));
    index.retain(|path| path != zip);
    index.save().unwrap();
    assert!(!known(&Index::load(&house.store), &zip));
}

#[test]
fn a_damaged_index_is_an_empty_one() {
    let (house, zip, index) = remembered();
    for damage in [
        "",
        "{",
        "[]",
        "{\"format\":1}",
        "{\"format\":99,\"packages\":{}}",
    ] {
        std::fs::write(house.store.root().join(FILE), damage).unwrap();
        assert!(!known(&Index::load(&house.store), &zip), "{damage:?}");
    }
    let mut empty = Index::load(&house.store);
    empty.save().unwrap();
    let text = std::fs::read_to_string(house.store.root().join(FILE)).unwrap();
    assert_eq!(
        text, "{\"format\":1,\"packages\":{}}",
        "saving mends the file"
    );
    assert!(known(&index, &zip));
}
