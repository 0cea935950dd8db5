//! What is shown where a plugin is left alone: when to come back, and why.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use goatkit_host::ManualClock;
use goatkit_test_support::Package;

use crate::site::{Desk, Site};

const PANICS: (&str, &str) = ("panics.html", "{% use panics %}{{ panic() }}");
const COUNTS: (&str, &str) = ("counts.html", "{% use panics %}{{ count() }}");
const OTHER: (&str, &str) = ("other.html", "all is well");

#[tokio::test(flavor = "multi_thread")]
async fn a_page_says_when_its_plugin_is_called_again() {
    let clock = Arc::new(ManualClock::at(UNIX_EPOCH + Duration::from_secs(1_000_000)));
    let set = Arc::clone(&clock);
    let package = Package::of_guest("panics");
    let site = Site::made(&[package], &[PANICS, COUNTS, OTHER], |host| {
        let host = host.grant_everything().people(Arc::new(Desk));
        host.clock(set)
    })
    .await;
    for _ in 0..5 {
        site.get("/panics").await.expect(500, &["it broke off"]);
    }
    let answer = site.get("/counts").await;
    let says = ["left alone until 1970-01-12T13:46:41.000Z", "it broke off"];
    answer.expect(503, &says);
    assert_eq!(answer.header("retry-after"), "1");
    site.get("/other").await.expect(200, &["all is well"]);
    clock.advance(Duration::from_secs(1));
    site.get("/panics").await.expect(500, &["it broke off"]);
    let answer = site.get("/counts").await;
    answer.expect(503, &["left alone"]);
    assert_eq!(answer.header("retry-after"), "2");
    clock.advance(Duration::from_secs(2));
    site.get("/counts").await.expect(200, &["1"]);
    site.get("/panics").await.expect(500, &["it broke off"]);
}
