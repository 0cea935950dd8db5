//! Versions that follow each other while somebody calls all the time and waits for nobody: no call
//! fails, and nothing of what was replaced stays.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use goatkit_manager::{OfThisProcess, Resident};
use goatkit_test_support::{DataFolder, Package, TestHost, guest, name};
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

/// Longer than any machine takes for what these tests wait for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Calls begin so often, whatever becomes of those before: 500 a second.
const EVERY: Duration = Duration::from_millis(2);

/// What each of many reloads may leave behind.
const MOST_BYTES: f64 = 1024.0;

/// The plugin `versions` with a component that no other number has.
fn numbered(number: u32) -> Package {
    let mut component = guest("versions_one");
    // A section that means nothing: its length, the length of its name, its name, its content.
    component.extend([0, 8, 3]);
    component.extend(b"num");
    component.extend(number.to_le_bytes());
    Package::new("versions", component)
}

/// Calls until it is told to stop; how many calls there were, and the errors of those that failed.
async fn call_all_the_time(host: Arc<TestHost>, stop: Arc<AtomicBool>) -> (usize, Vec<String>) {
    let mut times = interval(EVERY);
    // A machine that is busy owes these calls.
    times.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut calls = JoinSet::new();
    let (mut count, mut failed) = (0, Vec::new());
    while !stop.load(Ordering::Acquire) {
        times.tick().await;
        count += 1;
        let host = Arc::clone(&host);
        calls.spawn(async move { host.call("versions", "version", json!([])).await });
        while let Some(ended) = calls.try_join_next() {
            failed.extend(ended.unwrap().err().map(|error| error.to_string()));
        }
    }
    for ended in calls.join_all().await {
        failed.extend(ended.err().map(|error| error.to_string()));
    }
    (count, failed)
}

/// Reloads so many times under load; the memory of the host after each.
async fn reload(reloads: u32) -> Vec<u64> {
    let data = DataFolder::with(&[]);
    let path = numbered(0).write_zip(&data.plugins());
    let host = Arc::new(TestHost::on(&data));
    host.expect_sibling().await;
    host.call("versions", "version", json!([])).await.unwrap();
    assert_eq!(host.manager.living(), 2);
    let stop = Arc::new(AtomicBool::new(false));
    let calls = tokio::spawn(call_all_the_time(Arc::clone(&host), Arc::clone(&stop)));
    let mut memory = Vec::new();
    for number in 1..=reloads {
        let aside = data.path().join("aside.zip");
        numbered(number).write_zip_as(&aside);
        fs::rename(aside, &path).unwrap();
        let digest = || {
            host.manager.snapshot().plugins[&name("versions")]
                .package()
                .digest()
        };
        let before = digest();
        host.manager.reload(&name("versions")).await.unwrap();
        assert_ne!(before, digest(), "reload {number}");
        memory.push(OfThisProcess.bytes().unwrap());
    }
    stop.store(true, Ordering::Release);
    let (count, failed) = calls.await.unwrap();
    assert!(
        failed.is_empty(),
        "{} of {count}: {:?}",
        failed.len(),
        failed.first()
    );
    assert!(count >= reloads as usize, "{count} calls");
    println!("{reloads} reloads beside {count} calls");
    let gone = async {
        while host.manager.living() > 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, gone)
        .await
        .expect("old versions go");
    let status = host.manager.status(&name("versions")).unwrap();
    assert_eq!(
        (status.usage.instances, status.usage.memory, status.running),
        (0, 0, 0)
    );
    memory
}

/// Bytes more for each further one, by least squares.
fn slope(values: &[u64]) -> f64 {
    let count = values.len() as f64;
    let (mean_at, mean) = (
        (count - 1.0) / 2.0,
        values.iter().sum::<u64>() as f64 / count,
    );
    let (mut above, mut below) = (0.0, 0.0);
    for (at, value) in values.iter().enumerate() {
        let from_middle = at as f64 - mean_at;
        above += from_middle * (*value as f64 - mean);
        below += from_middle * from_middle;
    }
    above / below
}

#[test]
fn a_slope_is_what_each_further_one_adds() {
    assert_eq!(slope(&[5, 5, 5, 5]), 0.0);
    assert_eq!(slope(&[10, 13, 16]), 3.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_call_fails_while_versions_follow_each_other() {
    reload(30).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: run with --release --ignored --nocapture"]
async fn a_thousand_versions_leave_nothing_behind() {
    let memory = reload(1000).await;
    let slope = slope(&memory[500..]);
    let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    println!(
        "anonymous memory: {:.1} MiB after 1, {:.1} after 500, {:.1} after 1000 reloads; {slope:.0} \
         bytes more for each of the last 500",
        mebibytes(memory[0]),
        mebibytes(memory[499]),
        mebibytes(memory[999]),
    );
    assert!(slope < MOST_BYTES, "{slope:.0} bytes for each");
}
