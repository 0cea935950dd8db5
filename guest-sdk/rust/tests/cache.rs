//! The module `cache` as a plugin uses it: values by key, for a time, within a grant.
#![allow(missing_docs, clippy::unwrap_used)]

use std::cell::Cell;
use std::time::Duration;

use goatkit_plugin::cache;
use goatkit_plugin::testing::Session;
use goatkit_plugin::{Error, Fault, Timestamp};

const SECOND: Duration = Duration::from_secs(1);

fn later(session: &Session, nanoseconds: u32) -> Session {
    let mut later = session.clone();
    later.now = Timestamp {
        nanoseconds,
        ..session.now
    };
    later
}

#[test]
fn a_value_is_kept_until_its_time_is_over() {
    let session = Session::default().grant("cache");
    session.clone().run(|| {
        assert_eq!(cache::get("a"), Ok(None));
        cache::set("a", "1", None).unwrap();
        cache::set("b", b"2", Some(Duration::from_micros(1))).unwrap();
        assert_eq!(cache::get("a"), Ok(Some(b"1".to_vec())));
        cache::set("a", "3", None).unwrap();
        assert_eq!(cache::get("a"), Ok(Some(b"3".to_vec())));
    });
    later(&session, 999_999).run(|| assert_eq!(cache::get("b"), Ok(Some(b"2".to_vec()))));
    later(&session, 1_000_000).run(|| {
        assert_eq!(cache::get("b"), Ok(None));
        assert_eq!(cache::delete("b"), Ok(false));
        assert_eq!(cache::delete("a"), Ok(true));
        assert_eq!((cache::delete("a"), cache::get("a")), (Ok(false), Ok(None)));
    });
}

#[test]
fn limits_are_those_of_the_contract() {
    let set = |key: &str, bytes: usize| cache::set(key, vec![0; bytes], None);
    Session::default().grant("cache: 100").run(|| {
        assert_eq!(set(&"k".repeat(512), 100), Ok(()));
        assert_eq!(
            set("a", 101),
            Err(Fault::TooLarge(
                "the value has 101 bytes, and the cache 100".to_owned()
            ))
        );
        for key in ["", &"k".repeat(513)] {
            assert!(matches!(set(key, 1), Err(Fault::Invalid(_))));
            assert!(matches!(cache::get(key), Err(Fault::Invalid(_))));
            assert!(matches!(cache::delete(key), Err(Fault::Invalid(_))));
        }
        assert!(matches!(
            cache::set("a", "", Some(Duration::ZERO)),
            Err(Fault::Invalid(_))
        ));
    });
    for denied in [
        set("a", 1),
        cache::get("a").map(drop),
        cache::delete("a").map(drop),
    ] {
        assert!(matches!(denied, Err(Fault::Denied(it)) if it.capability == "cache"));
    }
}

#[test]
fn json_that_is_something_else_counts_as_none() {
    Session::default().grant("cache").run(|| {
        cache::set_json("a", &vec![1, 2], None).unwrap();
        assert_eq!(cache::get_json("a"), Ok(Some(vec![1, 2])));
        assert_eq!(cache::get_json::<String>("a"), Ok(None));
        assert_eq!(cache::get_json::<String>("b"), Ok(None));
    });
}

#[test]
fn what_is_remembered_is_made_once() {
    let made = Cell::new(0);
    let count = || {
        cache::remember("n", SECOND, || {
            made.set(made.get() + 1);
            Ok::<_, Error>(made.get())
        })
    };
    let session = Session::default().grant("cache");
    session
        .clone()
        .run(|| assert_eq!((count(), count()), (Ok(1), Ok(1))));
    let mut later = session.clone();
    later.now.seconds += 1;
    later.run(|| assert_eq!(count(), Ok(2)));

    // A cache that keeps nothing decides nothing.
    assert_eq!((count(), count()), (Ok(3), Ok(4)));
    Session::default()
        .grant("cache: 0")
        .run(|| assert_eq!((count(), count()), (Ok(5), Ok(6))));

    let fails = || cache::remember("f", SECOND, || Err::<u8, _>("no"));
    session.run(|| {
        assert_eq!((fails(), fails()), (Err("no"), Err("no")));
        assert_eq!(cache::get("f"), Ok(None));
    });
}
