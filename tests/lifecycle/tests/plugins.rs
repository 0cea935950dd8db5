//! Plugins that call each other, through manager and runtime: by their own grants, within one
//! session and its deadlines.

use std::time::{Duration, Instant};

use goatkit_runtime::{CallError, CallErrorKind, Session};
use goatkit_test_support::{DataFolder, HostSettings, Package, TestHost};
use serde_json::{Value, json};

/// Longer than anything here takes that ends by itself.
const PATIENCE: Duration = Duration::from_secs(60);

/// A host on which `plugins-ok` may call what its manifest asks, and `plugins-peer` likewise.
fn host(ok: &str, peer: &str) -> (TestHost, DataFolder) {
    let data = DataFolder::with(&[
        Package::of_guest("plugins_ok").line(ok),
        Package::of_guest("plugins_peer").line(peer),
    ]);
    let host = TestHost::with(&data, &HostSettings::default());
    (host, data)
}

const ALL: &str = "capabilities: { plugins: [\"*\"], db: { own: true } }";
const PEER: &str = "capabilities: { plugins: [plugins-peer], db: { own: true } }";
const OK: &str = "capabilities: { plugins: [plugins-ok] }";
/// The component imports the room, so that its manifest must ask for something.
const NOBODY: &str = "capabilities: { plugins: [nobody] }";

/// `plugins-ok` calls a function of another plugin.
async fn call(
    host: &TestHost,
    session: &Session,
    plugin: &str,
    function: &str,
    args: Value,
) -> Result<Value, CallError> {
    let args = json!([plugin, function, args]);
    host.call_in(session, "plugins-ok", "call", args).await
}

#[track_caller]
fn refused(answer: Result<Value, CallError>, says: &[&str]) {
    let error = answer.unwrap_err();
    assert_eq!(error.kind(), CallErrorKind::Fault, "{error}");
    for part in says {
        assert!(error.to_string().contains(part), "{error} lacks {part}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_granted_function_is_called_for_the_same_actor() {
    let (host, _data) = host(PEER, NOBODY);
    let session = host.session_of("ada");
    let who = call(&host, &session, "plugins-peer", "who", json!([])).await;
    let who = who.unwrap();
    assert_eq!(who["caller"], "plugins-ok");
    assert_eq!(who["actor"], "ada");
    assert_eq!(who["request_id"], "a-request");
    assert_eq!(who["entry"], json!(["page", "/a/page"]));
    let direct = host
        .call_in(&session, "plugins-peer", "who", json!([]))
        .await;
    assert_eq!(direct.unwrap()["caller"], Value::Null);
    let call = async |function: &str, args: Value| {
        call(&host, &session, "plugins-peer", function, args).await
    };
    let echo = json!({ "a": [1, "größer", null] });
    assert_eq!(call("echo", json!([echo])).await.unwrap(), echo);
    let bold = call("bold", json!(["x"])).await.unwrap();
    assert_eq!(bold, "<b>x</b>", "HTML is a text");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_granted_or_not_exposed_is_not_called() {
    let one = "capabilities: { plugins: [plugins-peer.who], db: { own: true } }";
    let (host, _data) = host(one, NOBODY);
    let session = host.session();
    let call = async |plugin: &str, function: &str| {
        call(&host, &session, plugin, function, json!([])).await
    };
    call("plugins-peer", "who").await.unwrap();
    refused(
        call("plugins-peer", "echo").await,
        &["call plugins-peer.echo", "capabilities.plugins"],
    );
    refused(
        call("my-plugin", "calculate_something").await,
        &["capabilities.plugins"],
    );
    let data = DataFolder::with(&[
        Package::of_guest("plugins_ok").line(ALL),
        Package::of_guest("plugins_peer").line(NOBODY),
    ]);
    let host = TestHost::on(&data);
    let session = host.session();
    let call = async |plugin: &str, function: &str| {
        self::call(&host, &session, plugin, function, json!([])).await
    };
    refused(call("plugins-peer", "secret").await, &["secret"]);
    refused(
        call("my-plugin", "calculate_something").await,
        &["calculate_something"],
    );
    refused(call("nobody", "who").await, &["nobody"]);
    call("plugins-peer", "who").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_without_the_grant_calls_nobody() {
    let asks = "capabilities: { plugins: [plugins-peer.echo] }";
    let data = DataFolder::with(&[
        Package::of_guest("plugins_denied").line(asks),
        Package::of_guest("plugins_peer").line(NOBODY),
    ]);
    let host = TestHost::on(&data);
    refused(
        host.call("plugins-denied", "who", json!([])).await,
        &["call plugins-peer.who", "capabilities.plugins"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_be_called_is_listed() {
    let (host, _data) = host(
        "capabilities: { db: { own: true }, plugins: [plugins-peer.who, plugins-peer.secret, plugins-peer.echo] }",
        NOBODY,
    );
    // Of a plugin that never registered nothing is known.
    host.find("plugins-peer").await.unwrap();
    let listed = host
        .call("plugins-ok", "functions", json!([]))
        .await
        .unwrap();
    let listed: Vec<(&Value, &Value, &Value)> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (&it["plugin"], &it["name"], &it["args"]))
        .collect();
    let (peer, echo, who) = (json!("plugins-peer"), json!("echo"), json!("who"));
    let value = json!([{ "name": "value", "type": "json" }]);
    assert_eq!(listed, [(&peer, &echo, &value), (&peer, &who, &json!([]))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callee_acts_by_its_own_grants() {
    let count = json!(["plugins-ok", "count", []]);
    let (with, _data) = host(PEER, OK);
    let session = with.session();
    let relayed = call(&with, &session, "plugins-peer", "relay", count.clone()).await;
    assert_eq!(relayed.unwrap(), 1, "the peer may, by its own grant");
    let itself = call(&with, &session, "plugins-ok", "count", json!([])).await;
    refused(itself, &["call plugins-ok.count"]);
    let (without, _data) = host(ALL, NOBODY);
    let session = without.session();
    let relayed = call(&without, &session, "plugins-peer", "relay", count).await;
    refused(relayed, &["call plugins-ok.count"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_called_back_has_an_instance_for_each_depth() {
    let (host, _data) = host(PEER, OK);
    let session = host.session();
    let count = json!(["plugins-ok", "count", []]);
    for at in 1..=3 {
        let back = call(&host, &session, "plugins-peer", "relay", count.clone()).await;
        assert_eq!(back.unwrap(), at, "the one below counts for itself");
    }
    let above = host
        .call_in(&session, "plugins-ok", "count", json!([]))
        .await;
    assert_eq!(above.unwrap(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn plugins_call_each_other_so_deep_and_no_deeper() {
    let (host, _data) = host(PEER, OK);
    let session = host.session();
    // From the innermost call outwards.
    let chain = |calls: usize| {
        let mut args = json!(["plugins-ok", "count", []]);
        for at in 0..calls {
            args = match at % 2 {
                0 => json!(["plugins-peer", "relay", args]),
                _ => json!(["plugins-ok", "call", args]),
            };
        }
        args
    };
    let deep = host.call_in(&session, "plugins-ok", "call", chain(7)).await;
    assert_eq!(deep.unwrap(), 1, "eight below the first");
    let deeper = host.call_in(&session, "plugins-ok", "call", chain(9)).await;
    refused(deeper, &["more than 8 deep"]);
    let again = call(&host, &session, "plugins-peer", "who", json!([])).await;
    again.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_deadline_of_the_caller_holds_for_the_callee() {
    let short = format!("limits: {{ call: 4s }}\n{PEER}");
    let (host, _data) = host(&short, NOBODY);
    // Else it is made ready within the caller's time.
    host.ready("plugins-peer").await;
    let session = host.session();
    let who = call(&host, &session, "plugins-peer", "who", json!([])).await;
    let left = who.unwrap()["deadline_ms"].as_u64().unwrap();
    assert!(left <= 4_000, "{left}");
    let began = Instant::now();
    let endless = call(&host, &session, "plugins-peer", "endless", json!([])).await;
    let error = endless.unwrap_err();
    let by_whom = (error.kind(), error.to_string());
    assert!(
        by_whom.0 == CallErrorKind::TimedOut || by_whom.1.contains("timed out"),
        "{error}"
    );
    // The peer alone might have gone on for twenty seconds.
    assert!(began.elapsed() < Duration::from_secs(12));
    let again = call(&host, &session, "plugins-peer", "who", json!([])).await;
    again.unwrap();
    host.expect_sibling().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callee_goes_with_the_caller() {
    let one = format!("limits: {{ instances: 1, call: 30s }}\n{NOBODY}");
    let caller = format!("limits: {{ call: 30s }}\n{PEER}");
    let (host, _data) = host(&caller, &one);
    let session = host.session();
    let who = json!([]);
    call(&host, &session, "plugins-peer", "who", who.clone())
        .await
        .unwrap();
    let soon = Duration::from_millis(200);
    let endless = call(&host, &session, "plugins-peer", "endless", json!([]));
    assert!(tokio::time::timeout(soon, endless).await.is_err());
    drop(session);
    // The only instance of the peer is free long before its deadline.
    let began = Instant::now();
    let again = host.call("plugins-peer", "who", json!([]));
    let again = tokio::time::timeout(PATIENCE, again).await.unwrap();
    again.unwrap();
    assert!(began.elapsed() < Duration::from_secs(15));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callee_that_breaks_is_a_fault_and_the_caller_lives() {
    let (host, _data) = host(PEER, NOBODY);
    let session = host.session();
    let call = async |function: &str, args: Value| {
        call(&host, &session, "plugins-peer", function, args).await
    };
    refused(call("trap", json!([])).await, &["it panicked or aborted"]);
    refused(
        call("fail", json!(["conflict"])).await,
        &["conflict", "the peer cannot"],
    );
    refused(call("echo", json!([])).await, &["value"]);
    let count = host
        .call_in(&session, "plugins-ok", "count", json!([]))
        .await;
    assert_eq!(count.unwrap(), 4, "the caller's instance is the same");
    call("who", json!([])).await.unwrap();
    host.expect_sibling().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_called_while_a_transaction_is_open() {
    let (host, _data) = host(PEER, NOBODY);
    let args = json!(["plugins-peer", "who", []]);
    let within = host
        .call("plugins-ok", "call_in_transaction", args.clone())
        .await;
    refused(within, &["a transaction is open"]);
    host.call("plugins-ok", "call", args).await.unwrap();
}
