//! A crowd of guests that mean harm, and people who ask for a route of a plugin beside them, over
//! HTTP and from threads of their own. What each guest does by itself is held in
//! `tests/lifecycle`, in the table `hostile`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use goatkit_host::{CallError, CallErrorKind, Entry, EntryKind, Session, SessionFacts};
use goatkit_test_support::{Measured, OpenLoop, Package, Peak, anonymous_memory, name};
use hdrhistogram::Histogram;
use tokio::task::{JoinSet, spawn_blocking};

use crate::site::Site;

/// How long a call of those that never end may take.
const CALL: Duration = Duration::from_millis(500);

/// A running guest looks at its clock so often; it is stopped within three of these.
const TICK: Duration = Duration::from_millis(10);

/// Guests of the crowd for each core.
const PER_CORE: usize = 4;

/// The sum of what the crowd may take by its limits, and what the host takes for them: one
/// memory of 64 MiB each.
const GUEST: u64 = 64 << 20;

/// The behaviours of the crowd: plugin, function, and how a call has to end.
const CROWD: &[(&str, &str, CallErrorKind)] = &[
    ("loops", "spin", CallErrorKind::TimedOut),
    ("spins", "fills", CallErrorKind::TimedOut),
    ("eats-memory", "eat", CallErrorKind::OutOfMemory),
    ("spins", "asks", CallErrorKind::TimedOut),
    ("spins", "allocates", CallErrorKind::TimedOut),
    ("recurses", "dive", CallErrorKind::Trapped),
    ("spins", "copies", CallErrorKind::TimedOut),
    ("spins", "naps", CallErrorKind::TimedOut),
    ("panics", "panic", CallErrorKind::Trapped),
    ("spins", "bounces", CallErrorKind::TimedOut),
];

/// The site with the crowd and, for the people, a plugin that behaves; and where it listens.
async fn site() -> (Arc<Site>, SocketAddr) {
    let of_crowd = ["loops", "spins", "eats_memory", "recurses", "panics"];
    // Each may have as many instances as the crowd has calls: it is to run, and not to wait.
    let of_crowd = of_crowd.map(|it| Package::of_guest(it).line("limits: { instances: 64 }"));
    let mut packages = vec![crate::routes::package()];
    packages.extend(of_crowd);
    let site = Arc::new(Site::with(&packages, &[]).await);
    for (plugin, ..) in CROWD {
        site.host.manager().find(&name(plugin)).await.unwrap();
    }
    let address = site.served().await;
    (site, address)
}

fn session(site: &Site) -> Session {
    site.host.manager().session(SessionFacts {
        actor: None,
        tenant: None,
        locale: "en".to_owned(),
        request_id: "a-storm".to_owned(),
        deadline: Instant::now() + CALL,
        entry: Entry {
            kind: EntryKind::Page,
            name: "a storm".to_owned(),
        },
    })
}

/// What the crowd's calls came to.
struct Crowd {
    calls: u64,
    /// Those that did not end as they have to.
    wrong: Vec<String>,
    /// Microseconds that stopped calls took beyond their time.
    late: Histogram<u64>,
}

impl Crowd {
    fn nothing() -> Self {
        Self {
            calls: 0,
            wrong: Vec::new(),
            late: Histogram::new(3).unwrap(),
        }
    }

    fn add(&mut self, other: Self) {
        self.calls += other.calls;
        self.wrong.extend(other.wrong);
        self.late.add(other.late).unwrap();
    }

    fn late(&self, percent: f64) -> Duration {
        Duration::from_micros(self.late.value_at_percentile(percent))
    }
}

/// One of the crowd: does one thing after another until `enough`.
async fn harm(site: Arc<Site>, first: usize, enough: Arc<AtomicBool>) -> Crowd {
    let mut crowd = Crowd::nothing();
    let mut behaviours = CROWD.iter().cycle().skip(first);
    while !enough.load(Ordering::Relaxed) {
        let Some((plugin, function, kind)) = behaviours.next() else {
            break;
        };
        let (session, called) = (session(&site), name(plugin));
        let began = Instant::now();
        let manager = site.host.manager();
        let call = manager.call_function(&session, &called, function, "[]".to_owned());
        let ended = call.await;
        // Else the host would leave it alone, and nothing would rage.
        let left_alone = |error: &CallError| {
            matches!(
                error.kind(),
                CallErrorKind::Resting | CallErrorKind::Quarantined
            )
        };
        if ended.as_ref().is_err_and(left_alone) {
            manager.release(&called).unwrap();
            continue;
        }
        crowd.calls += 1;
        match ended {
            Err(error) if error.kind() == *kind => {}
            // Where nothing is left for it, it cannot do its worst in time.
            Err(error) if error.kind() == CallErrorKind::TimedOut => {}
            ended => crowd.wrong.push(format!("{plugin}.{function}: {ended:?}")),
        }
        if *kind == CallErrorKind::TimedOut {
            let late = began.elapsed().saturating_sub(CALL).as_micros();
            crowd.late.record(u64::try_from(late).unwrap()).unwrap();
        }
    }
    crowd
}

/// People who ask for a small answer of a route: so many times, so many in a second.
async fn people(address: SocketAddr, requests: u64, rate: u32) -> Measured {
    let client = OpenLoop {
        address,
        path: "/plugins/routes-all/content/text".to_owned(),
        rate,
        requests,
        connections: 16,
    };
    spawn_blocking(move || client.run()).await.unwrap()
}

/// What the people measured while nothing else ran and while the crowd did, what came of the
/// crowd, and how much memory it took.
struct Storm {
    idle: Measured,
    stormy: Measured,
    crowd: Crowd,
    memory: u64,
}

async fn storm(requests: u64, rate: u32) -> Storm {
    let (site, address) = site().await;
    // The first requests compile, connect and warm up.
    people(address, 50, rate).await;
    let idle = people(address, requests.min(20_000), rate).await;
    let before = anonymous_memory();
    let peak = Peak::watch();
    let enough = Arc::<AtomicBool>::default();
    let mut harming = JoinSet::new();
    for first in 0..PER_CORE * cores() {
        harming.spawn(harm(Arc::clone(&site), first, Arc::clone(&enough)));
    }
    let stormy = people(address, requests, rate).await;
    enough.store(true, Ordering::Relaxed);
    let mut crowd = Crowd::nothing();
    while let Some(one) = harming.join_next().await {
        crowd.add(one.unwrap());
    }
    let storm = Storm {
        idle,
        stormy,
        crowd,
        memory: peak.bytes().saturating_sub(before),
    };
    storm.print();
    storm
}

impl Storm {
    fn print(&self) {
        let Self {
            idle,
            stormy,
            crowd,
            memory,
        } = self;
        println!("idle:    {idle}");
        println!("storm:   {stormy}");
        let late = [50.0, 99.0, 100.0].map(|percent| crowd.late(percent));
        println!(
            "crowd:   {} calls of {} at once; stopped after their deadline p50 {:?}, p99 {:?}, \
             at most {:?}",
            crowd.calls,
            PER_CORE * cores(),
            late[0],
            late[1],
            late[2]
        );
        println!("memory:  {} MiB at most beyond idle", memory >> 20);
    }
}

fn cores() -> usize {
    available_parallelism().map_or(1, usize::from)
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_storm_everybody_else_is_served() {
    let storm = storm(200, 100).await;
    assert!(storm.idle.all_were(200), "{}", storm.idle);
    assert!(storm.stormy.all_were(200), "{}", storm.stormy);
    assert_eq!(storm.stormy.latency.len(), 200, "every one is answered");
    assert_eq!(storm.crowd.wrong, [""; 0]);
    assert!(storm.crowd.calls >= (PER_CORE * cores()) as u64, "it raged");
}

/// By hand, in a release build, on a machine that does nothing else.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes, and its figures need a machine to itself"]
async fn in_a_long_storm_the_figures_hold() {
    let storm = storm(100_000, 500).await;
    assert!(storm.stormy.all_were(200), "{}", storm.stormy);
    assert_eq!(storm.stormy.latency.len(), 100_000);
    assert_eq!(storm.crowd.wrong, [""; 0]);
    let late = storm.crowd.late(99.0);
    assert!(late <= 3 * TICK, "stopped {late:?} after the deadline");
    let (idle, stormy) = (storm.idle.percentile(99.0), storm.stormy.percentile(99.0));
    assert!(
        stormy <= 1.5 * idle,
        "p99 {stormy} ms, and {idle} ms without the storm"
    );
    let budget = GUEST * (PER_CORE * cores()) as u64;
    assert!(storm.memory <= budget / 100 * 105, "{} bytes", storm.memory);
}
