//! Versions that follow each other while people ask all the time, over HTTP, and wait for nobody:
//! no request fails, and nothing of what was replaced stays.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use goatkit_test_support::{OpenLoop, Package, anonymous_memory, guest, name};
use tokio::task::spawn_blocking;

use crate::site::Site;

/// Longer than any machine takes for what these tests wait for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Requests in a second, whatever becomes of those before.
const RATE: u32 = 500;

/// What each of many reloads may leave behind.
const MOST_BYTES: f64 = 1024.0;

/// The plugin that is replaced again and again.
const PLUGIN: &str = "routes-all";

/// It with a component that no other number has.
fn numbered(number: u32) -> Package {
    let mut component = guest("routes_all");
    // A section that means nothing: its length, the length of its name, its name, its content.
    component.extend([0, 8, 3]);
    component.extend(b"num");
    component.extend(number.to_le_bytes());
    Package::new(PLUGIN, component)
}

/// Reloads so many times under load; the memory of the host after each, in bytes.
async fn reload(reloads: u32) -> Vec<u64> {
    let site = Site::with(&[numbered(0)], &[]).await;
    let client = OpenLoop {
        address: site.served().await,
        path: "/plugins/routes-all/content/text".to_owned(),
        rate: RATE,
        requests: u64::MAX,
        connections: 16,
    };
    let enough = Arc::<AtomicBool>::default();
    let told = Arc::clone(&enough);
    let asking = spawn_blocking(move || client.run_until(&told));
    let mut memory = Vec::new();
    for number in 1..=reloads {
        replace(&site, number).await;
        memory.push(anonymous_memory());
    }
    enough.store(true, Ordering::Relaxed);
    let asked = asking.await.unwrap();
    println!("{reloads} reloads: {asked}");
    assert!(asked.all_were(200), "{asked}");
    expect_nothing_left(&site).await;
    memory
}

/// Puts the next version into the place of the one that serves.
async fn replace(site: &Site, number: u32) {
    let manager = site.host.manager();
    let digest = || manager.snapshot().plugins[&name(PLUGIN)].package().digest();
    let before = digest();
    let aside = site.plugins().join("aside");
    let zip = numbered(number).write_zip_as(&aside);
    // The name by which the first was written.
    fs::rename(zip, site.plugins().join("routes-all-1.0.0.zip")).unwrap();
    manager.reload(&name(PLUGIN)).await.unwrap();
    assert_ne!(before, digest(), "reload {number}");
}

/// What was replaced is gone, and no call of what serves is left.
async fn expect_nothing_left(site: &Site) {
    let manager = site.host.manager();
    let gone = async {
        while manager.living() > 1 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, gone)
        .await
        .expect("old versions go");
    let status = manager.status(&name(PLUGIN)).unwrap();
    assert_eq!(
        (status.usage.instances, status.usage.memory, status.running),
        (0, 0, 0)
    );
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
async fn no_request_fails_while_versions_follow_each_other() {
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
