//! The module `app` as a plugin uses it: the application's functions under grants.
#![allow(missing_docs, clippy::unwrap_used)]

use std::cell::RefCell;
use std::rc::Rc;

use goatkit_plugin::testing::Session;
use goatkit_plugin::{Denial, Error, Failure, Fault, Value, app, context, json};
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
struct New {
    title: String,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Ticket {
    id: u64,
    by: String,
}

fn create(args: Value) -> Result<Value, Fault> {
    let actor = context::actor()?;
    match (args["title"].as_str(), actor) {
        (None, _) => Err(Fault::Invalid("`title` is a text".to_owned())),
        (_, None) => Err(Fault::Failed(Failure {
            code: "nobody".to_owned(),
            message: "someone has to be signed in".to_owned(),
            details: None,
        })),
        (Some(_), Some(actor)) => Ok(json!({ "id": 7, "by": actor.login })),
    }
}

fn session(grant: &str) -> Session {
    Session::default()
        .signed_in("jane", "agent")
        .grant(grant)
        .function("ticket.create", create)
        .function("ticket.note.add", |_| Ok(json!("added")))
        .function("ticketing.close", |_| Ok(json!(null)))
}

fn names() -> Vec<String> {
    let functions = app::functions().unwrap();
    functions.into_iter().map(|it| it.name).collect()
}

#[test]
fn functions_take_and_answer_types() {
    session("app: ticket.create").run(|| {
        let new = New {
            title: "Printer".to_owned(),
        };
        let expect = Ticket {
            id: 7,
            by: "jane".to_owned(),
        };
        assert_eq!(app::call("ticket.create", &new), Ok(expect));
        assert_eq!(
            app::call::<Value>("ticket.create", &json!({ "title": 5 })),
            Err(Fault::Invalid("`title` is a text".to_owned()).into())
        );
        assert_eq!(
            app::call::<Value>("ticket.create", &json!([5])),
            Err(Fault::Invalid(
                "the arguments of `ticket.create` must be a JSON object".to_owned()
            )
            .into())
        );
        assert_eq!(
            app::call::<u64>("ticket.create", &json!({ "title": "x" })),
            Err(Error::failed(
                "the answer of `ticket.create`: invalid type: map, expected u64 \
                 at line 1 column 0"
            ))
        );
    });
    let mut nobody = session("app: *");
    nobody.actor = None;
    let fault = nobody.run(|| app::call::<Value>("ticket.create", &json!({ "title": "x" })));
    assert_eq!(
        fault.unwrap_err().to_string(),
        "nobody: someone has to be signed in"
    );
}

#[test]
fn a_grant_is_a_name_or_a_pattern() {
    let all = ["ticket.create", "ticket.note.add", "ticketing.close"];
    let cases: [(&str, &[&str]); 5] = [
        ("app: *", &all),
        ("app: ticket.*", &all[..2]),
        ("app:ticket.create", &all[..1]),
        ("app: ticket.note.*, ticketing.close", &all[1..]),
        ("app: queue.*", &[]),
    ];
    for (grant, expect) in cases {
        session(grant).run(|| {
            assert_eq!(names(), expect, "{grant}");
            for name in all {
                let called = app::call::<Value>(name, &json!({ "title": "x" }));
                let expect = expect.contains(&name);
                assert_eq!(called.is_ok(), expect, "{grant}: {name}");
            }
        });
    }
}

#[test]
fn what_is_not_granted_is_denied_before_it_is_looked_for() {
    let denied = |name: &str| {
        Err(Error::Fault(Fault::Denied(Denial {
            capability: "app".to_owned(),
            asked: format!("call {name}"),
            remedy: format!("add `{name}` under `capabilities.app` in manifest.yaml and grant it"),
        })))
    };
    let no_args = json!({});
    session("app: ticket.*").run(|| {
        for name in ["ticketing.close", "queue.nothing", "ticket"] {
            assert_eq!(app::call::<Value>(name, &no_args), denied(name));
        }
        assert_eq!(
            app::call::<Value>("ticket.nothing", &no_args),
            Err(Error::Fault(Fault::Failed(Failure {
                code: "not-found".to_owned(),
                message: "this application has no function `ticket.nothing`".to_owned(),
                details: None,
            })))
        );
    });
    assert_eq!(names(), [""; 0], "nothing without a session");
}

#[test]
fn a_function_sees_what_it_was_called_with() {
    let calls = Rc::new(RefCell::new(Vec::new()));
    let seen = Rc::clone(&calls);
    let session =
        Session::default()
            .grant("app: ticket.close")
            .function("ticket.close", move |args| {
                seen.borrow_mut().push(args);
                Ok(Value::Null)
            });
    session.run(|| assert_eq!(app::call("ticket.close", &json!({ "id": 7 })), Ok(())));
    assert_eq!(*calls.borrow(), [json!({ "id": 7 })]);
}

#[test]
fn a_pattern_ends_after_a_dot() {
    for wrong in ["app: tick*", "app: *.create", "app: .*", "app:", "App: x"] {
        let refused = std::panic::catch_unwind(|| Session::default().grant(wrong).run(|| ()));
        assert!(refused.is_err(), "{wrong}");
    }
}
