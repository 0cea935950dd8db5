//! The administrator's routes about people: what they answer, with which status, and that they
//! are of no use where the application brings people of its own.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode};
use goatkit_capability::grants::{Items, Ledger, Policy};
use goatkit_capability::{Services, SystemClock};
use goatkit_manager::{Manager, ManagerSettings};
use goatkit_package::LimitsRequest;
use goatkit_people::{Accounts, Tokens};
use goatkit_web::{AdminState, admin_router};
use serde_json::{Value, json};
use tower::ServiceExt;

const PASSWORD: &str = "correct horse battery";

struct Admin {
    router: Router,
    accounts: Accounts,
    _data: tempfile::TempDir,
}

/// The routes of a host without plugins, with the built-in people or without.
fn admin(built_in: bool) -> Admin {
    let data = tempfile::tempdir().unwrap();
    let clock = Arc::new(SystemClock);
    let tasks = tokio::runtime::Handle::current();
    let services = Services::open(data.path(), clock.clone(), tasks).unwrap();
    let platform = services.platform.clone();
    let items = Items::new(Vec::new(), LimitsRequest::default());
    let ledger = Ledger::open(platform.clone(), items, Policy::Nothing).unwrap();
    let settings = ManagerSettings::new(data.path().to_owned());
    let manager = Manager::open(settings, vec![], services, ledger).unwrap();
    let accounts = Accounts::open(platform.clone(), clock.clone()).unwrap();
    let router = admin_router(AdminState {
        manager,
        accounts: built_in.then(|| accounts.clone()),
        tokens: Tokens::open(platform, clock).unwrap(),
    });
    Admin {
        router,
        accounts,
        _data: data,
    }
}

impl Admin {
    async fn ask(&self, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
        let request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).unwrap())
            .uri(path)
            .header("content-type", "application/json");
        let body = match body {
            Value::Null => Body::empty(),
            body => Body::from(body.to_string()),
        };
        let request = request.body(body).unwrap();
        let (head, body) = self
            .router
            .clone()
            .oneshot(request)
            .await
            .unwrap()
            .into_parts();
        let body = to_bytes(body, 1 << 20).await.unwrap();
        assert!(!String::from_utf8_lossy(&body).contains(PASSWORD));
        (head.status, serde_json::from_slice(&body).unwrap())
    }

    /// What is refused is a status and a text, as JSON.
    async fn refused(&self, method: &str, path: &str, body: Value, status: u16, says: &str) {
        let (answered, body) = self.ask(method, path, body).await;
        let text = body["error"].as_str().unwrap();
        assert_eq!(answered.as_u16(), status, "{method} {path}: {text}");
        assert!(text.contains(says), "{method} {path}: {text}");
    }

    async fn done(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, body) = self.ask(method, path, body).await;
        assert_eq!(status, StatusCode::OK, "{method} {path}: {body}");
        body
    }
}

#[tokio::test]
async fn people_are_changed_and_what_is_wrong_is_told() {
    let admin = admin(true);
    let jane = json!({ "login": "a/b@c.d", "kind": "agent", "password": PASSWORD });
    let path = "/v1/users/a%2Fb%40c.d";
    admin.done("POST", "/v1/users", jane.clone()).await;
    admin
        .refused("POST", "/v1/users", jane, 409, "already")
        .await;
    let user = admin.done("GET", path, Value::Null).await;
    assert_eq!(
        (&user["login"], &user["id"]),
        (&json!("a/b@c.d"), &json!("1"))
    );
    admin
        .done("POST", "/v1/roles", json!({ "name": "desk" }))
        .await;
    let change = json!({ "add_roles": ["desk"] });
    let user = admin.done("PUT", path, change).await;
    assert_eq!(user["roles"], json!(["desk"]));
    let grant = "/v1/roles/desk/permissions/ticket.read";
    let changed = admin.done("PUT", grant, Value::Null).await;
    assert_eq!(changed["role"]["permissions"], json!(["ticket.read"]));
    assert!(changed["note"].is_string(), "{changed}");
    let token = admin
        .accounts
        .sign_in("a/b@c.d", PASSWORD, None)
        .await
        .unwrap();
    let may = || {
        admin
            .accounts
            .visitor(token.as_str())
            .map(|it| it.actor.permissions.len())
    };
    assert_eq!(may(), Some(1));
    let changed = admin.done("DELETE", grant, Value::Null).await;
    assert!(changed.get("note").is_none(), "{changed}");
    assert_eq!(may(), Some(0));
    let listed = admin
        .done("GET", "/v1/users?after=a&limit=1", Value::Null)
        .await;
    assert_eq!(listed.as_array().unwrap().len(), 1);
    admin.done("DELETE", path, Value::Null).await;
    assert_eq!(may(), None);

    let none = Value::Null;
    for (method, path, body, status, says) in [
        ("GET", path, none.clone(), 404, "there is no user `a/b@c.d`"),
        (
            "DELETE",
            grant,
            none.clone(),
            404,
            "does not have the permission",
        ),
        ("POST", "/v1/users", none.clone(), 400, "EOF"),
        (
            "POST",
            "/v1/users",
            json!({ "logn": "x" }),
            422,
            "unknown field `logn`",
        ),
        (
            "POST",
            "/v1/roles",
            json!({ "name": "A" }),
            400,
            "no name of a role",
        ),
        (
            "DELETE",
            "/v1/roles/administrator",
            none.clone(),
            409,
            "always there",
        ),
        ("DELETE", "/v1/tokens/7", none, 404, "there is no token 7"),
    ] {
        admin.refused(method, path, body, status, says).await;
    }
}

#[tokio::test]
async fn a_token_is_told_when_it_is_made_and_not_again() {
    let admin = admin(true);
    let new = json!({ "name": "ci", "scopes": ["read"], "days": 1 });
    let made = admin.done("POST", "/v1/tokens", new).await;
    let secret = made["secret"].as_str().unwrap();
    let listed = admin.done("GET", "/v1/tokens", Value::Null).await;
    assert_eq!(listed, json!([made["token"]]));
    assert!(!listed.to_string().contains(secret));
    let wrong = json!({ "name": "x", "scopes": ["write"] });
    admin
        .refused("POST", "/v1/tokens", wrong, 422, "`write` is no scope")
        .await;
    admin.done("DELETE", "/v1/tokens/1", Value::Null).await;
}

#[tokio::test]
async fn an_application_that_brings_its_own_people_keeps_them() {
    let admin = admin(false);
    for (method, path) in [
        ("GET", "/v1/users"),
        ("POST", "/v1/users"),
        ("GET", "/v1/users/jane"),
        ("PUT", "/v1/users/jane"),
        ("DELETE", "/v1/users/jane"),
        ("POST", "/v1/users/jane/password"),
        ("GET", "/v1/roles"),
        ("POST", "/v1/roles"),
        ("DELETE", "/v1/roles/desk"),
        ("PUT", "/v1/roles/desk/permissions/a.b"),
        ("DELETE", "/v1/roles/desk/permissions/a.b"),
    ] {
        let says = "brings people of its own";
        admin.refused(method, path, json!({}), 409, says).await;
    }
    admin.done("GET", "/v1/tokens", Value::Null).await;
}
