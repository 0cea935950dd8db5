//! The API is as it is described: what is sent and answered fits the document.

use axum::Router;
use jsonschema::Validator;
use serde_json::{Value, json};

use super::{Bench, Route, ask, plugin, routes};

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

/// A request that a route does, in the order in which they are made: what one adds the next one
/// shows.
struct Step(&'static str, &'static str, &'static str, Value);

/// What is asked of the bench's plugin, and needs no body.
macro_rules! life {
    ($verb:literal, $what:literal) => {
        Step(
            $verb,
            concat!("/v1/plugins/{name}/", $what),
            concat!("/v1/plugins/markup/", $what),
            Value::Null,
        )
    };
}

fn steps() -> Vec<Step> {
    let password = "correct horse battery";
    let ada = json!({ "login": "ada", "kind": "agent", "password": password, "roles": ["desk"] });
    vec![
        Step("GET", "/v1/plugins", "/v1/plugins", Value::Null),
        Step("GET", "/v1/grants", "/v1/grants", Value::Null),
        life!("GET", "status"),
        life!("GET", "remains"),
        life!("POST", "pin"),
        life!("POST", "unpin"),
        life!("POST", "unload"),
        life!("POST", "reload"),
        life!("POST", "release"),
        life!("POST", "disable"),
        life!("POST", "enable"),
        life!("GET", "logs"),
        Step(
            "GET",
            "/v1/happenings",
            "/v1/happenings?last=100",
            Value::Null,
        ),
        Step(
            "GET",
            "/v1/plugins/{name}/grants",
            "/v1/plugins/markup/grants",
            Value::Null,
        ),
        Step(
            "POST",
            "/v1/plugins/{name}/grant",
            "/v1/plugins/markup/grant",
            json!({ "rules": [] }),
        ),
        Step(
            "POST",
            "/v1/plugins/{name}/revoke",
            "/v1/plugins/markup/revoke",
            json!({ "rules": [] }),
        ),
        Step(
            "GET",
            "/v1/audit",
            "/v1/audit?plugin=markup&last=3",
            Value::Null,
        ),
        Step(
            "PUT",
            "/v1/plugins/{name}/config/{key}",
            "/v1/plugins/markup/config/greeting",
            json!({ "value": "hi" }),
        ),
        Step(
            "GET",
            "/v1/plugins/{name}/config",
            "/v1/plugins/markup/config",
            Value::Null,
        ),
        Step(
            "DELETE",
            "/v1/plugins/{name}/config/{key}",
            "/v1/plugins/markup/config/greeting",
            Value::Null,
        ),
        Step("GET", "/v1/jobs", "/v1/jobs?plugin=markup", Value::Null),
        Step("POST", "/v1/roles", "/v1/roles", json!({ "name": "desk" })),
        Step(
            "PUT",
            "/v1/roles/{name}/permissions/{permission}",
            "/v1/roles/desk/permissions/markup.view",
            Value::Null,
        ),
        Step("GET", "/v1/roles", "/v1/roles", Value::Null),
        Step("POST", "/v1/users", "/v1/users", ada),
        Step("GET", "/v1/users", "/v1/users?limit=10", Value::Null),
        Step("GET", "/v1/users/{login}", "/v1/users/ada", Value::Null),
        Step(
            "PUT",
            "/v1/users/{login}",
            "/v1/users/ada",
            json!({ "disabled": true }),
        ),
        Step(
            "POST",
            "/v1/users/{login}/password",
            "/v1/users/ada/password",
            json!({ "password": password }),
        ),
        Step("DELETE", "/v1/users/{login}", "/v1/users/ada", Value::Null),
        Step(
            "DELETE",
            "/v1/roles/{name}/permissions/{permission}",
            "/v1/roles/desk/permissions/markup.view",
            Value::Null,
        ),
        Step("DELETE", "/v1/roles/{name}", "/v1/roles/desk", Value::Null),
        Step(
            "POST",
            "/v1/tokens",
            "/v1/tokens",
            json!({ "name": "short", "scopes": ["read"], "days": 1 }),
        ),
        Step("GET", "/v1/tokens", "/v1/tokens", Value::Null),
        // The bench's own is the first one.
        Step("DELETE", "/v1/tokens/{id}", "/v1/tokens/2", Value::Null),
    ]
}

/// Holds something against a schema of the document.
pub(super) async fn fits(site: &Router, schema: &str, value: &Value) {
    let (_, document) = routes(site).await;
    Schemas(document).fits(schema, value);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_answered_is_as_it_is_described() {
    let bench = Bench::new().await;
    let site = bench.site();
    let (mut left, document) = routes(&site).await;
    let schemas = Schemas(document);
    let token = format!("Bearer {}", bench.any_token("all").await);
    // A job that is run has to be there, and the bench's plugin has none.
    left.retain(|route| route.path != "/api/v1/plugins/{name}/jobs/run");
    // It is a folder besides, which stays its author's; what is answered of a zip is in `life`.
    left.retain(|route| route.path != "/api/v1/plugins/{name}/uninstall");
    for Step(verb, path, asked, sent) in steps() {
        let path = format!("/api{path}");
        let is_meant = |route: &Route| route.verb == verb && route.path == path;
        let at = left.iter().position(is_meant).unwrap();
        let route = left.swap_remove(at);
        if let Some(schema) = &route.takes {
            schemas.fits(schema, &sent);
        }
        let answer = sent_to(&site, verb, asked, &token, &sent).await;
        schemas.fits(&route.answers, &answer);
    }
    assert!(left.is_empty(), "never asked: {left:?}");
    let headers = [("authorization", token.as_str())];
    let refused = ask(&site, "GET", "/api/v1/users/nobody", &headers, "").await;
    schemas.fits("Error", &serde_json::from_str(&refused.body).unwrap());
}

async fn sent_to(site: &Router, verb: &str, path: &str, token: &str, sent: &Value) -> Value {
    let headers = [
        ("authorization", token),
        ("content-type", "application/json"),
    ];
    let body = match sent {
        Value::Null => String::new(),
        sent => sent.to_string(),
    };
    let path = format!("/api{path}");
    let answer = ask(site, verb, &path, &headers, &body).await;
    assert_eq!(answer.status, 200, "{verb} {path}: {}", answer.body);
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
    let plugins = sent_to(&site, "GET", "/v1/plugins", &token, &Value::Null).await;
    let plugin = &plugins["plugins"][0];
    assert_eq!(plugin["name"], plugin::NAME);
    assert_eq!(plugin["description"], plugin::MARKUP);
    assert_eq!(plugin["menu"], json!([plugin::MARKUP]));
    assert_eq!(plugins["refused"][0]["file"], "<b>bold<b>.zip");
}
