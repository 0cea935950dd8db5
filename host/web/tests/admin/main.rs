//! The site for administrators on a host with one plugin, which runs no code: it registers what
//! the tests say. In reading order: `matrix` (who may do what), `described` (the API is as its
//! document says), `life` (what becomes of plugins), `pages` (what a browser gets), `watched`
//! (health and figures).
//!
//! In a process of their own: each sign-in takes the memory of a hash, and templates' tests
//! measure that of their process.

#![allow(clippy::unwrap_used)]

mod described;
mod life;
mod matrix;
mod pages;
mod plugin;
mod watched;

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use goatkit_capability::grants::{Items, Ledger, Policy};
use goatkit_capability::{Clock, ManualClock, Services};
use goatkit_manager::{Manager, ManagerSettings};
use goatkit_package::LimitsRequest;
use goatkit_people::{Accounts, NewToken, NewUser, Place, SCOPES, Scope, Tokens, UserChange};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;

use goatkit_web::{AdminSiteSettings, AdminState, admin_site};

/// The cookie of those who are signed in.
const COOKIE: &str = Place::Administration.cookie();

const PASSWORD: &str = "correct horse battery";

/// A host, and what administers it.
struct Bench {
    state: AdminState,
    clock: Arc<ManualClock>,
    data: TempDir,
}

/// An answer, whole.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Bench {
    /// A host that has looked for its plugin and knows what it brings.
    async fn new() -> Self {
        let bench = Self::before_it_looked();
        bench.state.manager.discover();
        bench.state.manager.register_all().await;
        bench
    }

    fn before_it_looked() -> Self {
        let data = tempfile::tempdir().unwrap();
        plugin::write(&data.path().join("plugins"));
        let clock = ManualClock::at(UNIX_EPOCH + Duration::from_secs(1_700_000_000));
        let clock = Arc::new(clock);
        let (time, tasks) = (
            Arc::clone(&clock) as Arc<dyn Clock>,
            tokio::runtime::Handle::current(),
        );
        let services = Services::open(data.path(), Arc::clone(&time), tasks).unwrap();
        let accounts = Accounts::open(services.platform.clone(), Arc::clone(&time)).unwrap();
        let tokens = Tokens::open(services.platform.clone(), time).unwrap();
        let items = Items::new(Vec::new(), LimitsRequest::default());
        let ledger = Ledger::open(services.platform.clone(), items, Policy::Everything).unwrap();
        let mut settings = ManagerSettings::new(data.path().to_owned());
        settings.dev = true;
        let runtime = Arc::new(plugin::Runs);
        let manager = Manager::open(settings, vec![runtime], services, ledger).unwrap();
        Self {
            state: AdminState {
                manager,
                accounts: Some(accounts),
                tokens,
            },
            clock,
            data,
        }
    }

    fn data(&self) -> &std::path::Path {
        self.data.path()
    }

    fn accounts(&self) -> &Accounts {
        self.state.accounts.as_ref().unwrap()
    }

    /// The site, called `localhost:8081`.
    fn site(&self) -> Router {
        self.site_with(AdminSiteSettings::default())
    }

    fn site_with(&self, settings: AdminSiteSettings) -> Router {
        let settings = AdminSiteSettings {
            port: Some(8081),
            ..settings
        };
        admin_site(self.state.clone(), settings).unwrap()
    }

    /// What is shown for a token.
    async fn token(&self, name: &str, scopes: &[Scope], lasts: Option<Duration>) -> String {
        let new = NewToken {
            name: name.to_owned(),
            scopes: scopes.iter().copied().collect(),
            lasts,
        };
        let (_, secret) = self.state.tokens.create(new).await.unwrap();
        secret.as_str().to_owned()
    }

    /// A token for everything.
    async fn any_token(&self, name: &str) -> String {
        let all: Vec<Scope> = SCOPES.iter().map(|(scope, _)| *scope).collect();
        self.token(name, &all, None).await
    }

    /// Somebody with roles, signed in at a place: his session's token.
    async fn signed_in(&self, place: Place, login: &str, roles: &[&str]) -> String {
        let new = NewUser {
            login: login.to_owned(),
            kind: "agent".to_owned(),
            id: None,
            password: PASSWORD.into(),
            roles: roles.iter().map(|&it| it.to_owned()).collect(),
        };
        self.accounts().add_user(new).await.unwrap();
        let signed_in = self.accounts().sign_in_at(place, login, PASSWORD, None);
        signed_in.await.unwrap().as_str().to_owned()
    }

    async fn take_role(&self, login: &str, role: &str) {
        let change = UserChange {
            remove_roles: vec![role.to_owned()],
            ..UserChange::default()
        };
        self.accounts().change_user(login, change).await.unwrap();
    }
}

/// Asks a site; what is not said otherwise comes from `localhost:8081`, without a body.
async fn ask(
    site: &Router,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header(header::HOST, "localhost:8081");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::from(body.to_owned())).unwrap();
    let (head, body) = site.clone().oneshot(request).await.unwrap().into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    Answer {
        status: head.status,
        headers: head.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

/// A route of the API, as its document describes it.
#[derive(Debug, Clone)]
struct Route {
    /// `GET` and its like.
    verb: String,
    /// With braces, below `/api`.
    path: String,
    scope: Scope,
    /// The names of the schemas of body and answer.
    takes: Option<String>,
    answers: String,
}

/// Every route of the API: the document is made of the same table as the routes.
async fn routes(site: &Router) -> (Vec<Route>, Value) {
    let described = ask(site, "GET", "/api/openapi.json", &[], "").await;
    let document: Value = serde_json::from_str(&described.body).unwrap();
    let schema = |body: &Value| {
        let named = body["content"]["application/json"]["schema"]["$ref"].as_str();
        named.map(|it| it.rsplit('/').next().unwrap().to_owned())
    };
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (verb, operation) in item.as_object().unwrap() {
            routes.push(Route {
                verb: verb.to_uppercase(),
                path: path.clone(),
                scope: Scope::parse(operation["x-scope"].as_str().unwrap()).unwrap(),
                takes: schema(&operation["requestBody"]),
                answers: schema(&operation["responses"]["200"]).unwrap(),
            });
        }
    }
    assert!(routes.len() > 20, "{}", routes.len());
    (routes, document)
}

/// The token of a page's forms.
async fn csrf(site: &Router, cookie: &str) -> String {
    let page = ask(site, "GET", "/", &[("cookie", cookie)], "").await;
    let (_, rest) = page.body.split_once("name=\"_csrf\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}
