//! The log as rooms and administrators meet it: what is noted is read back, and nobody's
//! denials cost another's.

#![allow(clippy::unwrap_used)]

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use super::super::gate::{MAX_LINES, WINDOW};
use super::super::testing::{Bench, bench, denial, name, scope};
use super::*;

impl Bench {
    /// What was noted, as plugin, what it asked, how often, and how many were lost before.
    #[track_caller]
    fn check(&self, expect: &[(&str, &str, u64, u64)]) {
        let lines = self.read();
        let lines: Vec<_> = lines
            .iter()
            .map(|it| (it.plugin.as_str(), it.asked.as_str(), it.times, it.lost))
            .collect();
        assert_eq!(lines, expect);
    }

    /// A host that is stopped and started again.
    fn reopened(self) -> Self {
        let Self { log, clock, data } = self;
        drop(log);
        let log = AuditLog::open(data.path(), Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
        Self { log, clock, data }
    }
}

#[test]
fn equal_denials_are_one_line_and_a_count() {
    let bench = bench();
    for asked in ["read users", "read users", "write ticket", "read users"] {
        bench.denied("stats", asked);
    }
    bench.denied("other", "read users");
    let told = [
        ("stats", "read users", 1, 0),
        ("stats", "write ticket", 1, 0),
        ("other", "read users", 1, 0),
        ("stats", "read users", 2, 0),
    ];
    bench.check(&told);
    bench.check(&told);
}

#[test]
fn who_is_gone_leaves_no_line_and_the_others_keep_theirs() {
    let bench = bench();
    bench.denied("stats", "a");
    bench.denied("other", "b");
    bench.log.flush();
    // One line is not written yet.
    bench.denied("stats", "a");
    bench.log.forget(&name("stats")).unwrap();
    bench.check(&[("other", "b", 1, 0)]);
    bench.denied("other", "c");
    bench.denied("stats", "d");
    let told = [
        ("other", "b", 1, 0),
        ("other", "c", 1, 0),
        ("stats", "d", 1, 0),
    ];
    bench.check(&told);
    bench.reopened().check(&told);
}

#[test]
fn a_count_has_the_last_time_and_the_last_actor() {
    let bench = bench();
    for login in ["ann", "bob", "eve"] {
        bench
            .log
            .denied(&name("stats"), &scope(login), &denial("read users"));
        bench.clock.advance(Duration::from_secs(1));
    }
    let lines = bench.read();
    let told: Vec<_> = lines
        .iter()
        .map(|line| (line.time_text(), line.actor.clone().unwrap()))
        .collect();
    let expect = [
        ("2026-03-01T09:30:00.000Z", "ann"),
        ("2026-03-01T09:30:02.000Z", "eve"),
    ];
    assert_eq!(told, expect.map(|(at, who)| (at.into(), who.into())));
}

#[test]
fn the_end_of_a_window_is_told_without_a_flush() {
    let bench = bench();
    bench.denied("stats", "a");
    bench.denied("stats", "a");
    bench.clock.advance(WINDOW);
    bench.denied("stats", "b");
    // A flush would have told the first's count after `b`.
    bench.check(&[
        ("stats", "a", 1, 0),
        ("stats", "a", 1, 0),
        ("stats", "b", 1, 0),
    ]);
}

#[test]
fn a_flood_crowds_nobody_out() {
    let bench = bench();
    bench.denied("quiet", "first");
    for number in 0..100_000 {
        bench.denied("noisy", &number.to_string());
    }
    bench.denied("quiet", "second");
    let lines = bench.read();
    let of = |plugin| lines.iter().filter(move |it| it.plugin == name(plugin));
    assert_eq!(
        of("noisy").map(|it| it.times).sum::<u64>(),
        MAX_LINES as u64
    );
    assert_eq!(of("noisy").map(AuditLine::weight).sum::<u64>(), 100_000);
    let quiet: Vec<_> = of("quiet").map(|it| (&*it.asked, it.times)).collect();
    assert_eq!(quiet, [("first", 1), ("second", 1)]);
}

#[test]
fn concurrent_writers_lose_no_count_and_no_line() {
    const EACH: u64 = 2_000;
    let bench = bench();
    std::thread::scope(|threads| {
        for writer in 0..4 {
            let bench = &bench;
            threads.spawn(move || {
                for number in 0..EACH {
                    // Two write for each plugin; some denials are equal, some are not.
                    bench.denied(["a", "b"][writer % 2], &(number % 30).to_string());
                    if number % 500 == 0 {
                        bench.log.flush();
                    }
                }
            });
        }
    });
    let lines = bench.read();
    for plugin in ["a", "b"] {
        let of = lines.iter().filter(|line| line.plugin == name(plugin));
        assert_eq!(of.map(AuditLine::weight).sum::<u64>(), 2 * EACH);
    }
}

#[test]
fn what_was_noted_is_on_the_disk_when_the_log_is_dropped() {
    let bench = bench();
    bench.denied("stats", "a");
    bench.denied("stats", "a");
    let bench = bench.reopened();
    let lines = AuditLog::read(bench.data.path(), None, 10).unwrap();
    let times: Vec<_> = lines.iter().map(|line| line.times).collect();
    assert_eq!(times, [1, 1]);
    bench.denied("stats", "b");
    bench.check(&[
        ("stats", "a", 1, 0),
        ("stats", "a", 1, 0),
        ("stats", "b", 1, 0),
    ]);
}

#[test]
fn the_last_lines_of_one_plugin_or_of_all_are_read() {
    let bench = bench();
    for (plugin, asked) in [("a", "1"), ("b", "2"), ("a", "3"), ("b", "4")] {
        bench.denied(plugin, asked);
    }
    bench.log.flush();
    for (filter, last, expect) in [
        (None, 10, ["1", "2", "3", "4"].as_slice()),
        (None, 3, &["2", "3", "4"]),
        (None, 0, &[]),
        (Some("a"), 10, &["1", "3"]),
        (Some("a"), 1, &["3"]),
        (Some("c"), 10, &[]),
    ] {
        let filter = filter.map(name);
        let lines = AuditLog::read(bench.data.path(), filter.as_ref(), last).unwrap();
        let asked: Vec<_> = lines.iter().map(|line| line.asked.as_str()).collect();
        assert_eq!(asked, expect, "{filter:?} {last}");
    }
}

#[test]
fn nobody_but_the_owner_may_enter_the_folder() {
    let bench = bench();
    bench.denied("stats", "a");
    bench.log.flush();
    let folder = bench.data.path().join("audit");
    for (path, expect) in [(folder.clone(), 0o700), (folder.join("audit.jsonl"), 0o600)] {
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, expect, "{}", path.display());
    }
    std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o755)).unwrap();
    let bench = bench.reopened();
    let mode = folder.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    drop(bench);
}

#[test]
fn a_log_that_cannot_be_made_is_refused_and_one_that_never_was_is_empty() {
    let data = tempfile::tempdir().unwrap();
    assert_eq!(AuditLog::read(data.path(), None, 10).unwrap(), []);
    std::fs::write(data.path().join("audit"), "a file").unwrap();
    let clock = Arc::new(SystemClock);
    assert!(AuditLog::open(data.path(), clock).is_err());
}

#[test]
fn a_log_that_keeps_nothing_takes_everything() {
    let log = AuditLog::none();
    log.denied(&name("stats"), &scope("ann"), &denial("a"));
    log.flush();
    assert!(log.gates().is_empty());
}
