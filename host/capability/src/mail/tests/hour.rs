//! The hour: counted before a message goes out, over restarts, hosts and parallel sends; given
//! back when no server was there.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::bench::{Bench, Keeps, code, ordinary, scope, scope_until};
use crate::Fault;
use crate::mail::{Counted, Letter, Post, Posting};

fn bench() -> (Bench, Arc<dyn Post>) {
    let post: Arc<dyn Post> = Arc::new(Keeps::default());
    let bench = Bench::new(Arc::clone(&post));
    bench.grant(&["from stats@example.com", "to *", "per_hour 3"]);
    (bench, post)
}

async fn send(bench: &Bench) -> &'static str {
    match code(&bench.send(ordinary()).await) {
        "sent" => "sent",
        "rate-limited" => "rate-limited",
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn the_hour_slides() {
    let (bench, _) = bench();
    for (minutes, expect) in [
        (0, "sent"),
        (10, "sent"),
        (10, "sent"),
        (0, "rate-limited"),
        (39, "rate-limited"),
        // An hour after the first.
        (1, "sent"),
        (0, "rate-limited"),
        (10, "sent"),
        (0, "rate-limited"),
        (120, "sent"),
    ] {
        bench.clock.advance(Duration::from_secs(60 * minutes));
        assert_eq!(send(&bench).await, expect);
    }
    // What is older than an hour is not kept.
    assert_eq!(bench.counted(), 1);
}

#[tokio::test]
async fn a_refusal_says_when_it_may_go_on() {
    let (bench, _) = bench();
    for _ in 0..3 {
        assert_eq!(send(&bench).await, "sent");
        bench.clock.advance(Duration::from_secs(60));
    }
    let refused = bench.send(ordinary()).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "3 messages were sent within an hour, which is what is granted: send the next at \
         2026-03-01T10:30:00.000Z (rate-limited)"
    );
    // When less is granted, more has to pass.
    bench.grant(&["from stats@example.com", "to *", "per_hour 1"]);
    let refused = bench.send(ordinary()).await.unwrap_err();
    assert!(refused.to_string().contains("10:32:00.000Z"), "{refused}");
    bench.grant(&["from stats@example.com", "to *", "per_hour 4"]);
    assert_eq!(send(&bench).await, "sent");
}

#[tokio::test]
async fn a_restart_gives_no_new_hour_and_neither_does_a_second_host() {
    let (bench, post) = bench();
    for _ in 0..2 {
        assert_eq!(send(&bench).await, "sent");
    }
    let again = bench.reopened(&post);
    assert_eq!(code(&again.send(&scope(), ordinary()).await), "sent");
    assert_eq!(
        code(&again.send(&scope(), ordinary()).await),
        "rate-limited"
    );
    assert_eq!(send(&bench).await, "rate-limited");
    assert_eq!(
        code(&bench.reopened(&post).send(&scope(), ordinary()).await),
        "rate-limited"
    );
}

#[tokio::test]
async fn every_plugin_has_an_hour_of_its_own() {
    let (bench, post) = bench();
    for _ in 0..3 {
        assert_eq!(send(&bench).await, "sent");
    }
    assert_eq!(send(&bench).await, "rate-limited");
    let other = bench.room("other", &post);
    assert_eq!(code(&other.send(&scope(), ordinary()).await), "sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_sends_share_the_hour() {
    let (bench, post) = bench();
    let second = bench.reopened(&post);
    let mut sends = JoinSet::new();
    for number in 0..40 {
        let mail = if number % 2 == 0 {
            bench.mail.clone()
        } else {
            second.clone()
        };
        sends.spawn(async move { mail.send(&scope(), ordinary()).await });
    }
    let answers = sends.join_all().await;
    let sent = answers.iter().filter(|it| it.is_ok()).count();
    let limited = answers
        .iter()
        .filter(|it| code(it) == "rate-limited")
        .count();
    assert_eq!((sent, limited), (3, 37));
}

#[tokio::test]
async fn a_clock_that_is_set_back_gives_nothing_and_takes_an_hour_at_most() {
    let (bench, post) = bench();
    bench.clock.advance(Duration::from_secs(90 * 24 * 3600));
    for _ in 0..3 {
        assert_eq!(send(&bench).await, "sent");
    }
    // Another clock over the same database, three months before.
    let earlier = Bench::new(Arc::clone(&post));
    let before = crate::mail::Mail::new(
        crate::audit::Auditor::new(
            goatkit_package::PluginName::parse("stats").unwrap(),
            crate::audit::AuditLog::none(),
        ),
        bench.granted.clone(),
        post,
        bench.platform.clone(),
        Arc::clone(&earlier.clock) as Arc<dyn crate::Clock>,
    );
    assert_eq!(
        code(&before.send(&scope(), ordinary()).await),
        "rate-limited"
    );
    earlier.clock.advance(Duration::from_secs(3600));
    assert_eq!(code(&before.send(&scope(), ordinary()).await), "sent");
}

/// A post that does as it is told: says that it was reached, and waits for ever.
#[derive(Default)]
struct Hangs {
    counts: AtomicBool,
    reached: Notify,
}

impl Post for Hangs {
    fn post<'a>(&'a self, _: &'a Letter, counted: &'a Counted, _: Instant) -> Posting<'a> {
        Box::pin(async move {
            if self.counts.load(Ordering::Relaxed) {
                counted.count();
            }
            self.reached.notify_one();
            std::future::pending().await
        })
    }
}

#[tokio::test]
async fn a_call_that_is_cancelled_counts_only_if_a_server_may_have_the_message() {
    let hangs = Arc::new(Hangs::default());
    let bench = Bench::new(Arc::clone(&hangs) as Arc<dyn Post>);
    for (counts, expect) in [(false, 0), (true, 1)] {
        hangs.counts.store(counts, Ordering::Relaxed);
        let mail = bench.mail.clone();
        let call = tokio::spawn(async move { mail.send(&scope(), ordinary()).await });
        hangs.reached.notified().await;
        assert_eq!(bench.counted(), 1);
        call.abort();
        assert!(call.await.unwrap_err().is_cancelled());
        bench.until_counted(expect).await;
    }
}

#[tokio::test]
async fn a_post_that_ignores_the_deadline_does_not_hold_the_call() {
    let hangs = Arc::new(Hangs::default());
    let bench = Bench::new(Arc::clone(&hangs) as Arc<dyn Post>);
    let until = scope_until(Instant::now() + Duration::from_millis(200));
    assert_eq!(
        bench.mail.send(&until, ordinary()).await,
        Err(Fault::TimedOut)
    );
    bench.until_counted(0).await;
}

#[tokio::test]
async fn messages_of_one_plugin_wait_for_their_turn() {
    let hangs = Arc::new(Hangs::default());
    let post = Arc::clone(&hangs) as Arc<dyn Post>;
    let bench = Bench::new(Arc::clone(&post));
    let mut calls = JoinSet::new();
    for _ in 0..2 {
        let mail = bench.mail.clone();
        calls.spawn(async move { mail.send(&scope(), ordinary()).await });
        hangs.reached.notified().await;
    }
    let until = scope_until(Instant::now() + Duration::from_millis(200));
    assert_eq!(
        bench.mail.send(&until, ordinary()).await,
        Err(Fault::TimedOut)
    );
    // It never came as far as being counted, and another plugin does not wait for this one.
    assert_eq!(bench.counted(), 2);
    let other = bench.room("other", &post);
    calls.spawn(async move { other.send(&scope(), ordinary()).await });
    hangs.reached.notified().await;
}

#[tokio::test]
async fn a_row_that_is_given_back_late_takes_no_other_with_it() {
    let (bench, _) = bench();
    let plugin = goatkit_package::PluginName::parse("stats").unwrap();
    let now = super::bench::start();
    let take = |now| super::super::hour::Place::take(&bench.platform, &plugin, 1, now).unwrap();
    let late = take(now);
    let next = take(now + Duration::from_secs(3600));
    next.counted().count();
    next.settle();
    late.settle();
    assert_eq!(bench.counted(), 1);
}
