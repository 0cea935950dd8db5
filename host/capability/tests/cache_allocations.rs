//! What is permitted costs no memory, and a value that is found costs itself alone.
#![allow(clippy::unwrap_used)]

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use goatkit_capability::audit::{AuditLog, Auditor};
use goatkit_capability::cache::{Cache, Granted, MemoryCache, Use};
use goatkit_capability::{CallFacts, Entry, EntryKind, Scope, SessionFacts, Within};
use goatkit_package::PluginName;

const TIMES: u64 = 1_000;

/// The cache in memory never waits.
fn now<T>(answer: impl Future<Output = T>) -> T {
    match pin!(answer).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("it waits"),
    }
}

fn scope() -> Scope {
    let deadline = Instant::now() + Duration::from_secs(60);
    Scope::Call(CallFacts {
        session: Arc::new(SessionFacts {
            actor: None,
            tenant: None,
            locale: "en".to_owned(),
            request_id: "test".to_owned(),
            deadline,
            entry: Entry {
                kind: EntryKind::Page,
                name: "/".to_owned(),
            },
        }),
        caller: None,
        within: Within::default(),
        deadline,
    })
}

#[test]
fn what_is_permitted_costs_nothing_and_a_value_costs_itself() {
    let granted = Granted::none();
    let uses = Arc::new(AtomicU64::new(0));
    granted.set(vec![("bytes 65536".to_owned(), Arc::clone(&uses))]);
    let permits = || assert_eq!(granted.permits(Use::Get), Ok(65_536));
    permits();
    let counted = allocation_counter::measure(|| (0..TIMES).for_each(|_| permits()));
    assert_eq!(counted.count_total, 0, "{counted:?}");
    assert_eq!(uses.load(Ordering::Relaxed), TIMES + 1);

    let plugin = PluginName::parse("my-stats").unwrap();
    let auditor = Auditor::new(plugin, AuditLog::none());
    let cache = Cache::new(auditor, granted, Arc::new(MemoryCache::default()));
    let scope = scope();
    now(cache.set(&scope, "key", vec![1; 1_000], None)).unwrap();
    let get = |key| now(cache.get(&scope, key)).unwrap();
    for (key, most) in [("key", TIMES), ("missing", 0)] {
        assert_eq!(get(key).is_some(), most > 0);
        let counted = allocation_counter::measure(|| (0..TIMES).for_each(|_| drop(get(key))));
        // The cache tidies up from time to time.
        assert!(
            counted.count_total <= most + TIMES / 10,
            "{key}: {counted:?}"
        );
        assert!(
            counted.bytes_total <= most * 1_000 + TIMES * 50,
            "{key}: {counted:?}"
        );
    }
}
