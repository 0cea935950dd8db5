//! What is in the files after rotation, crashes and damage.

#![allow(clippy::unwrap_used)]

use tempfile::TempDir;

use super::super::testing::{denial, name, scope, start};
use super::*;

impl RotatedFile {
    /// Puts a disk that is full in the place of the file, and gives the file.
    pub(in super::super) fn broken(&mut self) -> File {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        std::mem::replace(&mut self.file, full)
    }

    /// Undoes [`RotatedFile::broken`].
    pub(in super::super) fn mended(&mut self, file: File) {
        self.file = file;
    }
}

fn line(asked: &str) -> String {
    let line = AuditLine::of(&name("stats"), &scope("ann"), &denial(asked), start());
    serde_json::to_string(&line).unwrap() + "\n"
}

/// Writes lines that ask for the numbers of `range`.
fn write(folder: &TempDir, range: std::ops::Range<usize>) {
    let mut file = RotatedFile::open(folder.path()).unwrap();
    for number in range {
        file.write(line(&number.to_string()).as_bytes()).unwrap();
    }
}

fn asked(folder: &TempDir, last: usize) -> Vec<String> {
    let lines = read(folder.path(), |_| true, last).unwrap();
    lines.into_iter().map(|line| line.asked).collect()
}

#[track_caller]
fn check_last(folder: &TempDir, last: usize, end: usize) {
    let expect: Vec<_> = (end - last..end).map(|number| number.to_string()).collect();
    assert_eq!(asked(folder, last), expect);
}

#[test]
fn rotation_keeps_the_bound_and_the_newest() {
    let folder = tempfile::tempdir().unwrap();
    let lines = FILES * MAX_FILE_BYTES as usize / line("0").len() + 10_000;
    write(&folder, 0..lines);
    let sizes = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len());
    let sizes: Vec<_> = sizes.collect();
    assert_eq!(sizes.len(), FILES);
    assert!(
        sizes.iter().all(|size| *size <= MAX_FILE_BYTES),
        "{sizes:?}"
    );
    check_last(&folder, 1, lines);
    check_last(&folder, 10_000, lines);
    // Not the beginning any more, but everything since some line.
    let all = asked(&folder, usize::MAX).len();
    assert!(all < lines);
    check_last(&folder, all, lines);
}

#[test]
fn what_was_written_is_counted_when_it_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let half = MAX_FILE_BYTES as usize / line("10000").len() * 2 / 3;
    write(&folder, 0..half);
    write(&folder, half..2 * half);
    let size = path(folder.path(), 0).metadata().unwrap().len();
    assert!(size < MAX_FILE_BYTES);
    assert!(path(folder.path(), 1).exists());
    check_last(&folder, 2 * half, 2 * half);
}

#[test]
fn a_rotation_that_ended_half_way_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let lines = 3 * MAX_FILE_BYTES as usize / line("10000").len();
    write(&folder, 0..lines);
    // It ended when the last file was moved on, and the written one was not yet.
    fs::rename(path(folder.path(), 2), path(folder.path(), 3)).unwrap();
    let all = asked(&folder, usize::MAX).len();
    check_last(&folder, all, lines);
    write(&folder, lines..2 * lines);
    check_last(&folder, lines + 1, 2 * lines);
}

#[test]
fn a_file_that_moves_while_it_is_read_is_read_once() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, 0..3);
    // As the reader meets it: it has read the file, which then moves on to the next number.
    fs::hard_link(path(folder.path(), 0), path(folder.path(), 1)).unwrap();
    check_last(&folder, 3, 3);
}

#[test]
fn damage_costs_the_damaged_lines_only() {
    let whole = [line("1"), line("2")].concat();
    let cut = &line("x")[..40];
    let long = "x".repeat(3000);
    for damage in [
        b"" as &[u8],
        b"\n\n",
        b"{}\n",
        b"null\n",
        b"\xff\xfe\n",
        b"\0\0\0\0",
        cut.as_bytes(),
        long.as_bytes(),
        line("x").replace("stats", "Not A Name").as_bytes(),
        line("x").replace("2026-03", "2026-33").as_bytes(),
        line("x").replace("\"times\":1", "\"times\":-1").as_bytes(),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let file = path(folder.path(), 0);
        fs::write(&file, [whole.as_bytes(), damage].concat()).unwrap();
        assert_eq!(asked(&folder, 10), ["1", "2"], "{damage:?}");
        write(&folder, 3..5);
        assert_eq!(asked(&folder, 10), ["1", "2", "3", "4"], "{damage:?}");
    }
}

#[test]
fn a_line_that_was_cut_off_does_not_swallow_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = RotatedFile::open(folder.path()).unwrap();
    file.write(line("1").as_bytes()).unwrap();
    // The disk was full after some bytes.
    file.file.write_all(&line("2").as_bytes()[..40]).unwrap();
    let sound = file.broken();
    assert!(file.write(line("3").as_bytes()).is_err());
    file.mended(sound);
    file.write(line("4").as_bytes()).unwrap();
    file.write(line("5").as_bytes()).unwrap();
    assert_eq!(asked(&folder, 10), ["1", "4", "5"]);
}

#[test]
fn what_is_no_file_is_told() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(path(folder.path(), 0)).unwrap();
    assert!(RotatedFile::open(folder.path()).is_err());
    assert!(read(folder.path(), |_| true, 10).is_err());
}
