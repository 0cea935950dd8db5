//! The product with the hostile package in it: a host with its site for administrators, and an
//! application around it with a form of its own behind whatever a plugin shows. Somebody is signed
//! in to both who may do everything. Both are called by one name, so that browsers bring the
//! cookies of either to the other.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use goatkit_host::{ADMINISTRATOR, FindError, Host, HostBuilder, NewUser, PluginName};
use goatkit_test_browser::attacks::{Attack, Place, Words, attacks};
use goatkit_test_browser::naive::SECRET;
use goatkit_test_browser::{Browser, Canary, Done, Outcome, Rounds, Watch, package};
use goatkit_test_support::{Package, example};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The application's templates.
const TEMPLATES: &[(&str, &str)] = &[
    ("_layout.html", include_str!("templates/_layout.html")),
    (
        "_plugin_page.html",
        include_str!("templates/_plugin_page.html"),
    ),
    ("menu.html", include_str!("templates/menu.html")),
    ("output.html", include_str!("templates/output.html")),
    ("widgets.html", include_str!("templates/widgets.html")),
];

const LOGIN: &str = "root";
const PASSWORD: &str = "correct horse battery";

/// Whether the package may run script in the application's pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Script {
    Granted,
    NotGranted,
}

/// A host with the hostile package, an application around it, and whom it wants to reach.
pub(crate) struct Product {
    /// What attacks name. The application's paths are the product's.
    pub(crate) words: Words,
    pub(crate) script: Script,
    evil: Canary,
    near: Canary,
    host: Arc<Host>,
    origin: String,
    admin: String,
    digest: String,
    counts: Arc<Counts>,
    serve: [JoinHandle<()>; 2],
    _data: TempDir,
}

/// A browser in which somebody is signed in.
pub(crate) struct SignedIn {
    pub(crate) browser: Browser,
    /// The cookie of the application, which no script may see.
    session: String,
    /// What can be read on the administrators' site.
    admin_text: String,
}

/// What was done that whoever is signed in asked for.
#[derive(Default)]
struct Counts {
    app: AtomicU32,
    admin: AtomicU32,
}

/// What the application's own routes work with.
#[derive(Clone)]
struct Application {
    host: Arc<Host>,
    counts: Arc<Counts>,
}

impl Product {
    /// Starts all of it.
    pub(crate) async fn start(script: Script) -> Self {
        let (evil, near) = (Canary::start().await, Canary::start().await);
        let [app, admin] = [listener().await, listener().await];
        let origin = |listener: &TcpListener| format!("http://{}", listener.local_addr().unwrap());
        let (origin, admin_origin) = (origin(&app), origin(&admin));
        let words = words(&near.origin(), &admin_origin);
        let data = tempfile::tempdir().unwrap();
        let templates = data.path().join("templates");
        fs::create_dir(&templates).unwrap();
        for (name, content) in TEMPLATES {
            fs::write(templates.join(name), content).unwrap();
        }
        lay_packages(&data.path().join("plugins"), &words, script);
        let host = HostBuilder::new(data.path()).grant_everything().sign_in();
        let host = Arc::new(host.build().await.unwrap());
        let root = NewUser {
            login: LOGIN.to_owned(),
            kind: "staff".to_owned(),
            id: None,
            password: PASSWORD.into(),
            roles: vec![ADMINISTRATOR.to_owned()],
        };
        host.accounts().unwrap().add_user(root).await.unwrap();
        host.manager().register_all().await;
        let name = PluginName::parse("hostile").unwrap();
        let active = host.manager().find(&name).await;
        let digest = active.unwrap().package.digest().to_string();
        let counts = Arc::<Counts>::default();
        let serve = serve(&host, &counts, app, admin).await;
        Self {
            words,
            script,
            evil,
            near,
            host,
            origin,
            admin: admin_origin,
            digest,
            counts,
            serve,
            _data: data,
        }
    }

    /// A browser in which somebody is signed in at the application and at the administrators'.
    pub(crate) async fn sign_in(&self) -> SignedIn {
        let browser = Browser::knowing(&[("evil.example", self.evil.port())]).await;
        sign_in_at(&browser, &self.origin).await;
        let [cookie] = browser.cookies().await.try_into().unwrap();
        assert!(cookie.http_only, "{cookie:?}");
        sign_in_at(&browser, &self.admin).await;
        let cookies = browser.cookies().await;
        let unseen = cookies.iter().all(|it| it.http_only);
        assert!(cookies.len() == 2 && unseen, "{cookies:?}");
        let admin_text = browser.page().text("h1").await;
        SignedIn {
            browser,
            session: cookie.value,
            admin_text,
        }
    }

    /// Tries an attack on the page that it is to be seen on.
    pub(crate) async fn attempt(&self, signed_in: &SignedIn, attack: &Attack) -> Outcome {
        let watch = Watch {
            browser: &signed_in.browser,
            canaries: [&self.evil, &self.near],
            done: &|| self.done(),
            secret: SECRET,
            cookie: &signed_in.session,
            admin_text: &signed_in.admin_text,
        };
        watch.attempt(attack, &self.url(attack), ROUNDS).await
    }

    /// Where an attack is to be seen.
    pub(crate) fn url(&self, attack: &Attack) -> String {
        let (origin, name) = (&self.origin, &attack.name);
        match attack.place {
            Place::Output => format!("{origin}/output?name={name}"),
            Place::Widget => format!("{origin}/widgets?name={name}"),
            Place::Label | Place::Icon => format!("{origin}/menu?name={name}"),
            Place::File => {
                let (digest, file) = (&self.digest, attack.file(&self.words).0);
                format!("{origin}/plugins/hostile/{digest}/static/{file}")
            }
            Place::Header | Place::Body | Place::Redirect => {
                format!("{origin}/plugins/hostile/answer/{name}")
            }
            Place::Abroad | Place::Near => {
                let path = format!("/page/{name}");
                let (site, at) = match attack.place {
                    Place::Abroad => (&self.evil, "http://evil.example".to_owned()),
                    _ => (&self.near, self.near.origin()),
                };
                let words = self.words.clone().with("{app}", origin);
                site.serve(&path, &of_the_api(&attack.content(&words)));
                format!("{at}{path}")
            }
            _ => format!("{origin}/plugins/hostile/page/{name}"),
        }
    }

    /// How often the application and the administrators' API did what they were asked.
    pub(crate) fn done(&self) -> Done {
        Done {
            admin: self.counts.admin.load(Ordering::SeqCst),
            app: self.counts.app.load(Ordering::SeqCst),
        }
    }

    /// Why a plugin is not there.
    pub(crate) async fn why_not(&self, plugin: &str) -> FindError {
        let name = PluginName::parse(plugin).unwrap();
        self.host.manager().find(&name).await.err().unwrap()
    }
}

impl Drop for Product {
    fn drop(&mut self) {
        self.serve.iter().for_each(JoinHandle::abort);
    }
}

/// Nothing takes more where nothing stops it, as the other test knows.
const ROUNDS: Rounds = Rounds(3);

async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

async fn sign_in_at(browser: &Browser, origin: &str) {
    let page = browser.visit(&format!("{origin}/sign-in")).await;
    page.fill("[name=login]", LOGIN).await;
    page.fill("[name=password]", PASSWORD).await;
    page.click("form button").await;
    let (url, text) = (page.url().await, page.text("body").await);
    assert_eq!(url, format!("{origin}/"), "{text}");
}

/// What attacks name.
pub(crate) fn words(near: &str, admin: &str) -> Words {
    Words::default()
        .with("{evil}", "http://evil.example")
        .with("{near}", near)
        .with("{admin}", admin)
        .with("{app}", "")
        // Of no page that is ever shown.
        .with("{nonce}", "0123456789abcdef0123456789abcdef")
}

/// The same where the administrators' API has something to change.
fn of_the_api(content: &str) -> String {
    content.replace("/v1/grants", "/api/v1/roles")
}

/// What the package brings, and whether a package may bring it, or why not.
pub(crate) fn files(words: &Words) -> BTreeMap<String, (String, Result<(), String>)> {
    let files = package::files(&attacks(), words).into_iter();
    let checked = files.map(|(path, content)| {
        let content = of_the_api(&content);
        let served = packed(&path, &content);
        (path, (content, served))
    });
    checked.collect()
}

/// Whether a package with this file is one.
fn packed(path: &str, content: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let source = Package::new("tried", b"\0asm".to_vec())
        .file(path, content)
        .write_folder(folder.path());
    let packed = goatkit_package::pack(&source, None, &folder.path().join("tried.zip"));
    packed.map(|_| ()).map_err(|error| error.to_string())
}

fn lay_packages(folder: &Path, words: &Words, script: Script) {
    fs::create_dir(folder).unwrap();
    let widgets = attacks().into_iter().filter(|it| it.place == Place::Widget);
    let places: Vec<_> = widgets.map(|it| it.name).collect();
    let may = match script {
        Script::Granted => ", script: true",
        Script::NotGranted => "",
    };
    let reach = format!("reach: {{ widgets: [{}]{may} }}", places.join(", "));
    let mut hostile = Package::of_guest("hostile").line(&reach);
    for (path, (content, served)) in files(words) {
        if served.is_ok() {
            hostile = hostile.file(&path, content);
        }
    }
    hostile.write_zip(folder);
    Package::of_guest("hostile_paths").write_zip(folder);
    fs::write(folder.join("notes.zip"), example("notes")).unwrap();
}

/// Serves the application and the administrators' site.
async fn serve(
    host: &Arc<Host>,
    counts: &Arc<Counts>,
    app: TcpListener,
    admin: TcpListener,
) -> [JoinHandle<()>; 2] {
    let router = router(Application {
        host: Arc::clone(host),
        counts: Arc::clone(counts),
    });
    let attended = host.attend().await.unwrap();
    let app = tokio::spawn(async move {
        let served = attended.serve_with(app, router, std::future::pending());
        served.await.unwrap();
    });
    let port = admin.local_addr().unwrap().port();
    let site = host.admin_router(port).unwrap();
    let site = site.layer(from_fn_with_state(Arc::clone(counts), count));
    let admin = tokio::spawn(async move {
        let service = site.into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(admin, service).await.unwrap();
    });
    [app, admin]
}

/// Counts what the API does not refuse because of who asks, whatever it makes of it.
async fn count(State(counts): State<Arc<Counts>>, request: Request, next: Next) -> Response {
    let changes = request.method() == Method::POST && request.uri().path().starts_with("/api/");
    let answer = next.run(request).await;
    let refused = [401, 403, 421].contains(&answer.status().as_u16());
    if changes && !refused {
        counts.admin.fetch_add(1, Ordering::SeqCst);
    }
    answer
}

/// The application's own routes, and the host's for everything else.
fn router(application: Application) -> Router {
    let script = (
        [(CONTENT_TYPE, "text/javascript")],
        "console.info('ran:own;')",
    );
    // Where the attacks look for another plugin's events.
    let events = Redirect::temporary("/plugins/ticket-notes/events/notes");
    Router::new()
        .route("/own.js", get(move || async move { script }))
        .route("/act", post(act))
        .route("/events/other", get(move || async move { events }))
        .fallback_service(application.host.router())
        .with_state(application)
}

/// `POST /act`: counts what whoever is signed in asked for by a form of the application's.
async fn act(State(application): State<Application>, request: Request) -> Response {
    let (request, body) = request.into_parts();
    let body = to_bytes(body, 1 << 16).await.unwrap_or_default();
    let mut fields = form_urlencoded::parse(&body);
    let token = fields.find(|it| it.0 == "_csrf").map(|it| it.1);
    let pages = application.host.pages();
    if pages.actor(&request).await.is_none() {
        return StatusCode::FORBIDDEN.into_response();
    }
    match pages.check_form(&request, token.as_deref()).await {
        Ok(()) => {
            application.counts.app.fetch_add(1, Ordering::SeqCst);
            "done".into_response()
        }
        Err(refused) => refused,
    }
}
