//! A host with packages and templates in a folder that goes with the test, and what is asked of it.

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use goatkit_host::{
    Actor, Directory, Entry, EntryKind, Host, HostBuilder, Identifying, Output, Session,
    SessionFacts, Visitor,
};
use goatkit_test_support::{Package, name, ready};
use http::request::Parts;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tower::ServiceExt;

/// Compiled code of all hosts of these tests: compiling takes longer than what is tested.
static CODE: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

/// A host, and the folder it works on.
pub(crate) struct Site {
    pub(crate) host: Arc<Host>,
    folder: Arc<TempDir>,
}

impl Site {
    /// A host with packages, granted all that they ask, and templates of the application's; people
    /// are those of [`Desk`].
    pub(crate) async fn with(packages: &[Package], templates: &[(&str, &str)]) -> Self {
        let everybody = |host: HostBuilder| host.grant_everything().people(Arc::new(Desk));
        Self::made(packages, templates, everybody).await
    }

    /// A host that is made as `how` says.
    pub(crate) async fn made(
        packages: &[Package],
        templates: &[(&str, &str)],
        how: impl FnOnce(HostBuilder) -> HostBuilder,
    ) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let plugins = folder.path().join("plugins");
        fs::create_dir_all(&plugins).unwrap();
        for package in packages {
            package.write_zip(&plugins);
        }
        for (name, text) in templates {
            let path = folder.path().join("templates").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self::on(folder, how).await
    }

    /// A host on a folder that is there.
    pub(crate) async fn on(
        folder: Arc<TempDir>,
        how: impl FnOnce(HostBuilder) -> HostBuilder,
    ) -> Self {
        let builder = HostBuilder::new(folder.path()).code_cache(code());
        let host = Arc::new(how(builder).build().await.unwrap());
        host.manager().register_all().await;
        Self { host, folder }
    }

    /// Where its packages are.
    pub(crate) fn plugins(&self) -> PathBuf {
        self.folder.path().join("plugins")
    }

    /// Serves it on a free port until the test ends.
    pub(crate) async fn served(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let host = Arc::clone(&self.host);
        tokio::spawn(async move { host.serve(listener, std::future::pending()).await });
        address
    }

    /// The whole answer.
    pub(crate) async fn ask(&self, ask: Ask) -> Answer {
        let answer = self.host.router().oneshot(ask.request()).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        }
    }

    /// The status alone; of what is streamed nothing is read.
    pub(crate) async fn status(&self, ask: Ask) -> u16 {
        let answer = self.host.router().oneshot(ask.request()).await.unwrap();
        answer.status().as_u16()
    }

    /// The answer to a `GET` of nobody's.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(get(path)).await
    }

    /// A session of nobody's.
    pub(crate) fn session(&self) -> Session {
        self.host.manager().session(SessionFacts {
            actor: None,
            tenant: None,
            locale: "en".to_owned(),
            request_id: "a-test".to_owned(),
            deadline: Instant::now() + Duration::from_secs(60),
            entry: Entry {
                kind: EntryKind::Page,
                name: "a test".to_owned(),
            },
        })
    }

    /// What a function of a plugin answers, called in a session of nobody's.
    pub(crate) async fn call(&self, plugin: &str, function: &str, args: Value) -> Value {
        let (session, plugin) = (self.session(), name(plugin));
        let manager = self.host.manager();
        let output = manager.call_function(&session, &plugin, function, args.to_string());
        match output.await.unwrap() {
            Output::Json(text) => serde_json::from_str(&text).unwrap(),
            Output::Html(text) => text.into(),
        }
    }

    /// Makes a plugin ready: who shows it waits for none of that.
    pub(crate) async fn ready(&self, plugin: &str) {
        ready(self.host.manager(), plugin).await;
    }

    /// What a plugin logged.
    pub(crate) fn lines(&self, plugin: &str) -> Vec<String> {
        let lines = self.host.log().of(&name(plugin)).into_iter();
        lines.map(|line| line.message).collect()
    }

    /// Revokes what of a plugin's grants is called `item`; all of them where that is nothing.
    pub(crate) async fn revoke(&self, plugin: &str, item: &str) {
        let named = named(item);
        let manager = self.host.manager();
        manager.revoke(&name(plugin), &named).await.unwrap();
    }

    /// The same, granted.
    pub(crate) async fn grant(&self, plugin: &str, item: &str) {
        let named = named(item);
        let manager = self.host.manager();
        manager.grant(&name(plugin), &named).await.unwrap();
        manager.register_all().await;
    }
}

fn named(item: &str) -> Vec<String> {
    let item = Some(item).filter(|it| !it.is_empty());
    item.map(str::to_owned).into_iter().collect()
}

fn code() -> PathBuf {
    CODE.path().join("code")
}

/// The guest `reach_all`, with all that it brings; its pages show `page`.
pub(crate) fn reach_all(page: &str) -> Package {
    Package::of_guest("reach_all")
        .line("capabilities: { events: ['*'], plugins: [plugins-peer.echo, plugins-peer.bold] }")
        .line("reach: { routes: ['/desk/*'], widgets: [dashboard], script: true }")
        .file("templates/page.html", page)
}

/// The guest `plugins_peer`, which exposes `echo`, `bold` and `who`, and does not `secret`.
pub(crate) fn peer() -> Package {
    Package::of_guest("plugins_peer").line("capabilities: { plugins: [reach-all] }")
}

/// People as a test wants them: the cookie `sid` names a sign-in, and its beginning who it is.
/// `viewer-1` and `viewer-2` are two sign-ins of one person, who has every permission of the tests.
pub(crate) struct Desk;

/// The permissions of [`Desk`]'s viewer.
pub(crate) const PERMISSIONS: [&str; 5] = [
    "reach_all.view",
    "routes_all.view",
    "widgets_ok.view",
    "brings_pages.view",
    "ticket.read",
];

impl Directory for Desk {
    fn identify<'a>(&'a self, request: &'a Parts) -> Identifying<'a> {
        let cookie = request
            .headers
            .get("cookie")
            .and_then(|it| it.to_str().ok());
        let sid = cookie.and_then(|it| it.strip_prefix("sid="));
        let visitor = sid.and_then(|sid| {
            let (login, _) = sid.split_once('-')?;
            let (kind, permissions): (_, &[&str]) = match login {
                "viewer" => ("agent", &PERMISSIONS),
                "agent" => ("agent", &[]),
                "customer" => ("customer", &[]),
                _ => return None,
            };
            let permissions = permissions.iter().map(ToString::to_string);
            Some(Visitor {
                actor: Actor {
                    id: login.to_owned(),
                    login: login.to_owned(),
                    kind: kind.to_owned(),
                    permissions: permissions.collect::<BTreeSet<_>>(),
                },
                session: sid.to_owned(),
            })
        });
        Box::pin(std::future::ready(visitor))
    }
}

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Bytes,
}

/// `GET`.
pub(crate) fn get(path: &str) -> Ask {
    ask("GET", path)
}

/// A form.
pub(crate) fn post(path: &str, fields: &str) -> Ask {
    let form = "application/x-www-form-urlencoded";
    ask("POST", path)
        .header("content-type", form)
        .body(fields.to_owned())
}

/// A request by any method.
pub(crate) fn ask(method: &str, path: &str) -> Ask {
    Ask {
        method: method.to_owned(),
        path: path.to_owned(),
        headers: vec![("host".to_owned(), "desk.example".to_owned())],
        body: Bytes::new(),
    }
}

impl Ask {
    /// With a header more.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With this cookie, if there is one.
    pub(crate) fn cookie(self, cookie: &str) -> Self {
        match cookie {
            "" => self,
            cookie => self.header("cookie", cookie),
        }
    }

    /// As one of [`Desk`]'s sign-ins.
    pub(crate) fn of(self, sid: &str) -> Self {
        self.cookie(&format!("sid={sid}"))
    }

    /// With a body.
    pub(crate) fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// As it is sent.
    pub(crate) fn request(self) -> Request<Full<Bytes>> {
        let mut request = Request::builder().method(&*self.method).uri(&self.path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request.body(Full::new(self.body)).unwrap()
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    /// The body as a text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{}", self.text()))
    }

    /// A header's first value; empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.and_then(|it| it.to_str().ok()).unwrap_or_default()
    }

    /// What stands between `before` and the next `"`.
    #[track_caller]
    pub(crate) fn after(&self, before: &str) -> String {
        let text = self.text();
        let found = text.split_once(before);
        let (_, rest) = found.unwrap_or_else(|| panic!("no {before:?} in {text}"));
        rest.split('"').next().unwrap_or_default().to_owned()
    }

    /// The token of the form in it.
    #[track_caller]
    pub(crate) fn token(&self) -> String {
        self.after("name=\"_csrf\" value=\"")
    }

    /// Whether it is this status and says all this.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16, says: &[&str]) -> &Self {
        let text = self.text();
        assert_eq!(self.status, status, "{:?} {text}", self.headers);
        // A page has it as markup.
        let plain = text.replace("&#x2f;", "/");
        for says in says {
            let found = text.contains(says) || plain.contains(says);
            assert!(found, "{says:?} is not in {text}");
        }
        self
    }

    /// Whether it says none of this.
    #[track_caller]
    pub(crate) fn never(&self, says: &[&str]) -> &Self {
        let text = self.text();
        for says in says {
            assert!(!text.contains(says), "{says:?} is in {text}");
        }
        self
    }
}
