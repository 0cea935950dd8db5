//! Counts that are neither lost nor counted twice.

#![allow(clippy::unwrap_used)]

use std::time::{Duration, UNIX_EPOCH};

use super::super::testing::name;
use super::*;

struct Bench {
    db: PlatformDb,
    uses: Uses,
}

fn bench() -> Bench {
    Bench {
        db: PlatformDb::in_memory().unwrap(),
        uses: Uses::default(),
    }
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn rule(text: &str) -> Rule {
    Rule::new("db", text)
}

impl Bench {
    fn use_rule(&self, plugin: &str, text: &str, times: u64) {
        let counter = self.uses.counter(&name(plugin), &rule(text));
        counter.fetch_add(times, Ordering::Relaxed);
    }

    fn flush(&self, seconds: u64) {
        self.uses.flush(&self.db, at(seconds)).unwrap();
    }

    /// What is written down, as plugin, rule, count and second.
    #[track_caller]
    fn check(&self, expect: &[(&str, &str, u64, u64)]) {
        let expect = expect.iter().map(|(plugin, text, count, seconds)| Used {
            plugin: name(plugin),
            rule: rule(text),
            count: *count,
            last_used_at: at(*seconds),
        });
        let read = Uses::read(&self.db).unwrap();
        assert_eq!(read, expect.collect::<Vec<_>>());
    }

    /// Lets writing fail, or work again.
    fn rename(&self, from: &str, to: &str) {
        let rename = format!("ALTER TABLE {from} RENAME TO {to}");
        self.db.with(|db| db.execute_batch(&rename)).unwrap();
    }
}

#[test]
fn uses_are_counted_by_plugin_and_rule() {
    let bench = bench();
    bench.flush(1);
    bench.check(&[]);
    bench.use_rule("a", "read ticket", 2);
    bench.use_rule("a", "read queue", 1);
    bench.use_rule("b", "read ticket", 3);
    bench.use_rule("b", "read queue", 0);
    bench.check(&[]);
    bench.flush(2);
    bench.check(&[
        ("a", "read queue", 1, 2),
        ("a", "read ticket", 2, 2),
        ("b", "read ticket", 3, 2),
    ]);
}

#[test]
fn what_was_written_down_is_not_counted_again() {
    let bench = bench();
    bench.use_rule("a", "r", 2);
    bench.flush(1);
    bench.flush(2);
    bench.check(&[("a", "r", 2, 1)]);
    bench.use_rule("a", "r", 1);
    bench.flush(3);
    bench.check(&[("a", "r", 3, 3)]);
    // A clock that was set back does not make it older.
    bench.use_rule("a", "r", 1);
    bench.flush(2);
    bench.check(&[("a", "r", 4, 3)]);
}

#[test]
fn clones_and_hosts_before_count_together() {
    let bench = bench();
    let shared = bench.uses.clone();
    let counter = shared.counter(&name("a"), &rule("r"));
    assert!(Arc::ptr_eq(
        &counter,
        &bench.uses.counter(&name("a"), &rule("r"))
    ));
    counter.fetch_add(1, Ordering::Relaxed);
    bench.flush(1);
    let next = Bench {
        db: bench.db.clone(),
        uses: Uses::default(),
    };
    next.use_rule("a", "r", 1);
    next.flush(2);
    next.check(&[("a", "r", 2, 2)]);
}

#[test]
fn a_write_that_fails_loses_no_counts() {
    let bench = bench();
    let held = bench.uses.counter(&name("a"), &rule("held"));
    held.fetch_add(1, Ordering::Relaxed);
    bench.use_rule("a", "left", 2);
    bench.rename("uses", "gone");
    for _ in 0..3 {
        assert!(bench.uses.flush(&bench.db, at(1)).is_err());
        held.fetch_add(1, Ordering::Relaxed);
    }
    assert!(Uses::read(&bench.db).is_err());
    bench.rename("gone", "uses");
    bench.check(&[]);
    bench.flush(5);
    bench.check(&[("a", "held", 4, 5), ("a", "left", 2, 5)]);
}

#[test]
fn counters_that_nobody_holds_are_dropped_once_they_are_written_down() {
    let bench = bench();
    let held = bench.uses.counter(&name("a"), &rule("held"));
    bench.use_rule("a", "left", 1);
    bench.use_rule("a", "unused", 0);
    bench.flush(1);
    bench.flush(2);
    assert_eq!(bench.uses.counters().len(), 1);
    held.fetch_add(1, Ordering::Relaxed);
    bench.flush(3);
    bench.check(&[("a", "held", 1, 3), ("a", "left", 1, 1)]);
}

#[test]
fn concurrent_uses_and_flushes_lose_no_count() {
    const EACH: u64 = 20_000;
    let bench = bench();
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| {
                for _ in 0..EACH {
                    bench.use_rule("a", "r", 1);
                }
            });
        }
        for second in 0..2 {
            let bench = &bench;
            threads.spawn(move || (0..50).for_each(|_| bench.flush(second)));
        }
    });
    bench.flush(2);
    let read = Uses::read(&bench.db).unwrap();
    assert_eq!(read[0].count, 4 * EACH);
}

#[test]
fn a_row_of_no_plugin_is_left_out() {
    let bench = bench();
    bench.use_rule("a", "r", 1);
    bench.flush(1);
    let add = "INSERT INTO uses VALUES ('Not A Name', 'db', 'r', 1, 1)";
    bench.db.with(|db| db.execute(add, [])).unwrap();
    bench.check(&[("a", "r", 1, 1)]);
}
