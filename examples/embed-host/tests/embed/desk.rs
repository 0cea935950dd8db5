//! The application in this process, on a data folder of its own, and requests to it.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use embed_host::{Tickets, host, router};
use goatkit_host::{Actor, Entry, EntryKind, Host, HostBuilder, Output, PluginName, SessionFacts};
use goatkit_package::Store;
use goatkit_test_support::example;
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;

/// An application that answers.
pub(crate) struct Desk {
    pub(crate) tickets: Arc<Tickets>,
    host: Host,
    router: Router,
    _data: TempDir,
}

impl Desk {
    /// The application with packages that `write` puts into a folder; `more` changes its host.
    pub(crate) async fn open(
        write: impl FnOnce(&Path),
        more: impl FnOnce(HostBuilder) -> HostBuilder,
    ) -> Self {
        let data = tempfile::tempdir().unwrap();
        let plugins = data.path().join("plugins");
        fs::create_dir(&plugins).unwrap();
        write(&plugins);
        let tickets = Arc::new(Tickets::of_a_morning());
        let host = more(host(data.path(), &tickets)).build().await.unwrap();
        Self {
            router: router(&host, Arc::clone(&tickets)),
            tickets,
            host,
            _data: data,
        }
    }

    /// What the application answers.
    pub(crate) async fn get(&self, path: &str) -> (StatusCode, String) {
        let request = Request::get(path).header(header::HOST, "localhost");
        let request = request.body(Body::empty()).unwrap();
        let (head, body) = self
            .router
            .clone()
            .oneshot(request)
            .await
            .unwrap()
            .into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        // As a reader sees it.
        let text = String::from_utf8(body.to_vec())
            .unwrap()
            .replace("&#x2f;", "/");
        (head.status, text)
    }

    /// Calls a plugin's function for somebody of the desk.
    pub(crate) async fn call(
        &self,
        login: Option<&str>,
        plugin: &str,
        function: &str,
        args: Value,
    ) -> Result<Value, String> {
        let session = self.host.manager().session(facts(login));
        let plugin = PluginName::parse(plugin).unwrap();
        let manager = self.host.manager();
        let answer = manager.call_function(&session, &plugin, function, args.to_string());
        match answer.await {
            Ok(Output::Json(text)) => Ok(serde_json::from_str(&text).unwrap()),
            Ok(Output::Html(html)) => Ok(Value::String(html)),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Grants `desk-notes` something.
    pub(crate) async fn grant(&self, named: &[&str]) {
        let (plugin, named) = decision(named);
        self.host.manager().grant(&plugin, &named).await.unwrap();
    }

    /// Takes something from `desk-notes`.
    pub(crate) async fn revoke(&self, named: &[&str]) {
        let (plugin, named) = decision(named);
        self.host.manager().revoke(&plugin, &named).await.unwrap();
    }
}

/// Puts the example's plugin into a folder.
pub(crate) fn desk_notes(folder: &Path) {
    fs::write(folder.join("desk-notes.zip"), example("embed-host/plugin")).unwrap();
}

/// The component in a zip.
pub(crate) fn component(zip: &[u8]) -> Vec<u8> {
    let work = tempfile::tempdir().unwrap();
    let path = work.path().join("it.zip");
    fs::write(&path, zip).unwrap();
    let package = Store::open(work.path()).unwrap().admit(&path).unwrap();
    package.component().unwrap()
}

/// A text that says all of this.
#[track_caller]
pub(crate) fn expect(text: &str, says: &[&str]) {
    for part in says {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
}

fn decision(named: &[&str]) -> (PluginName, Vec<String>) {
    let plugin = PluginName::parse("desk-notes").unwrap();
    (plugin, named.iter().map(|it| (*it).to_owned()).collect())
}

/// A session of somebody with the permissions that the desk gives.
fn facts(login: Option<&str>) -> SessionFacts {
    let may = |login: &str| match login {
        "ada" => vec!["ticket.read", "ticket.write"],
        _ => vec!["ticket.read"],
    };
    let actor = login.map(|login| Actor {
        id: login.to_owned(),
        login: login.to_owned(),
        kind: "agent".to_owned(),
        permissions: may(login).into_iter().map(str::to_owned).collect(),
    });
    SessionFacts {
        actor,
        tenant: None,
        locale: "en".to_owned(),
        request_id: "a-request".to_owned(),
        deadline: Instant::now() + Duration::from_secs(60),
        entry: Entry {
            kind: EntryKind::Page,
            name: "/a/page".to_owned(),
        },
    }
}
