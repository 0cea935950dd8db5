//! Many packages on one host: found quickly, and loaded as far as memory goes.

use std::fs;
use std::time::{Duration, Instant};

use goatkit_manager::State;
use goatkit_test_support::{
    DataFolder, HostSettings, Package, Peak, TestHost, TextGuest, anonymous_memory,
};
use hdrhistogram::Histogram;
use serde_json::json;

/// Writes so many packages, no two of which are the same, and says how they are called.
fn write(data: &DataFolder, number: usize, component: impl Fn(&str) -> Vec<u8>) -> Vec<String> {
    let names = (0..number).map(|at| format!("dense-{at}"));
    let write = |name: String| {
        Package::new(&name, component(&name)).write_zip(&data.plugins());
        name
    };
    names.map(write).collect()
}

/// Finds so many packages twice, as a host does that is started again: how long each took.
fn discover(number: usize) -> [Duration; 2] {
    let data = DataFolder::with(&[]);
    // Nothing of a component is looked at before it is used.
    let component = TextGuest::new("dense").component();
    let names = write(&data, number, |_| component.clone());
    let began = Instant::now();
    let mut host = TestHost::on(&data);
    let first = began.elapsed();
    let expect = |host: &TestHost| {
        let snapshot = host.manager.snapshot();
        // The sibling is there as well.
        assert_eq!(snapshot.plugins.len(), number + 1);
        assert_eq!(snapshot.refused.len(), 0);
        for name in &names {
            assert_eq!(host.state(name), State::Discovered, "{name}");
        }
    };
    expect(&host);
    drop(host);
    let began = Instant::now();
    host = TestHost::on(&data);
    let second = began.elapsed();
    expect(&host);
    println!("{number} packages: found in {first:?}, and in {second:?} when started again");
    [first, second]
}

/// Enough to show it, in every run: each is written to disk for good, twice.
const MANY: usize = 200;

#[tokio::test]
async fn many_packages_are_found() {
    discover(MANY);
}

#[tokio::test]
#[ignore = "writes ten thousand packages, and its figure needs a machine to itself"]
async fn ten_thousand_packages_are_found_within_a_second() {
    let [_, again] = discover(10_000);
    assert!(again <= Duration::from_secs(1), "{again:?}");
}

/// Ranks by Zipf's law from a seed: the first is asked for most, the second half as often.
struct Zipf {
    /// Up to each rank, the sum of the shares.
    sums: Vec<f64>,
    seed: u64,
}

impl Zipf {
    fn new(ranks: usize, seed: u64) -> Self {
        let mut sum = 0.0;
        let sums = (1..=ranks).map(|rank| {
            sum += 1.0 / rank as f64;
            sum
        });
        Self {
            sums: sums.collect(),
            seed,
        }
    }

    fn next(&mut self) -> usize {
        // xorshift64: the same traffic in every run.
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        let share = (self.seed >> 11) as f64 / (1_u64 << 53) as f64;
        let at = share * self.sums.last().copied().unwrap_or_default();
        self.sums.partition_point(|sum| *sum < at)
    }
}

#[test]
fn traffic_by_zipfs_law_reaches_all_and_the_first_most() {
    let mut zipf = Zipf::new(10, 7);
    let mut times = [0; 10];
    for _ in 0..10_000 {
        times[zipf.next()] += 1;
    }
    assert!(times.iter().all(|it| *it > 0), "{times:?}");
    assert!(times[0] > 3 * times[4], "{times:?}");
}

/// Plugins that are used in turns.
const PLUGINS: usize = 1_000;

/// What came of traffic that asks for all of them.
struct Used {
    /// Bytes of the process, at most.
    peak: u64,
    /// Microseconds of calls whose plugin had gone out of memory.
    back: Histogram<u64>,
}

/// Uses a thousand plugins within so many bytes: each once, then by Zipf's law.
async fn use_within(budget: u64) -> Used {
    let data = DataFolder::with(&[]);
    let names = write(&data, PLUGINS, |name| TextGuest::new(name).component());
    let settings = HostSettings {
        memory_budget: budget,
        ..HostSettings::default()
    };
    let host = TestHost::with(&data, &settings);
    let keeper = tokio::spawn(host.manager.run_keeper());
    let act = async |name: &str| {
        assert_eq!(
            host.call(name, "act", json!([])).await.unwrap(),
            1,
            "{name}"
        );
    };
    for name in &names {
        act(name).await;
    }
    let before = anonymous_memory();
    let peak = Peak::watch();
    let mut zipf = Zipf::new(PLUGINS, 42);
    let mut all = Histogram::<u64>::new(3).unwrap();
    let mut back = Histogram::<u64>::new(3).unwrap();
    for _ in 0..50_000 {
        let name = &names[zipf.next()];
        let was_there = host.state(name) == State::Loaded;
        let began = Instant::now();
        act(name).await;
        let took = u64::try_from(began.elapsed().as_micros()).unwrap();
        all.record(took).unwrap();
        if !was_there {
            back.record(took).unwrap();
        }
    }
    let peak = peak.bytes();
    keeper.abort();
    let loaded = names.iter().filter(|it| host.state(it) == State::Loaded);
    println!(
        "{PLUGINS} plugins within {} MiB: {} loaded at the end, {} MiB before and {} MiB at most; \
         calls p50 {} µs, p99 {} µs; {} came back, p99 {} µs",
        budget >> 20,
        loaded.count(),
        before >> 20,
        peak >> 20,
        all.value_at_percentile(50.0),
        all.value_at_percentile(99.0),
        back.len(),
        back.value_at_percentile(99.0),
    );
    let compiled = fs::read_dir(data.cache()).unwrap().count();
    assert!(compiled >= PLUGINS, "{compiled} files of compiled code");
    let longest = Duration::from_micros(back.value_at_percentile(99.0));
    assert!(
        longest <= Duration::from_millis(20),
        "back after {longest:?}"
    );
    Used { peak, back }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "compiles a thousand components"]
async fn a_thousand_plugins_are_used_within_half_a_gibibyte() {
    const BUDGET: u64 = 512 << 20;
    let used = use_within(BUDGET).await;
    assert!(used.peak <= BUDGET / 100 * 105, "{} bytes", used.peak);
}

/// Less than they take together, which is some 50 MiB with the host.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "compiles a thousand components, and its figure needs a machine to itself"]
async fn whoever_had_to_go_is_back_in_a_moment() {
    let used = use_within(32 << 20).await;
    assert!(!used.back.is_empty(), "nobody went");
}
