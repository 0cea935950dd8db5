#![allow(clippy::unwrap_used)]

pub(super) mod bench;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use goatkit_package::PluginName;

use bench::{Bench, both, memory, scope, scope_until};

use super::{ENTRY_BYTES, LONGEST_LIFE, MAX_KEY_BYTES, MAX_VALUE_BYTES};
use crate::audit::AuditLog;
use crate::{Fault, Scope};

const KIB: u64 = 1024;

/// Keys that would be something else if they were read as anything but keys.
const STRANGE: &[&str] = &[
    "a",
    "A",
    "b",
    ":",
    "a:b",
    "a-b",
    "a-b:a",
    "{a-b}",
    "goatkit:{a-b}:1:values",
    "}:1:values",
    "values",
    "used",
    "*",
    "?",
    "[ab]",
    "\\",
    "\0",
    "a\0",
    "a\0b",
    "\n",
    "\r\n",
    "a\r\nFLUSHALL\r\n",
    "*1\r\n$8\r\nFLUSHALL\r\n",
    "]] redis.call('FLUSHALL') --",
    "' or 1",
    "..",
    "../a-b/a",
    "/",
    " ",
    "a ",
    " a",
    "é",
    "e\u{301}",
    "\u{202e}a",
    "\u{feff}a",
    "😀",
    "1",
    "01",
    "1.0",
    "nil",
    "false",
];

#[tokio::test]
async fn a_value_is_kept_replaced_and_forgotten() {
    both(async |bench: &Bench| {
        let cache = bench.plugin("a", 64 * KIB);
        assert_eq!(cache.get("x").await, Ok(None));
        assert_eq!(cache.delete("x").await, Ok(false));
        let large = vec![0xff; 10_000];
        for value in [&b"one"[..], b"", b"\0\r\n\xff", b"two", &large] {
            cache.set("x", value).await.unwrap();
            assert_eq!(cache.get("x").await, Ok(Some(value.to_vec())));
        }
        assert_eq!(bench.held("a").await, (10_000, 10_000 + bench.entry(1)));
        assert_eq!(cache.delete("x").await, Ok(true));
        assert_eq!(cache.delete("x").await, Ok(false));
        assert_eq!(cache.get("x").await, Ok(None));
        assert_eq!(bench.held("a").await, (0, 0));
    })
    .await;
}

#[tokio::test]
async fn no_key_leaves_its_plugin_or_is_another() {
    both(async |bench: &Bench| {
        let long = "k".repeat(MAX_KEY_BYTES);
        let other_long = format!("{}l", &long[1..]);
        let keys = [&[&*long, &*other_long], STRANGE].concat();
        let plugins = ["a", "a-b", "ab", "b"];
        let caches = plugins.map(|name| bench.plugin(name, 256 * KIB));
        for (name, cache) in plugins.iter().zip(&caches) {
            for key in &keys {
                assert_eq!(cache.get(key).await, Ok(None), "{name} {key:?}");
                assert_eq!(cache.delete(key).await, Ok(false), "{name} {key:?}");
                cache
                    .set(key, format!("{name} {key}").as_bytes())
                    .await
                    .unwrap();
            }
        }
        for (name, cache) in plugins.iter().zip(&caches) {
            for key in &keys {
                let expect = format!("{name} {key}").into_bytes();
                assert_eq!(cache.get(key).await, Ok(Some(expect)), "{name} {key:?}");
            }
        }
        for key in &keys {
            assert_eq!(caches[0].delete(key).await, Ok(true), "{key:?}");
        }
        assert_eq!(bench.held("a").await, (0, 0));
        for cache in &caches[1..] {
            assert!(cache.get("a").await.unwrap().is_some());
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_no_key_or_no_life_is_refused() {
    both(async |bench: &Bench| {
        let cache = bench.plugin("a", 64 * KIB);
        let long = "k".repeat(MAX_KEY_BYTES + 1);
        // Of two bytes each.
        let wide = "é".repeat(MAX_KEY_BYTES / 2 + 1);
        for key in ["", &long, &wide] {
            let faults = [
                cache.get(key).await.err(),
                cache.set(key, b"x").await.err(),
                cache.delete(key).await.err(),
            ];
            for fault in faults {
                let told = fault.unwrap().to_string();
                assert!(
                    told.starts_with("invalid: a key of the cache has 1 to 512 bytes, not "),
                    "{told}"
                );
            }
        }
        for ttl in [Duration::ZERO, Duration::from_micros(999)] {
            let refused = cache.set_for("x", b"x", Some(ttl)).await;
            assert!(matches!(refused, Err(Fault::Invalid(_))), "{refused:?}");
        }
        assert_eq!(bench.held("a").await, (0, 0));
        let longest = &long[1..];
        cache
            .set_for(longest, b"x", Some(Duration::MAX))
            .await
            .unwrap();
        assert!(cache.get(longest).await.unwrap().is_some());
    })
    .await;
}

#[tokio::test]
async fn a_value_has_at_most_what_is_granted() {
    both(async |bench: &Bench| {
        let cache = bench.plugin("a", 8 * KIB);
        cache.set("small", b"x").await.unwrap();
        let most = usize::try_from(8 * KIB).unwrap();
        let told = cache.set("x", &vec![1; most + 1]).await.unwrap_err();
        let expect = "the value has 8193 bytes, and 8 KiB are granted: ask for more under \
                      `capabilities.cache` in manifest.yaml";
        assert_eq!(told, Fault::TooLarge(expect.to_owned()));
        assert!(cache.get("small").await.unwrap().is_some());
        // One of the whole size takes it for itself.
        cache.set("x", &vec![1; most]).await.unwrap();
        assert_eq!(cache.get("x").await.unwrap().unwrap().len(), most);
        assert_eq!(cache.get("small").await, Ok(None));
        assert_eq!(bench.held("a").await.0, 8 * KIB);
        cache.set("small", b"x").await.unwrap();
        assert_eq!(cache.get("x").await, Ok(None));
        assert_eq!(bench.held("a").await, (1, 1 + bench.entry(5)));
    })
    .await;
}

#[tokio::test]
async fn a_value_is_bounded_whatever_is_granted() {
    both(async |bench: &Bench| {
        let cache = bench.plugin("a", 64 << 20);
        let told = cache.set("x", &vec![1; MAX_VALUE_BYTES + 1]).await;
        let expect = "the value has 8388609 bytes, and one value has at most 8 MiB";
        assert_eq!(told, Err(Fault::TooLarge(expect.to_owned())));
        cache.set("x", &vec![1; MAX_VALUE_BYTES]).await.unwrap();
    })
    .await;
}

/// How large the value of a turn is.
type Size = fn(u64) -> u64;

#[tokio::test]
async fn nothing_that_is_set_breaks_the_budget() {
    both(async |bench: &Bench| {
        let budget = 64 * KIB;
        let cache = bench.plugin("a", budget);
        let other = bench.plugin("b", budget);
        other.set("mine", b"stays").await.unwrap();
        let rounds: [(&str, u64, Size); 5] = [
            ("of one byte", 700, |_| 1),
            ("large", 20, |_| 60 * KIB),
            ("of all sizes", 200, |at| at * at % (60 * KIB)),
            ("of one byte again", 300, |_| 1),
            ("as large as can be", 3, |_| 64 * KIB),
        ];
        for (name, times, size) in rounds {
            for at in 0..times {
                let value = vec![7; usize::try_from(size(at)).unwrap()];
                let key = format!("{name} {at}");
                cache.set(&key, &value).await.unwrap();
                let (bytes, cost) = bench.held("a").await;
                assert!(bytes <= budget, "{bytes} bytes after {key}");
                assert!(cost <= budget + ENTRY_BYTES, "{cost} after {key}");
                assert_eq!(cache.get(&key).await, Ok(Some(value)), "{key}");
            }
        }
        assert_eq!(other.get("mine").await, Ok(Some(b"stays".to_vec())));
    })
    .await;
}

#[tokio::test]
async fn what_was_used_longest_ago_makes_room() {
    both(async |bench: &Bench| {
        // Four entries of 256 bytes, and not five.
        let cache = bench.plugin("a", 4 * (256 + ENTRY_BYTES) + 100);
        let value = [1; 256];
        for key in ["a", "b", "c", "d"] {
            cache.set(key, &value).await.unwrap();
        }
        for (used, new, gone) in [
            ("get a", "e", "b"),
            ("set c", "f", "d"),
            ("get missing", "g", "a"),
            ("delete missing", "h", "e"),
        ] {
            match used.split_once(' ').unwrap() {
                ("get", key) => drop(cache.get(key).await.unwrap()),
                ("set", key) => cache.set(key, &value).await.unwrap(),
                (_, key) => drop(cache.delete(key).await.unwrap()),
            }
            cache.set(new, &value).await.unwrap();
            assert_eq!(cache.get(gone).await, Ok(None), "{used}, set {new}");
        }
        for key in ["c", "f", "g", "h"] {
            assert!(cache.get(key).await.unwrap().is_some(), "{key}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_smaller_grant_holds_from_the_next_use_on() {
    both(async |bench: &Bench| {
        let cache = bench.plugin("a", 64 * KIB);
        for at in 0..12 {
            cache
                .set(&at.to_string(), &[1; 4 * KIB as usize])
                .await
                .unwrap();
        }
        cache.grant(Some(2 * KIB));
        assert_eq!(
            cache.get("11").await,
            Ok(None),
            "larger than what is granted now"
        );
        cache.set("new", b"x").await.unwrap();
        assert!(bench.held("a").await.1 <= 2 * KIB);
        assert!(cache.get("new").await.unwrap().is_some());
        let refused = cache.set("large", &[1; 4 * KIB as usize]).await;
        assert!(matches!(refused, Err(Fault::TooLarge(_))), "{refused:?}");
        cache.grant(Some(64 * KIB));
        cache.set("large", &[1; 4 * KIB as usize]).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn nothing_is_done_without_a_grant() {
    both(async |bench: &Bench| {
        let cache = bench.plugin("a", 64 * KIB);
        cache.set("x", b"1").await.unwrap();
        cache.get("x").await.unwrap();
        cache.delete("missing").await.unwrap();
        assert_eq!(cache.uses.load(Ordering::Relaxed), 3);
        cache.grant(None);
        let asked = [
            (cache.get("x").await.err(), "get a value"),
            (cache.set("x", b"2").await.err(), "set a value"),
            (cache.delete("x").await.err(), "delete a value"),
            // Who was granted nothing learns nothing.
            (cache.get("").await.err(), "get a value"),
        ];
        for (fault, asked) in asked {
            let Some(Fault::Denied(denial)) = fault else {
                panic!("{asked} is permitted: {fault:?}");
            };
            assert_eq!((&*denial.capability, &*denial.asked), ("cache", asked));
        }
        assert_eq!(cache.uses.load(Ordering::Relaxed), 3);
        cache.grant(Some(64 * KIB));
        assert_eq!(cache.get("x").await, Ok(Some(b"1".to_vec())));
    })
    .await;
}

#[tokio::test]
async fn denials_are_noted() {
    let data = tempfile::tempdir().unwrap();
    let bench = memory();
    let log = AuditLog::open(data.path(), bench.clock.clone()).unwrap();
    let cache = bench.noted("a", 64 * KIB, Arc::clone(&log));
    cache.set("x", b"1").await.unwrap();
    cache.get("").await.unwrap_err();
    cache.grant(None);
    cache.get("x").await.unwrap_err();
    log.flush();
    let lines = AuditLog::read(data.path(), None, usize::MAX).unwrap();
    let told = lines.iter().map(|line| (&*line.capability, &*line.asked));
    assert_eq!(told.collect::<Vec<_>>(), [("cache", "get a value")]);
}

#[tokio::test]
async fn nothing_answers_while_a_plugin_registers_or_after_the_deadline() {
    both(async |bench: &Bench| {
        let bound = bench.plugin("a", 64 * KIB);
        let late = scope_until(Instant::now());
        for (scope, is_late) in [(Scope::Registering, false), (late, true)] {
            let cache = &bound.cache;
            let faults = [
                cache.get(&scope, "x").await.unwrap_err(),
                cache.set(&scope, "x", vec![1], None).await.unwrap_err(),
                cache.delete(&scope, "x").await.unwrap_err(),
            ];
            for fault in faults {
                assert_eq!(fault == Fault::TimedOut, is_late, "{fault}");
                assert_eq!(matches!(fault, Fault::Unavailable(_)), !is_late, "{fault}");
            }
        }
        assert_eq!(bench.held("a").await, (0, 0));
    })
    .await;
}

#[tokio::test]
async fn who_is_gone_leaves_no_value_and_the_others_keep_theirs() {
    both(async |bench| {
        let gone = PluginName::parse("gone").unwrap();
        let (cache, other) = (
            bench.plugin("gone", 1 << 20),
            bench.plugin("gone-2", 1 << 20),
        );
        for key in ["a", "b"] {
            cache.set(key, b"1").await.unwrap();
            other.set(key, b"2").await.unwrap();
        }
        bench.clear(&gone).await.unwrap();
        assert_eq!(bench.held("gone").await, (0, 0));
        assert_eq!(cache.get("a").await, Ok(None));
        assert_eq!(other.get("a").await, Ok(Some(b"2".to_vec())));
        // Nothing to forget is forgotten as well, and the space may be used again.
        bench.clear(&gone).await.unwrap();
        cache.set("a", b"3").await.unwrap();
        assert_eq!(cache.get("a").await, Ok(Some(b"3".to_vec())));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_at_the_same_time_keep_the_budget() {
    both(async |bench: &Bench| {
        let budget = 32 * KIB;
        let bound = bench.plugin("a", budget);
        let mut tasks = tokio::task::JoinSet::new();
        for task in 0..16_u64 {
            let (cache, scope) = (bound.cache.clone(), scope());
            tasks.spawn(async move {
                for at in 0..40 {
                    let key = format!("{} {}", task % 4, at % 30);
                    let size = usize::try_from((task * 977 + at * 311) % (4 * KIB)).unwrap();
                    cache.set(&scope, &key, vec![1; size], None).await.unwrap();
                    cache.get(&scope, &key).await.unwrap();
                    if at % 7 == 0 {
                        cache.delete(&scope, &key).await.unwrap();
                    }
                }
            });
        }
        while let Some(ended) = tasks.join_next().await {
            ended.unwrap();
            let (bytes, cost) = bench.held("a").await;
            assert!(bytes <= budget && cost <= budget, "{bytes} bytes, {cost}");
        }
        // What was counted in the meantime is right to the byte.
        bound.set("last", &[1; 100]).await.unwrap();
        for key in 0..4 {
            for at in 0..40 {
                bound.delete(&format!("{key} {at}")).await.unwrap();
            }
        }
        assert_eq!(bench.held("a").await, (100, 100 + bench.entry(4)));
    })
    .await;
}

#[tokio::test]
async fn a_value_ends_when_its_time_is_over() {
    let bench = memory();
    let cache = bench.plugin("a", 64 * KIB);
    let second = Duration::from_secs(1);
    cache.set_for("short", b"1", Some(second)).await.unwrap();
    cache
        .set_for("shorter", b"1", Some(second / 1000))
        .await
        .unwrap();
    cache.set("long", b"1").await.unwrap();
    bench.clock.advance(second - second / 1000);
    assert!(cache.get("short").await.unwrap().is_some());
    assert_eq!(cache.get("shorter").await, Ok(None));
    bench.clock.advance(second / 1000);
    assert_eq!(cache.get("short").await, Ok(None));
    assert_eq!(cache.delete("short").await, Ok(false));
    bench.clock.advance(LONGEST_LIFE - 2 * second);
    assert!(cache.get("long").await.unwrap().is_some());
    bench.clock.advance(second);
    assert_eq!(cache.get("long").await, Ok(None));
    // A new value has a new time.
    cache.set("short", b"2").await.unwrap();
    bench.clock.advance(2 * second);
    assert_eq!(cache.get("short").await, Ok(Some(b"2".to_vec())));
}
