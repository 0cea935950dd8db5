//! Zips that are larger, denser or otherwise longer than they may be or say they are.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::super::limits;
use super::check;
use crate::testing::{House, central, least, local, put, with, zip_of};

#[test]
fn size_of_the_zip() {
    let house = House::new();
    let path = house.file("p.zip", &zip_of(&least()));
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(limits::MAX_ZIP_BYTES + 1).unwrap();
    let expect =
        "the zip is larger than 64 MiB; a package holds what the plugin needs to run, nothing else";
    assert!(
        house
            .store
            .admit(&path)
            .unwrap_err()
            .to_string()
            .ends_with(expect)
    );
    assert!(
        crate::read_manifest(&path)
            .unwrap_err()
            .to_string()
            .ends_with(expect)
    );
}

#[test]
fn size_of_the_list_of_names() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let comment = "x".repeat(60_000);
    for n in 0..=limits::MAX_DIRECTORY_BYTES / 60_000 {
        let options = SimpleFileOptions::default()
            .into_full_options()
            .with_file_comment(comment.as_str());
        zip.start_file(format!("static/{n}.css"), options).unwrap();
    }
    let zip = zip.finish().unwrap().into_inner();
    check(
        &zip,
        Err(
            "its list of names is larger than 4 MiB; a package holds what the plugin needs to run, nothing else",
        ),
    );
}

/// The least package, and `copies` files that each unpack to `size` zeros.
fn zeros(size: usize, copies: usize) -> Vec<u8> {
    let seed = zip_of(&[("zeros", &vec![0; size])]);
    let mut seed = ZipArchive::new(Cursor::new(seed)).unwrap();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in least() {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    for n in 0..copies {
        zip.raw_copy_file_rename(seed.by_index(0).unwrap(), format!("static/{n}.css"))
            .unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn a_bomb_by_ratio() {
    let free = limits::RATIO_FREE_BYTES as usize;
    check(&zeros(free, 1), Ok(()));
    check(
        &zeros(free + 1, 1),
        Err(
            "`static/0.css` unpacks to more than 100 times its packed size; a package holds what the plugin needs to run, nothing else",
        ),
    );
}

#[test]
fn a_bomb_by_declared_size() {
    let mut zip = with("static/a.css", b"x");
    let size = u32::try_from(limits::MAX_FILE_BYTES + 1)
        .unwrap()
        .to_le_bytes();
    let (list, data) = (central(&zip, "static/a.css"), local(&zip, "static/a.css"));
    put(&mut zip, list + 24, &size);
    put(&mut zip, data + 22, &size);
    check(
        &zip,
        Err(
            "`static/a.css` is larger than 128 MiB; a package holds what the plugin needs to run, nothing else",
        ),
    );
}

#[test]
fn a_bomb_by_sum() {
    let free = limits::RATIO_FREE_BYTES as usize;
    let copies = (limits::MAX_TOTAL_BYTES / limits::RATIO_FREE_BYTES) as usize;
    check(
        &zeros(free, copies),
        Err(
            "unpacked it is larger than 256 MiB; a package holds what the plugin needs to run, nothing else",
        ),
    );
}

#[test]
fn sizes_that_lie() {
    let declare = |size: u32| {
        let mut zip = with("static/a.css", &b"body { color: red }".repeat(20));
        let (list, data) = (central(&zip, "static/a.css"), local(&zip, "static/a.css"));
        put(&mut zip, list + 24, &size.to_le_bytes());
        put(&mut zip, data + 22, &size.to_le_bytes());
        zip
    };
    check(&declare(380), Ok(()));
    check(
        &declare(379),
        Err("`static/a.css` cannot be read: File is larger than its declared uncompressed size"),
    );
    check(
        &declare(381),
        Err("`static/a.css` is shorter than the 381 bytes it declares"),
    );

    let mut zip = with("static/a.css", b"body { color: red }");
    let list = central(&zip, "static/a.css");
    put(&mut zip, list + 24, &5_u32.to_le_bytes());
    let why = House::new().refusal(&zip);
    assert!(
        why.starts_with("the zip is malformed: "),
        "the headers contradict each other: {why}"
    );
}
