//! Zips that are no zips, or that read differently to different readers.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::check;
use crate::testing::{House, MANIFEST, central, least, local, put, with, zip_of};

#[test]
fn things_that_are_no_files() {
    let special = |mode: u32| {
        let mut zip = with("static/a.css", b"target");
        let at = central(&zip, "static/a.css") + 38;
        put(&mut zip, at, &(mode << 16).to_le_bytes());
        zip
    };
    let files_only = "; a package holds regular files only";
    check(&special(0o100_644), Ok(()));
    check(&special(0), Ok(()));
    check(
        &special(0o120_777),
        Err(&format!("`static/a.css` is a symbolic link{files_only}")),
    );
    for device in [0o020_666, 0o060_666, 0o010_644, 0o140_644, 0o040_755] {
        check(
            &special(device),
            Err(&format!(
                "`static/a.css` is a device, a pipe or another special file{files_only}"
            )),
        );
    }
}

#[test]
fn encryption_and_unusual_compression() {
    let mut zip = with("static/a.css", b"x");
    let (list, data) = (central(&zip, "static/a.css"), local(&zip, "static/a.css"));
    let mut packed = zip.clone();
    put(&mut zip, list + 8, &[1]);
    put(&mut zip, data + 6, &[1]);
    check(&zip, Err("`static/a.css` is encrypted"));
    put(&mut packed, list + 10, &[12]);
    put(&mut packed, data + 8, &[12]);
    let why = House::new().refusal(&packed);
    assert!(why.starts_with("`static/a.css` is packed with "), "{why}");
}

#[test]
fn the_end_of_the_file() {
    let whole = with("static/a.css", b"x");
    let end = whole.len() - 22;
    let no_zip = "it is no zip, or it does not end where a zip ends; it may be cut short, or have a comment or other data behind its end; pack it again";
    check(b"", Err(no_zip));
    check(b"not a zip at all, but long enough to be one", Err(no_zip));
    check(&whole[..whole.len() - 1], Err(no_zip));
    check(&[&whole[..], b"behind"].concat(), Err(no_zip));
    let displaced = "its list of names does not stand where the end of the file says";
    check(&[b"before", &whole[..]].concat(), Err(displaced));

    let zip64 = "it uses zip64, which no package needs; pack it from files, not from a stream";
    let locator = [&b"PK\x06\x07"[..], &[0; 16]].concat();
    check(
        &[&whole[..end], &locator, &whole[end..]].concat(),
        Err(zip64),
    );
    let bent = |at: usize, bytes: &[u8]| {
        let mut zip = whole.clone();
        put(&mut zip, end + at, bytes);
        zip
    };
    check(&bent(16, &[0xFF; 4]), Err(zip64));
    check(&bent(8, &[0xFF; 4]), Err(zip64));
    check(
        &bent(4, &[1]),
        Err("it is one part of a zip in several parts"),
    );
    check(&bent(8, &[2, 0, 2, 0]), Err("its list of names is damaged"));
    check(&bent(8, &[4, 0, 4, 0]), Err("its list of names is damaged"));
    check(&bent(12, &[0; 4]), Err(displaced));
}

#[test]
fn entries_that_overlap_or_hide() {
    let mut zip = with("static/a.css", b"x");
    let (one, other) = (
        local(&zip, "plugin.wasm") as u32,
        central(&zip, "static/a.css"),
    );
    put(&mut zip, other + 42, &one.to_le_bytes());
    let why = House::new().refusal(&zip);
    assert!(
        why.starts_with("the zip is malformed: "),
        "two names share one entry: {why}"
    );

    let mut zip = with("static/a.css", b"x");
    let data = local(&zip, "static/a.css") + 30;
    put(&mut zip, data, b"static/b.css");
    let why = House::new().refusal(&zip);
    assert!(
        why.starts_with("the zip is malformed: "),
        "list and data differ in the name: {why}"
    );
}

#[test]
fn damaged_data() {
    let mut zip = with("static/a.css", &b"body { color: red }".repeat(20));
    let data = local(&zip, "static/a.css") + 30 + "static/a.css".len();
    zip[data + 3] ^= 0x55;
    let why = House::new().refusal(&zip);
    assert!(why.starts_with("`static/a.css` "), "{why}");
}

#[test]
fn the_manifest_must_stand_at_the_top() {
    check(
        &zip_of(&[("a.txt", b"x")]),
        Err("there is no `manifest.yaml` in it; it must stand at the top of the zip"),
    );
    check(
        &zip_of(&[
            ("my-plugin/manifest.yaml", MANIFEST.as_bytes()),
            ("my-plugin/plugin.wasm", b"\0asm"),
        ]),
        Err(
            "there is no `manifest.yaml` in it; it is inside `my-plugin/`: zip what is in the folder, not the folder",
        ),
    );
    check(
        &zip_of(&[("manifest.yaml", MANIFEST.as_bytes())]),
        Err(
            "the manifest names `plugin.wasm`, and there is no such file; build the component, or correct `component` in the manifest",
        ),
    );
    let large = [MANIFEST.as_bytes(), &b"# filler\n".repeat(40_000)].concat();
    check(
        &zip_of(&[("manifest.yaml", &large)]),
        Err(
            "`manifest.yaml` is larger than 256 KiB; a package holds what the plugin needs to run, nothing else",
        ),
    );
}

#[test]
fn folders_and_stored_entries_are_welcome() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    zip.add_directory("static/", stored).unwrap();
    for (name, content) in least() {
        zip.start_file(name, stored).unwrap();
        zip.write_all(content).unwrap();
    }
    check(&zip.finish().unwrap().into_inner(), Ok(()));
}
