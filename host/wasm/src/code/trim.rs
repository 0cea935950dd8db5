//! Which compiled code goes when there is too much of it. `cache` calls it when a host starts,
//! and when something was added.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How long a file that was begun and not finished may be somebody's who still writes it.
/// Another host may share the folder.
const WRITING: Duration = Duration::from_secs(60 * 60);

/// What the files of those who write begin with, as the crate `tempfile` names them.
const BEGUN: &str = ".tmp";

/// Whether what a host that died has left behind goes as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeftBehind {
    /// It is looked for.
    Goes,
    /// It is not.
    Stays,
}

/// A file in the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    path: PathBuf,
    bytes: u64,
    /// When it was last loaded, or written.
    used: SystemTime,
}

/// Takes files away until `most` bytes of code are left.
pub(super) fn trim(
    folder: &Path,
    most: u64,
    left_behind: LeftBehind,
    now: SystemTime,
) -> io::Result<()> {
    let entries = entries(folder)?;
    for path in surplus(&entries, most) {
        // Its sum first: code without one is never loaded.
        remove(&path.with_extension("sum"));
        remove(&path);
    }
    if left_behind == LeftBehind::Goes {
        abandoned(&entries, now).for_each(remove);
    }
    Ok(())
}

fn entries(folder: &Path) -> io::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for file in fs::read_dir(folder)? {
        let file = file?;
        // One that went meanwhile is another host's.
        let Ok(found) = file.metadata() else { continue };
        entries.push(Entry {
            path: file.path(),
            bytes: found.len(),
            used: found.modified()?,
        });
    }
    Ok(entries)
}

/// The code that goes so that `most` bytes are left: what was not used for longest, and what
/// is larger than all that.
fn surplus(entries: &[Entry], most: u64) -> Vec<PathBuf> {
    let code = |entry: &&Entry| entry.path.extension().is_some_and(|it| it == "cwasm");
    let mut code: Vec<&Entry> = entries.iter().filter(code).collect();
    code.sort_by_key(|entry| (std::cmp::Reverse(entry.used), &entry.path));
    let mut kept = 0_u64;
    code.retain(|entry| {
        let with_it = kept.saturating_add(entry.bytes);
        let fits = with_it <= most;
        if fits {
            kept = with_it;
        }
        !fits
    });
    code.into_iter().map(|entry| entry.path.clone()).collect()
}

/// What somebody began to write who is gone.
fn abandoned(entries: &[Entry], now: SystemTime) -> impl Iterator<Item = &Path> {
    let begun = |entry: &&Entry| {
        let name = entry.path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with(BEGUN))
    };
    let old = move |entry: &&Entry| {
        now.duration_since(entry.used)
            .is_ok_and(|age| age > WRITING)
    };
    let entries = entries.iter().filter(begun).filter(old);
    entries.map(|entry| entry.path.as_path())
}

fn remove(path: &Path) {
    match fs::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => tracing::warn!("cannot remove {}: {error}", path.display()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn entry(path: &str, bytes: u64, used: u64) -> Entry {
        Entry {
            path: path.into(),
            bytes,
            used: at(used),
        }
    }

    #[test]
    fn what_was_not_used_for_longest_goes() {
        let entries = [
            entry("old.cwasm", 10, 1),
            entry("new.cwasm", 10, 3),
            entry("middle.cwasm", 10, 2),
            entry("key", 100, 0),
            entry("old.sum", 100, 0),
        ];
        let check = |most, expected: &[&str]| {
            let expected: Vec<PathBuf> = expected.iter().map(PathBuf::from).collect();
            assert_eq!(surplus(&entries, most), expected, "{most}");
        };
        check(30, &[]);
        check(29, &["old.cwasm"]);
        check(10, &["middle.cwasm", "old.cwasm"]);
        check(9, &["new.cwasm", "middle.cwasm", "old.cwasm"]);
    }

    #[test]
    fn one_that_never_fits_takes_no_others_place() {
        let entries = [entry("large.cwasm", 50, 3), entry("small.cwasm", 1, 2)];
        assert_eq!(surplus(&entries, 10), [PathBuf::from("large.cwasm")]);
    }

    #[test]
    fn what_somebody_writes_stays_while_he_may_write_it() {
        let entries = [
            entry(".tmpA", 1, 0),
            entry(".tmpB", 1, 10),
            entry("key", 1, 0),
        ];
        let gone = |now| -> Vec<&Path> { abandoned(&entries, at(now)).collect() };
        assert_eq!(gone(WRITING.as_secs()), Vec::<&Path>::new());
        assert_eq!(gone(WRITING.as_secs() + 1), [Path::new(".tmpA")]);
        assert_eq!(gone(WRITING.as_secs() + 11).len(), 2);
    }
}
