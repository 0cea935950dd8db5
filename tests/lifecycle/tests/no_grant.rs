//! No grant, no effect: every function of every granted capability, with whatever arguments,
//! by a guest that asks for everything and was granted nothing.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use goatkit_capability::app::{AppCall, AppFunction, Functions};
use goatkit_capability::grants::Policy;
use goatkit_capability::http::{HttpOptions, Lookup, Resolve};
use goatkit_capability::{CAPABILITIES, Fault, Power};
use goatkit_runtime::Function;
use goatkit_test_support::{DataFolder, HostSettings, Package, TestHost, name};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

const DESK: &str = "
    CREATE TABLE ticket (id INTEGER PRIMARY KEY, title TEXT);
    INSERT INTO ticket VALUES (1, 'broken lamp');
";

/// Texts that mean something to one room or another, besides those that mean nothing.
const TEXTS: &[&str] = &[
    "SELECT 1",
    "SELECT id, title FROM ticket",
    "SELECT count(*) FROM ticket",
    "INSERT INTO ticket (title) VALUES ('x')",
    "UPDATE ticket SET title = 'x'",
    "DELETE FROM ticket",
    "DROP TABLE ticket",
    "CREATE TABLE p_conformance__a (b TEXT)",
    "CREATE TABLE a (b TEXT)",
    "PRAGMA user_version = 5",
    "ATTACH 'x.db' AS x",
    "WITH t AS (SELECT 1) SELECT * FROM t",
    "http://127.0.0.1:9/",
    "http://desk.example/",
    "GET",
    "ada@example.com",
    "report.html",
    "* * * * *",
    "tidy",
    "ticket.add",
    "ticket.*",
    "*",
    "commit",
    "rollback",
    "my-plugin",
    "calculate_something",
    "updates",
    "",
];

/// Counts what it is asked, and finds nothing.
struct Resolver(Arc<AtomicUsize>);

impl Resolve for Resolver {
    fn resolve<'a>(&'a self, _: &'a str) -> Lookup<'a> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Box::pin(async { Err(std::io::Error::other("nothing is found here")) })
    }
}

/// Asks for everything.
const ASKS: &str = r#"capabilities:
  db: { own: true, read: [ticket], write: [ticket] }
  app: ["*"]
  http: ["* http://*:*/* in 127.0.0.0/8"]
  mail: { from: desk@example.com, to: ["*"] }
  cache: { bytes: 1MiB }
  schedule: { jobs: 5 }
  plugins: [my-plugin]
  events: [updates]"#;

/// A host whose guest may do nothing, and a count of what the application and the resolver of
/// names were asked.
fn host() -> (TestHost, DataFolder, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let handler = move |_: AppCall| {
        counted.fetch_add(1, Ordering::SeqCst);
        async { Ok::<_, Fault>(json!("done")) }
    };
    let add = AppFunction::of(
        "ticket.add",
        "Adds",
        json!({ "type": "object" }),
        None,
        handler,
    )
    .unwrap();
    let data = DataFolder::with(&[Package::of_guest("conformance").line(ASKS)]);
    let settings = HostSettings {
        policy: Policy::Nothing,
        database: DESK.to_owned(),
        functions: Functions::new(vec![add]).unwrap(),
        http: HttpOptions {
            resolver: Arc::new(Resolver(Arc::clone(&asked))),
            ..HttpOptions::default()
        },
        ..HostSettings::default()
    };
    (TestHost::with(&data, &settings), data, asked)
}

/// The functions of the guest that lead to a capability that is granted.
fn granted_functions(functions: &[Function]) -> Vec<Function> {
    let granted: Vec<String> = CAPABILITIES
        .iter()
        .filter(|row| matches!(row.power, Power::Asked(_)))
        .map(|row| format!("{}_", row.name))
        .collect();
    let is_granted = |it: &&Function| granted.iter().any(|prefix| it.name.starts_with(prefix));
    functions.iter().filter(is_granted).cloned().collect()
}

fn argument(type_name: &str) -> BoxedStrategy<Value> {
    let text = prop_oneof![
        4 => prop::sample::select(TEXTS).prop_map(str::to_owned),
        1 => ".{0,20}",
    ];
    let value = prop_oneof![
        text.clone().prop_map(Value::String),
        any::<i64>().prop_map(|number| json!(number)),
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
    ];
    let step = (prop::bool::ANY, text.clone()).prop_map(|(query, sql)| {
        let verb = if query { "query" } else { "execute" };
        json!({ verb: sql, "params": [] })
    });
    match type_name.trim_end_matches('?') {
        "string" => text.prop_map(Value::String).boxed(),
        "array" => prop::collection::vec(prop_oneof![value, step], 0..3)
            .prop_map(Value::Array)
            .boxed(),
        "object" => prop::collection::hash_map("[a-z]{1,5}", value, 0..3)
            .prop_map(|map| json!(map))
            .boxed(),
        _ => value.boxed(),
    }
}

fn call(functions: Vec<Function>) -> impl Strategy<Value = (String, Value)> {
    prop::sample::select(functions).prop_flat_map(|function| {
        let args: Vec<BoxedStrategy<Value>> = function
            .args
            .iter()
            .map(|arg| argument(&arg.type_name))
            .collect();
        args.prop_map(move |args| (function.name.clone(), Value::Array(args)))
    })
}

/// Whether an answer says that nothing was done.
fn is_fault(answer: &Value) -> bool {
    let kind = answer["fault"]["kind"].as_str().unwrap_or_default();
    matches!(kind, "denied" | "invalid" | "too-large")
}

#[test]
fn nothing_that_was_not_granted_has_an_effect() {
    let runtime = Runtime::new().unwrap();
    let _within = runtime.enter();
    let (host, data, asked) = host();
    let plugin = name("conformance");
    let zip = data.plugins().join("conformance-1.0.0.zip");
    let functions = runtime.block_on(async {
        let examined = host.manager.examine(&zip).unwrap();
        let nothing: &[u8] = b"capabilities: {}";
        let binding = &examined.asked.binding;
        host.manager
            .install(&zip, binding, Some(nothing))
            .await
            .unwrap();
        let active = host.manager.find(&plugin).await.unwrap();
        granted_functions(&active.registration.functions)
    });
    assert!(functions.len() >= 15, "{functions:?}");
    let before = fs::read(data.database()).unwrap();
    let config = Config {
        cases: 512,
        failure_persistence: None,
        ..Config::default()
    };
    let held = TestRunner::new(config).run(&call(functions), |(function, args)| {
        let answer = runtime.block_on(host.call("conformance", &function, args.clone()));
        let quiet = match &answer {
            // What it may call is nothing: that may be told.
            Ok(answer) if function == "app_functions" || function == "plugins_functions" => {
                answer["ok"] == json!([])
            }
            // No request at all may be sent.
            Ok(answer) if args == json!([[]]) && function == "http_send_many" => {
                answer["ok"] == json!([])
            }
            Ok(answer) => is_fault(answer),
            // The guest itself refuses arguments that it cannot pass on.
            Err(error) => error.kind() == goatkit_runtime::CallErrorKind::Invalid,
        };
        prop_assert!(quiet, "{function} {args}: {answer:?}");
        prop_assert_eq!(asked.load(Ordering::SeqCst), 0);
        Ok(())
    });
    held.unwrap();
    assert_eq!(fs::read(data.database()).unwrap(), before);
    let journal = data.path().join("app.db-wal");
    assert!(fs::metadata(journal).map_or(0, |it| it.len()) == 0);
    assert!(!data.mail().exists());
    let jobs = runtime.block_on(host.manager.jobs(Some(&plugin))).unwrap();
    assert!(jobs.is_empty(), "{jobs:?}");
}
