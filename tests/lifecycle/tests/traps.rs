//! Guests that break off, and answers that are none.

use goatkit_runtime::CallErrorKind;
use goatkit_test_support::Package;
use serde_json::json;

use crate::expect::expect_call;

#[tokio::test]
async fn a_panic_is_told_in_the_log() {
    let says = ["broke off", "panicked", "its log may say why"];
    let panics = Package::of_guest("panics");
    let host = expect_call(panics, ("panic", json!([])), CallErrorKind::Trapped, &says).await;
    let lines = host.lines("panics");
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].ends_with(": as it was told"), "{lines:?}");
}

#[tokio::test]
async fn a_recursion_without_end_is_told_from_other_traps() {
    let says = ["recursed too deeply", "its stack is full"];
    let recurses = Package::of_guest("recurses");
    expect_call(recurses, ("dive", json!([])), CallErrorKind::Trapped, &says).await;
}

#[tokio::test]
async fn an_answer_that_is_no_json_is_refused() {
    let says = ["its answer is not JSON", "line 1 column"];
    let not_json = Package::of_guest("not_json");
    expect_call(
        not_json,
        ("garble", json!([])),
        CallErrorKind::Malformed,
        &says,
    )
    .await;
}
