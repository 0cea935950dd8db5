#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant, UNIX_EPOCH};

use goatkit_package::PluginName;

use super::*;
use crate::audit::{AuditLog, Auditor};
use crate::{Denial, ManualClock};

struct Bench {
    bus: Arc<Bus>,
    clock: Arc<ManualClock>,
    granted: Granted,
    events: Events,
}

impl Bench {
    /// `stats` may publish on `updates` and on `ticket.*`.
    fn new() -> Self {
        let clock = Arc::new(ManualClock::at(UNIX_EPOCH + Duration::from_secs(1_000)));
        let (bus, granted) = (Arc::<Bus>::default(), Granted::none());
        let auditor = Auditor::new(name("stats"), AuditLog::none());
        let (now, on) = (Arc::clone(&clock) as _, Arc::clone(&bus));
        let bench = Self {
            events: Events::new(auditor, granted.clone(), on, now),
            bus,
            clock,
            granted,
        };
        bench.grant(&["updates", "ticket.*"]);
        bench
    }

    fn grant(&self, patterns: &[&str]) {
        let pattern = |it: &&str| ((*it).to_owned(), Arc::default());
        self.granted.set(patterns.iter().map(pattern).collect());
    }

    fn publish(&self, channel: &str, data: impl Into<String>) -> Result<u32, Fault> {
        self.events.publish(&scope(), channel, "added", data.into())
    }

    fn listen(&self, channel: &str) -> Subscription {
        self.bus.subscribe(&name("stats"), channel).unwrap()
    }
}

fn name(text: &str) -> PluginName {
    PluginName::parse(text).unwrap()
}

fn scope() -> Scope {
    Scope::of_nobody(Instant::now() + Duration::from_secs(300))
}

/// What a listener hears without waiting: how many were lost before, and the data.
fn hears(subscription: &mut Subscription) -> Option<(u64, String)> {
    let next = std::pin::pin!(subscription.next());
    match next.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(heard) => Some((heard.lost, heard.event.data.clone())),
        Poll::Pending => None,
    }
}

fn some(lost: u64, data: impl Into<String>) -> Option<(u64, String)> {
    Some((lost, data.into()))
}

#[tokio::test]
async fn who_listens_to_the_channel_hears_it_and_nobody_else() {
    let bench = Bench::new();
    let (mut one, mut two) = (bench.listen("updates"), bench.listen("updates"));
    let mut other_channel = bench.listen("ticket.new");
    let mut other_plugin = bench.bus.subscribe(&name("kb"), "updates").unwrap();
    let mut all = bench.bus.watch();
    assert_eq!(bench.publish("updates", r#"{"n":1}"#), Ok(2));
    assert_eq!(bench.publish("ticket.closed", "2"), Ok(0));
    for listener in [&mut one, &mut two, &mut all] {
        let heard = listener.next().await;
        assert_eq!((heard.lost, heard.event.id), (0, 1));
        assert_eq!(heard.event.full_channel(), "stats.updates");
        assert_eq!(heard.event.kind, "added");
        assert_eq!(heard.event.data, r#"{"n":1}"#);
        assert_eq!(heard.event.session.request_id, "test");
    }
    assert_eq!(hears(&mut all), some(0, "2"));
    for listener in [&mut one, &mut other_channel, &mut other_plugin, &mut all] {
        assert_eq!(hears(listener), None);
    }
}

#[tokio::test]
async fn who_waits_is_woken() {
    let bench = Bench::new();
    let mut listener = bench.listen("updates");
    let heard = tokio::spawn(async move { listener.next().await.event.data.clone() });
    tokio::task::yield_now().await;
    assert_eq!(bench.publish("updates", "1"), Ok(1));
    assert_eq!(heard.await.unwrap(), "1");
}

#[test]
fn a_wait_that_is_dropped_loses_nothing() {
    let bench = Bench::new();
    let mut listener = bench.listen("updates");
    assert_eq!(hears(&mut listener), None);
    bench.publish("updates", "1").unwrap();
    assert_eq!(hears(&mut listener), some(0, "1"));
}

#[test]
fn a_slow_listener_loses_the_oldest_and_learns_how_many() {
    let bench = Bench::new();
    let (mut slow, mut quick) = (bench.listen("updates"), bench.listen("updates"));
    for at in 0..QUEUE + 3 {
        bench.clock.advance(Duration::from_secs(1));
        bench.publish("updates", at.to_string()).unwrap();
        assert_eq!(hears(&mut quick), some(0, at.to_string()));
    }
    assert_eq!(hears(&mut slow), some(3, "3"));
    assert_eq!(hears(&mut slow), some(0, "4"));
    for _ in 5..QUEUE + 3 {
        assert!(hears(&mut slow).is_some());
    }
    assert_eq!(hears(&mut slow), None);
}

#[test]
fn what_waits_for_a_listener_has_a_bound_in_bytes() {
    let bench = Bench::new();
    let (mut slow, mut all) = (bench.listen("updates"), bench.bus.watch());
    let large = |at: usize| format!("\"{at}{}\"", "x".repeat(MAX_DATA_BYTES - 3));
    let fit = QUEUE_BYTES / MAX_DATA_BYTES;
    let sent = fit + 4;
    for at in 0..sent {
        bench.publish("updates", large(at)).unwrap();
    }
    let heard: Vec<_> = std::iter::from_fn(|| hears(&mut slow)).collect();
    assert!(heard.len() <= fit + 1, "{}", heard.len());
    let lost = (sent - heard.len()) as u64;
    assert_eq!(heard[0].0, lost, "and all that is gone is counted");
    assert_eq!(heard.last().unwrap().1, large(sent - 1), "the newest stays");
    assert_eq!(std::iter::from_fn(|| hears(&mut all)).count(), sent);
}

#[test]
fn who_is_gone_is_not_counted() {
    let bench = Bench::new();
    let (one, two) = (bench.listen("updates"), bench.listen("updates"));
    let watching = bench.bus.watch();
    assert_eq!(bench.bus.listening(), 2);
    drop(one);
    assert_eq!(bench.publish("updates", "1"), Ok(1));
    drop((two, watching));
    assert_eq!(bench.publish("updates", "1"), Ok(0));
    assert_eq!(bench.bus.listening(), 0);
}

#[test]
fn listeners_have_a_bound() {
    let bench = Bench::new();
    let listen = |plugin: &str, channel: &str| bench.bus.subscribe(&name(plugin), channel);
    let mut kept: Vec<_> = (0..MAX_LISTENERS_OF_CHANNEL)
        .map(|_| listen("stats", "updates").unwrap())
        .collect();
    assert_eq!(listen("stats", "updates").err(), Some(Full::Channel));
    kept.push(listen("kb", "updates").unwrap());
    while kept.len() < MAX_LISTENERS {
        kept.push(listen("stats", &format!("ticket.{}", kept.len())).unwrap());
    }
    assert_eq!(listen("mail", "updates").err(), Some(Full::Host));
    let _host = bench.bus.watch();
    kept.pop();
    listen("mail", "updates").unwrap();
}

#[test]
fn a_grant_holds_until_it_is_revoked() {
    let bench = Bench::new();
    assert_eq!(bench.publish("updates", "1"), Ok(0));
    bench.grant(&["ticket.*"]);
    let denied = Denial {
        capability: "events".to_owned(),
        asked: "publish on updates".to_owned(),
        remedy: "add `updates` under `capabilities.events` in manifest.yaml and grant it"
            .to_owned(),
    };
    let mut all = bench.bus.watch();
    assert_eq!(bench.publish("updates", "1"), Err(Fault::Denied(denied)));
    assert_eq!(hears(&mut all), None);
}

#[test]
fn nothing_is_published_while_a_plugin_registers() {
    let bench = Bench::new();
    let registering = Scope::Registering;
    let events = &bench.events;
    let published = events.publish(&registering, "updates", "added", "1".to_owned());
    assert!(matches!(published, Err(Fault::Unavailable(_))));
}

#[test]
fn what_makes_no_event_is_refused() {
    let bench = Bench::new();
    bench.grant(&["*"]);
    let mut all = bench.bus.watch();
    let long = "x".repeat(MAX_NAME_BYTES + 1);
    let large = format!("\"{}\"", "x".repeat(MAX_DATA_BYTES - 1));
    for (channel, kind, data, expect) in [
        ("", "added", "1", "the channel `` is not made of words"),
        ("Updates", "added", "1", "the channel `Updates`"),
        ("a..b", "added", "1", "the channel `a..b`"),
        ("a\nb", "added", "1", "the channel `a\\nb`"),
        (&long, "added", "1", "of at most 64 bytes"),
        ("updates", "", "1", "the kind `` is not made of words"),
        ("updates", "a: b", "1", "the kind `a: b`"),
        ("updates", "a\n\ndata", "1", "the kind `a\\n\\ndata`"),
        ("updates", "added", "", "no JSON"),
        ("updates", "added", "{", "no JSON"),
        ("updates", "added", "1 2", "no JSON"),
        ("updates", "added", &large, "more than 64 KiB"),
    ] {
        let published = bench
            .events
            .publish(&scope(), channel, kind, data.to_owned());
        let told = published.unwrap_err().to_string();
        assert!(told.contains(expect) && told.len() < 300, "{told}");
    }
    assert_eq!(hears(&mut all), None);
    let fits = format!("\"{}\"", "x".repeat(MAX_DATA_BYTES - 2));
    assert_eq!(bench.publish(&"x".repeat(MAX_NAME_BYTES), fits), Ok(0));
}

#[test]
fn a_plugin_publishes_so_much_and_no_faster() {
    let bench = Bench::new();
    let mut all = bench.bus.watch();
    for _ in 0..EVENTS_PER_SECOND {
        bench.publish("updates", "{").unwrap_err();
        bench.publish("updates", "1").unwrap();
    }
    let limited = Fault::failed(
        "rate-limited",
        "a plugin publishes at most 50 events a second",
    );
    assert_eq!(bench.publish("updates", "1"), Err(limited));
    let other = Auditor::new(name("kb"), AuditLog::none());
    let clock = Arc::clone(&bench.clock) as _;
    let other = Events::new(other, bench.granted.clone(), Arc::clone(&bench.bus), clock);
    let scope = scope();
    assert_eq!(other.publish(&scope, "updates", "x", "1".to_owned()), Ok(0));
    bench.clock.advance(Duration::from_secs(1));
    bench.publish("updates", "1").unwrap();
    let sent = std::iter::from_fn(|| hears(&mut all)).count();
    assert_eq!(sent, EVENTS_PER_SECOND as usize + 2);
}
