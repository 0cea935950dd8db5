//! Limits of time, memory and size, each with a guest that breaks it.

use std::time::Duration;

use goatkit_capability::log::{LINES_PER_SECOND, MAX_LINE_BYTES};
use goatkit_runtime::{CallErrorKind, LoadErrorKind, Session};
use goatkit_test_support::{DataFolder, HostSettings, Package, TestHost};
use serde_json::json;

use crate::expect::{expect_broken, expect_call, expect_error};

const PAGE: u64 = 64 << 10;

#[tokio::test]
async fn a_call_ends_at_its_time() {
    let says = ["stopped at its deadline", "1s"];
    let loops = Package::of_guest("loops").line("limits: { call: 1s }");
    expect_call(loops, ("spin", json!([])), CallErrorKind::TimedOut, &says).await;
}

#[tokio::test]
async fn a_call_ends_with_its_session() {
    let loops = Package::of_guest("loops").line("limits: { call: 30s }");
    let host = TestHost::on(&DataFolder::with(&[loops]));
    host.ready("loops").await;
    let session = host.session_for(Duration::from_millis(200));
    let error = host.call_in(&session, "loops", "spin", json!([])).await;
    let kind = CallErrorKind::TimedOut;
    expect_error(
        &error.unwrap_err(),
        ("loops", "spin"),
        kind,
        &["stopped at its deadline"],
    );
    host.expect_sibling().await;
}

#[tokio::test]
async fn a_start_function_runs_under_the_limits_of_its_call() {
    let loops = Package::of_guest("loops_in_start").line("limits: { call: 1s }");
    let host = TestHost::on(&DataFolder::with(&[loops]));
    host.expect_sibling().await;
    let error = host.find("loops-in-start").await.err().unwrap().to_string();
    assert!(
        error.contains("gk-register: it was stopped at its deadline"),
        "{error}"
    );
    host.expect_sibling().await;
}

#[tokio::test]
async fn memory_ends_at_the_plugins_limit() {
    let says = [
        "memory limit of 16777216 bytes",
        "raise `limits.memory` in its manifest.yaml",
    ];
    let eats = Package::of_guest("eats_memory").line("limits: { memory: 16MiB }");
    expect_call(eats, ("eat", json!([])), CallErrorKind::OutOfMemory, &says).await;
}

#[tokio::test]
async fn a_component_that_starts_beyond_its_limit_is_told_so() {
    // Rust's stack alone takes the MiB.
    let good = Package::of_guest("good").line("limits: { memory: 1MiB }");
    let says = ["gk-register", "memory limit of 1048576 bytes"];
    expect_broken(good, LoadErrorKind::Registration, &says).await;
}

#[tokio::test]
async fn a_guest_that_copes_with_a_refusal_gets_what_its_limit_gives() {
    let eats = Package::of_guest("eats_memory_quietly").line("limits: { memory: 16MiB }");
    let host = TestHost::on(&DataFolder::with(&[eats]));
    let pages = host
        .call("eats-memory-quietly", "eat", json!([]))
        .await
        .unwrap();
    let bytes = pages.as_u64().unwrap() * PAGE;
    assert!(bytes <= 16 << 20, "{bytes}");
    assert!(bytes > 12 << 20, "{bytes}: the limit is there to be used");
    host.expect_sibling().await;
}

#[tokio::test]
async fn a_refusal_that_was_coped_with_is_not_blamed_for_a_later_trap() {
    let eats = Package::of_guest("eats_memory_quietly").line("limits: { memory: 16MiB }");
    let host = TestHost::on(&DataFolder::with(&[eats]));
    let (session, plugin) = (host.session(), "eats-memory-quietly");
    host.call_in(&session, plugin, "eat", json!([]))
        .await
        .unwrap();
    let error = host
        .call_in(&session, plugin, "panic", json!([]))
        .await
        .unwrap_err();
    expect_error(
        &error,
        (plugin, "panic"),
        CallErrorKind::Trapped,
        &["panicked"],
    );
}

#[tokio::test]
async fn all_plugins_together_stay_within_the_hosts_memory() {
    let eats = Package::of_guest("eats_memory_quietly").line("limits: { memory: 32MiB }");
    let settings = HostSettings {
        memory_budget: 40 << 20,
        ..HostSettings::default()
    };
    let host = TestHost::with(&DataFolder::with(&[eats]), &settings);
    let eat = async |session: Session| {
        let pages = host
            .call_in(&session, "eats-memory-quietly", "eat", json!([]))
            .await;
        pages.unwrap().as_u64().unwrap() * PAGE
    };
    let (first, second) = (host.session(), host.session());
    let of_first = eat(first.clone()).await;
    assert!(of_first > 28 << 20, "{of_first}");
    let of_second = eat(second.clone()).await;
    assert!(of_first + of_second <= 40 << 20, "{of_first} + {of_second}");
    drop((first, second));
    let of_third = eat(host.session()).await;
    assert_eq!(of_third, of_first, "what a session held is given back");
    host.expect_sibling().await;
}

#[tokio::test]
async fn when_the_hosts_memory_is_gone_the_plugin_is_not_blamed() {
    let small = HostSettings {
        memory_budget: 20 << 20,
        ..HostSettings::default()
    };
    let eats = Package::of_guest("eats_memory");
    let host = TestHost::with(&DataFolder::with(&[eats]), &small);
    let error = host
        .call("eats-memory", "eat", json!([]))
        .await
        .unwrap_err();
    let says = [
        "the host's memory budget for plugins is used up",
        "try again",
    ];
    expect_error(
        &error,
        ("eats-memory", "eat"),
        CallErrorKind::Internal,
        &says,
    );
    host.expect_sibling().await;
}

#[tokio::test]
async fn an_answer_beyond_the_limit_is_refused() {
    let says = ["its answer has 9437184 bytes, and 8388608 are allowed"];
    let huge = || Package::of_guest("huge_answer").line("limits: { memory: 512MiB, call: 30s }");
    let fill = |mebibytes: u32| ("fill", json!([mebibytes]));
    let host = expect_call(huge(), fill(9), CallErrorKind::TooLarge, &says).await;
    let answer = host.call("huge-answer", "fill", json!([1])).await;
    assert!(answer.is_ok(), "{answer:?}");

    let says = ["larger than the host takes in one call"];
    expect_call(huge(), fill(100), CallErrorKind::TooLarge, &says).await;
}

#[tokio::test]
async fn arguments_beyond_the_memory_limit_end_as_its_other_growth_does() {
    let good = Package::of_guest("good").line("limits: { memory: 4MiB }");
    let long = "a".repeat(6 << 20);
    let says = ["memory limit"];
    expect_call(
        good,
        ("echo", json!([long])),
        CallErrorKind::OutOfMemory,
        &says,
    )
    .await;
}

#[tokio::test]
async fn a_flood_of_log_lines_is_bounded() {
    let flood = Package::of_guest("log_flood").line("limits: { call: 30s }");
    let host = TestHost::on(&DataFolder::with(&[flood]));
    host.call("my-plugin", "calculate_something", json!(["a"]))
        .await
        .unwrap();
    let lines = LINES_PER_SECOND * 2;
    host.call("log-flood", "flood", json!([lines]))
        .await
        .unwrap();
    let kept = host.log.of(&goatkit_test_support::name("log-flood"));
    assert!(!kept.is_empty());
    for line in kept {
        let length = line.message.len();
        assert!(length <= MAX_LINE_BYTES + '…'.len_utf8(), "{length} bytes");
    }
    host.expect_sibling().await;
}
