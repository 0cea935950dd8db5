//! The API is as it is described: the document holds together, and what is answered fits it.

use std::collections::BTreeSet;

use axum::Router;
use jsonschema::Validator;
use serde_json::{Value, json};

use super::super::openapi::document;
use super::super::table::{Row, TABLE, Verb, Way};
use super::{Bench, ask, plugin};

/// What a schema says of a value, by its name.
struct Schemas(Value);

impl Schemas {
    fn validator(&self, name: &str) -> Validator {
        let schema = json!({
            "$ref": format!("#/components/schemas/{name}"),
            "components": self.0["components"],
        });
        jsonschema::draft202012::new(&schema).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    #[track_caller]
    fn fits(&self, name: &str, value: &Value) {
        let wrong: Vec<String> = self
            .validator(name)
            .iter_errors(value)
            .map(|error| error.to_string())
            .collect();
        assert!(wrong.is_empty(), "{name}: {wrong:?} in {value}");
    }
}

#[test]
fn the_document_holds_together() {
    let document = document().unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let schemas = document["components"]["schemas"]
        .as_object()
        .unwrap()
        .clone();
    let text = document.to_string();
    let rows: Vec<&Row> = TABLE.iter().collect();
    let named = rows.iter().flat_map(|it| [Some(it.answer), it.request]);
    let named: BTreeSet<&str> = named.flatten().chain(["Error"]).collect();
    for name in &named {
        assert!(schemas.contains_key(*name), "there is no schema {name}");
    }
    let schemas_of_the_document = Schemas(document.clone());
    for name in schemas.keys() {
        // Each compiles, with all that it refers to.
        schemas_of_the_document.validator(name);
        let used = text.contains(&format!("#/components/schemas/{name}\""));
        assert!(
            used || named.contains(name.as_str()),
            "{name} is for nothing"
        );
    }
    let mut identifiers = BTreeSet::new();
    let mut operations = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        assert!(path.starts_with("/api/v1/"), "{path}");
        for (verb, operation) in item.as_object().unwrap() {
            operations += 1;
            let identifier = operation["operationId"].as_str().unwrap();
            assert!(identifiers.insert(identifier), "{identifier} twice");
            assert!(!operation["summary"].as_str().unwrap().is_empty(), "{path}");
            assert!(operation["responses"]["200"].is_object(), "{verb} {path}");
            let parameters = operation["parameters"].as_array().unwrap();
            let in_path = parameters.iter().filter(|it| it["in"] == "path");
            assert_eq!(in_path.count(), path.matches('{').count(), "{path}");
        }
    }
    let both = rows.iter().filter(|row| row.way == Way::Both).count();
    assert_eq!(operations, both);
    let pairs: BTreeSet<_> = rows.iter().map(|it| (it.verb.as_str(), it.path)).collect();
    assert_eq!(
        pairs.len(),
        TABLE.len(),
        "a route stands in the table twice"
    );
}

/// A request that a route does, in the order in which they are made: what one adds the next one
/// shows.
struct Step(Verb, &'static str, &'static str, Value);

fn steps() -> Vec<Step> {
    use Verb::{Delete, Get, Post, Put};
    let password = "correct horse battery";
    let ada = json!({ "login": "ada", "kind": "agent", "password": password, "roles": ["desk"] });
    vec![
        Step(Get, "/v1/plugins", "/v1/plugins", Value::Null),
        Step(Get, "/v1/grants", "/v1/grants", Value::Null),
        Step(
            Get,
            "/v1/plugins/{name}/grants",
            "/v1/plugins/markup/grants",
            Value::Null,
        ),
        Step(
            Post,
            "/v1/plugins/{name}/grant",
            "/v1/plugins/markup/grant",
            json!({ "rules": [] }),
        ),
        Step(
            Post,
            "/v1/plugins/{name}/revoke",
            "/v1/plugins/markup/revoke",
            json!({ "rules": [] }),
        ),
        Step(
            Get,
            "/v1/audit",
            "/v1/audit?plugin=markup&last=3",
            Value::Null,
        ),
        Step(
            Put,
            "/v1/plugins/{name}/config/{key}",
            "/v1/plugins/markup/config/greeting",
            json!({ "value": "hi" }),
        ),
        Step(
            Get,
            "/v1/plugins/{name}/config",
            "/v1/plugins/markup/config",
            Value::Null,
        ),
        Step(
            Delete,
            "/v1/plugins/{name}/config/{key}",
            "/v1/plugins/markup/config/greeting",
            Value::Null,
        ),
        Step(Get, "/v1/jobs", "/v1/jobs?plugin=markup", Value::Null),
        Step(Post, "/v1/roles", "/v1/roles", json!({ "name": "desk" })),
        Step(
            Put,
            "/v1/roles/{name}/permissions/{permission}",
            "/v1/roles/desk/permissions/markup.view",
            Value::Null,
        ),
        Step(Get, "/v1/roles", "/v1/roles", Value::Null),
        Step(Post, "/v1/users", "/v1/users", ada),
        Step(Get, "/v1/users", "/v1/users?limit=10", Value::Null),
        Step(Get, "/v1/users/{login}", "/v1/users/ada", Value::Null),
        Step(
            Put,
            "/v1/users/{login}",
            "/v1/users/ada",
            json!({ "disabled": true }),
        ),
        Step(
            Post,
            "/v1/users/{login}/password",
            "/v1/users/ada/password",
            json!({ "password": password }),
        ),
        Step(Delete, "/v1/users/{login}", "/v1/users/ada", Value::Null),
        Step(
            Delete,
            "/v1/roles/{name}/permissions/{permission}",
            "/v1/roles/desk/permissions/markup.view",
            Value::Null,
        ),
        Step(Delete, "/v1/roles/{name}", "/v1/roles/desk", Value::Null),
        Step(
            Post,
            "/v1/tokens",
            "/v1/tokens",
            json!({ "name": "short", "scopes": ["read"], "days": 1 }),
        ),
        Step(Get, "/v1/tokens", "/v1/tokens", Value::Null),
        // The bench's own is the first one.
        Step(Delete, "/v1/tokens/{id}", "/v1/tokens/2", Value::Null),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_answered_is_as_it_is_described() {
    let bench = Bench::new().await;
    let site = bench.site();
    let described = ask(&site, "GET", "/api/openapi.json", &[], "").await;
    let schemas = Schemas(serde_json::from_str(&described.body).unwrap());
    let token = format!("Bearer {}", bench.any_token("all").await);
    let mut left: Vec<&Row> = TABLE.iter().filter(|row| row.way == Way::Both).collect();
    // A job that is run has to be there, and the bench's plugin has none.
    left.retain(|row| row.path != "/v1/plugins/{name}/jobs/run");
    for Step(verb, path, asked, sent) in steps() {
        let is_meant = |row: &&Row| row.verb == verb && row.path == path;
        let at = left.iter().position(is_meant).unwrap();
        let row = left.swap_remove(at);
        if let Some(schema) = row.request {
            schemas.fits(schema, &sent);
        }
        let answer = sent_to(&site, verb, asked, &token, &sent).await;
        schemas.fits(row.answer, &answer);
    }
    let left: Vec<_> = left.iter().map(|it| (it.verb, it.path)).collect();
    assert!(left.is_empty(), "never asked: {left:?}");
    let headers = [("authorization", token.as_str())];
    let refused = ask(&site, "GET", "/api/v1/users/nobody", &headers, "").await;
    schemas.fits("Error", &serde_json::from_str(&refused.body).unwrap());
}

async fn sent_to(site: &Router, verb: Verb, path: &str, token: &str, sent: &Value) -> Value {
    let headers = [
        ("authorization", token),
        ("content-type", "application/json"),
    ];
    let body = match sent {
        Value::Null => String::new(),
        sent => sent.to_string(),
    };
    let path = format!("/api{path}");
    let answer = ask(site, verb.as_str(), &path, &headers, &body).await;
    assert_eq!(answer.status, 200, "{verb:?} {path}: {}", answer.body);
    assert!(
        answer.headers["content-type"] == "application/json",
        "{path}"
    );
    serde_json::from_str(&answer.body).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_are_told_what_a_plugin_wrote_as_it_wrote_it() {
    let bench = Bench::new().await;
    let site = bench.site();
    let token = format!("Bearer {}", bench.any_token("all").await);
    let plugins = sent_to(&site, Verb::Get, "/v1/plugins", &token, &Value::Null).await;
    let plugin = &plugins["plugins"][0];
    assert_eq!(plugin["name"], plugin::NAME);
    assert_eq!(plugin["description"], plugin::MARKUP);
    assert_eq!(plugin["menu"], json!([plugin::MARKUP]));
    assert_eq!(plugins["refused"][0]["file"], "<b>bold<b>.zip");
}
