//! The module `plugins` as a plugin uses it: other plugins' functions under grants.
#![allow(missing_docs, clippy::unwrap_used)]

use goatkit_plugin::testing::{Answers, Session};
use goatkit_plugin::{Denial, Error, Failure, Fault, Value, context, db, json, plugins};
use serde::Deserialize;

#[derive(Debug, PartialEq, Deserialize)]
struct Overview {
    range: String,
    by: Option<String>,
}

fn overview(args: Value) -> Result<Value, Fault> {
    let by = context::actor()?.map(|actor| actor.login);
    match args[0].as_str() {
        Some(range) => Ok(json!({ "range": range, "by": by })),
        None => Err(Fault::Invalid("`range` is a text".to_owned())),
    }
}

fn session(grant: &str) -> Session {
    Session::default()
        .signed_in("jane", "agent")
        .grant(grant)
        .peer("stats", "overview", overview)
        .peer("stats", "chart", |_| Ok(json!("<svg>")))
        .peer("stats2", "overview", |_| Ok(json!(null)))
}

#[test]
fn calls_take_and_answer_types() {
    session("plugins: stats").run(|| {
        let expect = Overview {
            range: "30d".to_owned(),
            by: Some("jane".to_owned()),
        };
        assert_eq!(plugins::call("stats", "overview", &["30d"]), Ok(expect));
        let chart: Result<String, Error> = plugins::call("stats", "chart", &("queue", 5));
        assert_eq!(chart, Ok("<svg>".to_owned()));
        let refused = |args: &Value| plugins::call::<Value>("stats", "overview", args);
        assert_eq!(
            refused(&json!([5])),
            Err(Fault::Invalid("`range` is a text".to_owned()).into())
        );
        let no_list = refused(&json!({ "range": "30d" })).unwrap_err();
        assert!(no_list.to_string().contains("one JSON array"), "{no_list}");
        assert_eq!(
            plugins::call::<u64>("stats", "chart", &[(); 0]),
            Err(Error::failed(
                "the answer of `stats.chart`: invalid type: string \"<svg>\", expected u64 \
                 at line 1 column 7"
            ))
        );
    });
}

#[test]
fn a_grant_is_a_plugin_or_a_function() {
    let all = [
        ("stats", "chart"),
        ("stats", "overview"),
        ("stats2", "overview"),
    ];
    let cases: [(&str, &[(&str, &str)]); 5] = [
        ("plugins: *", &all),
        ("plugins: stats", &all[..2]),
        ("plugins: stats.*", &all[..2]),
        ("plugins: stats.overview, stats2", &all[1..]),
        ("plugins: kb", &[]),
    ];
    for (grant, expect) in cases {
        session(grant).run(|| {
            let functions = plugins::functions().unwrap();
            let names: Vec<_> = functions
                .iter()
                .map(|it| (&*it.plugin, &*it.name))
                .collect();
            assert_eq!(names, expect, "{grant}");
            for (plugin, name) in all {
                let called = plugins::call::<Value>(plugin, name, &["7d"]);
                let expect = expect.contains(&(plugin, name));
                assert_eq!(called.is_ok(), expect, "{grant}: {plugin}.{name}");
            }
        });
    }
}

#[test]
fn what_is_not_granted_is_denied_before_it_is_looked_for() {
    let call = |plugin, name| plugins::call::<Value>(plugin, name, &[(); 0]);
    session("plugins: stats.*").run(|| {
        for (plugin, name) in [("stats2", "overview"), ("nobody", "nothing")] {
            let denial = Denial {
                capability: "plugins".to_owned(),
                asked: format!("call {plugin}.{name}"),
                remedy: format!(
                    "add `{plugin}.{name}` under `capabilities.plugins` in manifest.yaml \
                     and grant it"
                ),
            };
            assert_eq!(call(plugin, name), Err(Fault::Denied(denial).into()));
        }
        let failure = Failure {
            code: "not-found".to_owned(),
            message: "the plugin `stats` exposes no function `nothing`".to_owned(),
            details: None,
        };
        assert_eq!(call("stats", "nothing"), Err(Fault::Failed(failure).into()));
    });
    let revoked = session("plugins: *").revoke("plugins");
    assert!(revoked.run(|| call("stats", "chart")).is_err());
}

#[test]
fn no_call_is_made_while_a_transaction_is_open() {
    let session = session("plugins: stats")
        .grant("db")
        .database(Answers::new());
    session.run(|| {
        let transaction = db::begin().unwrap();
        let call = || plugins::call::<Value>("stats", "chart", &[(); 0]);
        assert!(matches!(call(), Err(Error::Fault(Fault::Invalid(_)))));
        transaction.commit().unwrap();
        assert!(call().is_ok());
    });
}
