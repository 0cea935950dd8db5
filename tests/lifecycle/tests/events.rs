//! Events through the whole platform, from a guest that publishes to who listens.

use goatkit_runtime::CallErrorKind;
use goatkit_test_support::{DataFolder, Package, TestHost, name};
use serde_json::{Value, json};

fn host(package: Package) -> (TestHost, DataFolder) {
    let data = DataFolder::with(&[package]);
    (TestHost::on(&data), data)
}

#[tokio::test]
async fn what_a_plugin_publishes_is_heard_on_its_own_channel() {
    let asks = "capabilities: { events: [updates, \"ticket.*\"] }";
    let (host, _data) = host(Package::of_guest("events_ok").line(asks));
    let mut listener = host.bus.subscribe(&name("events-ok"), "ticket.7").unwrap();
    let mut all = host.bus.watch();
    let publish = async |channel: &str, data: Value| {
        let args = json!([channel, "closed", data]);
        host.call("events-ok", "publish", args).await
    };
    assert_eq!(publish("updates", json!(1)).await.unwrap(), json!(0));
    assert_eq!(
        publish("ticket.7", json!({ "by": "ada" })).await.unwrap(),
        json!(1)
    );
    let heard = listener.next().await;
    assert_eq!(heard.event.full_channel(), "events-ok.ticket.7");
    assert_eq!((heard.event.kind.as_str(), heard.lost), ("closed", 0));
    assert_eq!(heard.event.data, r#"{"by":"ada"}"#);
    assert_eq!(heard.event.session.request_id, "a-request");
    assert_eq!(all.next().await.event.channel, "updates");
    assert_eq!(all.next().await.event.channel, "ticket.7");
    let refused = publish("other", json!(1)).await.unwrap_err();
    assert!(
        refused.to_string().contains("capabilities.events"),
        "{refused}"
    );
    let refused = publish("ticket.A", json!(1)).await.unwrap_err();
    assert!(
        refused.to_string().contains("the channel `ticket.A`"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_channel_that_is_not_granted_is_silent() {
    let asks = "capabilities: { events: [news] }";
    let (host, _data) = host(Package::of_guest("events_denied").line(asks));
    let _listener = host
        .bus
        .subscribe(&name("events-denied"), "updates")
        .unwrap();
    let error = host
        .call("events-denied", "publish", json!([]))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), CallErrorKind::Fault, "{error}");
    for part in ["publish on updates", "capabilities.events"] {
        assert!(error.to_string().contains(part), "{error}");
    }
}
