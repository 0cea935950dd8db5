//! More sessions than there are instances: whoever comes is served or told that all are busy, and
//! nobody waits for ever. What one session is given, `sessions.rs` holds.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use goatkit_runtime::{CallError, CallErrorKind};
use goatkit_test_support::{DataFolder, Package, TestHost};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};

/// How long a session may wait and work.
const SESSION: Duration = Duration::from_secs(20);

/// No slow machine needs as long after that: whoever is not told by then hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// Instances of each plugin.
const BOUND: usize = 2;

/// Sessions at the same time: twice as many as there are instances, of both plugins together.
const SESSIONS: usize = 2 * 2 * BOUND;

/// How calls ended.
#[derive(Debug, Default)]
struct Ends {
    served: u64,
    busy: u64,
}

impl Ends {
    /// Counts the end of a call: an answer, or that all are busy. Nothing else is one.
    fn count(&mut self, answer: &Result<Value, CallError>) {
        match answer {
            Ok(_) => self.served += 1,
            Err(error) if error.kind() == CallErrorKind::Busy => self.busy += 1,
            Err(error) => panic!("{:?}: {error}", error.kind()),
        }
    }

    fn add(&mut self, other: &Self) {
        self.served += other.served;
        self.busy += other.busy;
    }
}

/// A host with two plugins that have the function `count`.
async fn host() -> Arc<TestHost> {
    let limits = format!("limits: {{ instances: {BOUND}, call: 20s }}");
    let packages = ["good", "panics"].map(|guest| Package::of_guest(guest).line(&limits));
    let host = TestHost::on(&DataFolder::with(&packages));
    for plugin in ["good", "panics"] {
        host.find(plugin).await.unwrap();
    }
    Arc::new(host)
}

/// Sessions one after another, each of which holds the first plugin and then wants the second.
async fn sessions(
    host: Arc<TestHost>,
    order: [&'static str; 2],
    last: impl Fn(u64) -> bool,
) -> Ends {
    let mut ends = Ends::default();
    for number in 1.. {
        let session = host.session_for(SESSION);
        for plugin in order {
            let call = host.call_in(&session, plugin, "count", json!([]));
            let answer = timeout(SESSION + PATIENCE, call).await;
            ends.count(&answer.unwrap_or_else(|_| panic!("a session hangs: {order:?}")));
            // Another has its turn while this one holds what it has.
            tokio::task::yield_now().await;
        }
        if last(number) {
            break;
        }
    }
    ends
}

/// Opposite orders at twice the bound, each until `last` of its sessions.
async fn opposite(last: impl Fn(u64) -> bool + Clone + Send + 'static) -> Ends {
    let host = host().await;
    let mut running = JoinSet::new();
    for at in 0..SESSIONS {
        let mut order = ["good", "panics"];
        order.rotate_left(at % 2);
        running.spawn(sessions(Arc::clone(&host), order, last.clone()));
    }
    let mut ends = Ends::default();
    while let Some(one) = running.join_next().await {
        ends.add(&one.unwrap());
    }
    host.expect_sibling().await;
    ends
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_that_take_plugins_in_opposite_orders_do_not_lock_each_other_out() {
    let each = 50;
    let ends = opposite(move |number| number == each).await;
    let calls = each * 2 * SESSIONS as u64;
    assert_eq!(ends.served + ends.busy, calls, "{ends:?}");
    // Whoever waits holds nothing, so that the first of each session is always served.
    assert!(ends.served >= calls / 2, "{ends:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute"]
async fn for_a_minute_nobody_locks_another_out() {
    let end = Instant::now() + Duration::from_secs(60);
    let ends = opposite(move |_| Instant::now() >= end).await;
    println!("opposite orders for a minute: {ends:?}");
    assert!(ends.served >= ends.busy, "{ends:?}");
}

/// `plugins-ok` calls the peer, which calls `plugins-ok` again; of both there is one instance.
#[tokio::test(flavor = "multi_thread")]
async fn plugins_that_call_back_do_so_with_one_instance_each() {
    let package = |guest: &str, may: &str| {
        let asks = format!("capabilities: {{ plugins: [{may}], db: {{ own: true }} }}");
        let package = Package::of_guest(guest).line(&asks);
        package.line("limits: { instances: 1, call: 20s }")
    };
    let data = DataFolder::with(&[
        package("plugins_ok", "plugins-peer"),
        package("plugins_peer", "plugins-ok"),
    ]);
    let host = Arc::new(TestHost::on(&data));
    for plugin in ["plugins-ok", "plugins-peer"] {
        host.find(plugin).await.unwrap();
    }
    // Alone it works: beyond the bound there is one more of each.
    let chain = json!(["plugins-peer", "relay", ["plugins-ok", "count", []]]);
    let alone = host.call("plugins-ok", "call", chain.clone()).await;
    assert_eq!(alone.unwrap(), 1);
    let mut running = JoinSet::new();
    for _ in 0..SESSIONS {
        let (host, chain) = (Arc::clone(&host), chain.clone());
        running.spawn(async move {
            let session = host.session_for(SESSION);
            let call = host.call_in(&session, "plugins-ok", "call", chain);
            timeout(SESSION + PATIENCE, call)
                .await
                .expect("a session hangs")
        });
    }
    let mut served = 0;
    while let Some(answer) = running.join_next().await {
        match answer.unwrap() {
            Ok(count) => {
                assert_eq!(count, 1);
                served += 1;
            }
            // What is busy below is passed on as a fault.
            Err(error) => assert!(
                [CallErrorKind::Busy, CallErrorKind::Fault].contains(&error.kind())
                    && error.to_string().contains("busy"),
                "{error}"
            ),
        }
    }
    assert!(served > 0, "one at a time they are served");
    host.expect_sibling().await;
}

/// Answers in a second when so many sessions call one after another.
async fn closed(host: &Arc<TestHost>, callers: usize, time: Duration) -> f64 {
    let end = Instant::now() + time;
    let served = Arc::<AtomicU64>::default();
    let mut running = JoinSet::new();
    for _ in 0..callers {
        let (host, served) = (Arc::clone(host), Arc::clone(&served));
        running.spawn(async move {
            while Instant::now() < end {
                work(&host).await.unwrap();
                served.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    while let Some(ended) = running.join_next().await {
        ended.unwrap();
    }
    served.load(Ordering::Relaxed) as f64 / time.as_secs_f64()
}

/// Calls begun at a fixed rate, whether or not others have ended.
async fn open(host: &Arc<TestHost>, rate: f64, time: Duration) -> Ends {
    /// How often calls are begun, as many as are due: a timer for each would be all the work.
    const OFTEN: Duration = Duration::from_millis(5);
    let began = Instant::now();
    let mut ticks = interval(OFTEN);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let (mut running, mut begun, mut ends) = (JoinSet::new(), 0.0, Ends::default());
    while began.elapsed() < time {
        ticks.tick().await;
        while begun < began.elapsed().as_secs_f64() * rate {
            let host = Arc::clone(host);
            running.spawn(async move { work(&host).await });
            begun += 1.0;
        }
        while let Some(ended) = running.try_join_next() {
            ends.count(&ended.unwrap());
        }
    }
    while let Some(ended) = running.join_next().await {
        ends.count(&ended.unwrap());
    }
    ends
}

/// A call of some work, by somebody who gives up soon.
async fn work(host: &TestHost) -> Result<Value, CallError> {
    let session = host.session_for(Duration::from_millis(500));
    let text = "a".repeat(16 << 10);
    let answer = host.call_in(&session, "good", "echo", json!([text])).await;
    match answer {
        // Its instance came too late to be of use.
        Err(error) if error.kind() == CallErrorKind::TimedOut => Err(CallError::host_busy(
            &goatkit_test_support::name("good"),
            &"echo",
        )),
        answer => answer,
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "its figures need a machine to itself"]
async fn at_twice_what_it_can_a_host_does_what_it_can() {
    let host = host().await;
    let time = Duration::from_secs(10);
    let mut peak = 0.0_f64;
    for callers in [1, 2, 4, 8] {
        let goodput = closed(&host, callers, time / 4).await;
        println!("{callers} callers: {goodput:.0} answers per second");
        peak = peak.max(goodput);
    }
    let ends = open(&host, 2.0 * peak, time).await;
    let goodput = ends.served as f64 / time.as_secs_f64();
    println!("at twice the peak: {goodput:.0} answers per second, {ends:?}");
    assert!(goodput >= 0.9 * peak, "{goodput} of {peak}");
}
