//! What a plugin may do that does nothing wrong.

use goatkit_runtime::CallErrorKind;
use goatkit_test_support::{DataFolder, Package, TestHost, name};
use serde_json::{Value, json};

use crate::expect::{expect_error, expect_text};

fn good() -> Package {
    Package::of_guest("good")
        .file("i18n/en.yaml", "hello: Hello\n")
        .file("i18n/de.yaml", "hello: Hallo\n")
}

fn host() -> TestHost {
    TestHost::on(&DataFolder::with(&[good()]))
}

#[tokio::test]
async fn what_goes_in_comes_out() {
    let host = host();
    let cases = [
        json!(null),
        json!(true),
        json!(-9_007_199_254_740_993_i64),
        json!(0.1),
        json!("größer \u{1f410} \" \\ \u{0}"),
        json!([[], {}, [null]]),
        json!({ "a": { "b": [1, 2, 3] }, "": "empty" }),
    ];
    for value in cases {
        let answer = host.call("good", "echo", json!([value])).await.unwrap();
        assert_eq!(answer, value);
    }
    let sum = host.call("good", "add", json!([20, 22])).await.unwrap();
    assert_eq!(sum, 42);
    let markup = host.call("good", "bold", json!(["x"])).await.unwrap();
    assert_eq!(markup, "<b>x</b>");
}

#[tokio::test]
async fn a_plugin_knows_the_session_that_it_is_called_in() {
    let host = host();
    let who = async |session| {
        host.call_in(&session, "good", "who", json!([]))
            .await
            .unwrap()
    };
    let told = who(host.session_of("ada")).await;
    assert!(told["now"].as_i64().unwrap() > 1_700_000_000, "{told}");
    let expect = json!({
        "actor": "ada",
        "tenant": null,
        "locale": "en",
        "now": told["now"],
        "request_id": "a-request",
        "time_left": true,
        "entry": ["page", "/a/page"],
        "caller": null,
    });
    assert_eq!(told, expect);
    assert_eq!(who(host.session()).await["actor"], Value::Null);
}

#[tokio::test]
async fn a_plugin_translates_into_the_locale_of_its_session() {
    let host = host();
    let key = async |key| host.call("good", "translate", json!([key])).await.unwrap();
    assert_eq!(key("hello").await, "Hello");
    assert_eq!(key("unheard").await, "unheard", "a key that no file has");
}

#[tokio::test]
async fn what_a_plugin_logs_is_under_its_name_and_its_request() {
    let host = host();
    host.call("good", "say", json!(["a line"])).await.unwrap();
    let lines = host.log.of(&name("good"));
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].message, "a line");
    assert_eq!(lines[0].request_id.as_deref(), Some("a-request"));
    assert!(host.lines("my-plugin").is_empty());
}

#[tokio::test]
async fn what_is_called_wrongly_is_told_what_is_wrong() {
    let host = host();
    let cases = [
        (
            "add",
            json!(["a", 2]),
            CallErrorKind::Invalid,
            r#"argument 1 "a": expected an integer"#,
        ),
        (
            "add",
            json!([1]),
            CallErrorKind::Invalid,
            r#"argument 2 "b" is missing"#,
        ),
        (
            "add",
            json!([1, 2, 3]),
            CallErrorKind::Invalid,
            "takes 2 arguments (a, b), 3 given",
        ),
        (
            "add",
            json!({}),
            CallErrorKind::Invalid,
            "the arguments must be a JSON array",
        ),
        (
            "subtract",
            json!([]),
            CallErrorKind::Unknown,
            "no such function",
        ),
    ];
    for (function, args, kind, says) in cases {
        let error = host.call("good", function, args).await.unwrap_err();
        expect_error(&error, ("good", function), kind, &[says]);
    }
    let error = host.call("god", "add", json!([])).await.unwrap_err();
    expect_error(
        &error,
        ("god", "add"),
        CallErrorKind::Unknown,
        &["there is no plugin `god`"],
    );
    let error = host.find("god").await.err().unwrap();
    expect_text(&error.to_string(), &["there is no plugin `god`"]);
    host.expect_sibling().await;
}

#[tokio::test]
async fn what_a_plugin_answers_as_an_error_arrives_as_it_is() {
    let host = TestHost::on(&DataFolder::with(&[Package::of_guest("fails")]));
    let cases = [
        ("unknown", CallErrorKind::Unknown, "no such ticket"),
        ("invalid", CallErrorKind::Invalid, "the number is odd"),
        (
            "failed",
            CallErrorKind::Failed,
            "someone was faster (conflict)",
        ),
        (
            "fault-denied",
            CallErrorKind::Fault,
            "not granted: db: read users (grant db.read)",
        ),
        ("fault-invalid", CallErrorKind::Fault, "invalid: no SQL"),
        (
            "fault-too-large",
            CallErrorKind::Fault,
            "too large: 1,000 rows",
        ),
        ("fault-timed-out", CallErrorKind::Fault, "timed out"),
        (
            "fault-unavailable",
            CallErrorKind::Fault,
            "unavailable: no mail",
        ),
        (
            "fault-failed",
            CallErrorKind::Fault,
            "someone was faster (conflict)",
        ),
    ];
    for (how, kind, says) in cases {
        let error = host.call("fails", "fail", json!([how])).await.unwrap_err();
        expect_error(&error, ("fails", "fail"), kind, &[says]);
    }
    let error = host
        .call("fails", "fail", json!(["at-length"]))
        .await
        .unwrap_err();
    let says = ["\\u{1b}[2J", "bytes more"];
    expect_error(&error, ("fails", "fail"), CallErrorKind::Invalid, &says);
    host.expect_sibling().await;
}
