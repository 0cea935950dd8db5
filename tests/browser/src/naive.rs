//! An application without a guard. It shows what a hostile package brings as it comes, and does
//! what it is asked; beside it, the same with one guard: the one that an attack's line names.
//!
//! An attack that works under `/open` and not under `/guarded` is stopped by that guard and by
//! nothing else. Deliberately not here: how the product does it. The policies below are what
//! it has to be at least as strict as.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::attacks::{Attack, Guard, Place, Words, attacks};
use crate::canary::Canary;
use crate::site::{Answer, Request, Site};
use crate::watch::Done;

/// What stands on each page.
pub const SECRET: &str = "secret-token";

/// The value of both cookies.
pub const COOKIE: &str = "secret-session";

/// What can be read on the administrators' page.
pub const ADMIN_TEXT: &str = "Administration";

/// What a page may load that shows anything of a plugin, before its nonce.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; form-action 'self'; frame-src 'self'; \
    frame-ancestors 'none'; base-uri 'none'; object-src 'none'; worker-src 'none'; script-src";

/// The other half of it. A script that has the nonce hands it on to what it imports or adds,
/// wherever that comes from; what has to satisfy two policies also has to be the site's own.
const OWN_SCRIPTS: &str = "script-src 'self' 'unsafe-inline'";

/// A document that is a file of a package can do nothing.
const SANDBOX: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/// The types of files that are known, where somebody looks.
const TYPES: &[(&str, &str)] = &[
    ("html", "text/html; charset=utf-8"),
    ("svg", "image/svg+xml"),
    ("xml", "application/xml"),
    ("js", "text/javascript"),
    ("mjs", "text/javascript"),
    ("css", "text/css"),
    ("json", "application/json"),
    ("txt", "text/plain; charset=utf-8"),
    ("png", "image/png"),
    ("pdf", "application/pdf"),
];

/// Types that a server knows which gives no thought to it. The rest the browser guesses.
const CARELESS: &[(&str, &str)] = &[
    ("xhtml", "application/xhtml+xml"),
    ("htm", "text/html"),
    ("HTML", "text/html"),
    ("shtml", "text/html"),
];

/// Whether the guard that an attack's line names is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It is not.
    Open,
    /// It is.
    Guarded,
}

impl Mode {
    fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Guarded => "guarded",
        }
    }
}

/// The application, its administrators' listener, and those whom attacks want to reach.
pub struct Naive {
    /// `evil.example` to the browser.
    pub evil: Canary,
    /// Another port of the application's host.
    pub near: Canary,
    app: Site,
    admin: Site,
    origins: Origins,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    admin: AtomicU32,
    app: AtomicU32,
}

impl Naive {
    /// Starts all of it.
    pub async fn start() -> Self {
        let (evil, near) = (Canary::start().await, Canary::start().await);
        let counts = Arc::<Counts>::default();
        let of = Arc::clone(&counts);
        let admin = Site::start(move |request| admin(request, &of)).await;
        let known: BTreeMap<_, _> = attacks()
            .into_iter()
            .map(|it| (it.name.clone(), it))
            .collect();
        let of = Arc::clone(&counts);
        let origins = Origins {
            near: near.origin(),
            admin: admin.origin(),
        };
        let named = origins.clone();
        let app = Site::start(move |request| app(request, &known, &named, &of)).await;
        Self {
            evil,
            near,
            app,
            admin,
            origins,
            counts,
        }
    }

    /// Where the administrator and the user of the application sign in.
    pub fn sign_ins(&self, mode: Mode) -> [String; 2] {
        let at = |site: &Site| format!("{}/{}/sign-in", site.origin(), mode.word());
        [at(&self.app), at(&self.admin)]
    }

    /// The application's origin.
    pub fn origin(&self) -> String {
        self.app.origin()
    }

    /// The page that an attack is to be seen on.
    pub fn url(&self, attack: &Attack, mode: Mode) -> String {
        let name = &attack.name;
        let app = format!("{}/{}", self.app.origin(), mode.word());
        let words = self.origins.words(mode).with("{app}", &app);
        match attack.place {
            Place::Abroad => {
                let path = format!("/page/{name}");
                self.evil.serve(&path, &attack.content(&words));
                format!("http://evil.example{path}")
            }
            Place::Near => {
                let path = format!("/page/{name}");
                self.near.serve(&path, &attack.content(&words));
                format!("{}{path}", self.near.origin())
            }
            Place::File => format!("{app}/static/{}", attack.file(&words).0),
            _ => format!("{app}/page/{name}"),
        }
    }

    /// The header that an attack plants, and its value.
    ///
    /// # Panics
    /// Where it plants none.
    pub fn header(&self, attack: &Attack) -> (String, String) {
        let content = attack.content(&self.origins.words(Mode::Open));
        let (name, value) = content.split_once(": ").unwrap();
        (name.to_owned(), value.to_owned())
    }

    /// What was done with somebody's cookie.
    pub fn done(&self) -> Done {
        Done {
            admin: self.counts.admin.load(Ordering::SeqCst),
            app: self.counts.app.load(Ordering::SeqCst),
        }
    }
}

/// The origins that attacks name, as far as they are known before the application runs.
#[derive(Clone)]
struct Origins {
    near: String,
    admin: String,
}

impl Origins {
    fn words(&self, mode: Mode) -> Words {
        let mode = mode.word();
        Words::default()
            .with("{evil}", "http://evil.example")
            .with("{near}", &self.near)
            .with("{admin}", format!("{}/{mode}", self.admin))
            .with("{static}", format!("/{mode}/static"))
            .with("{app}", format!("/{mode}"))
            // Of no page that is ever shown.
            .with("{nonce}", nonce())
    }
}

fn nonce() -> String {
    format!("{:016x}", RandomState::new().hash_one(()))
}

/// `/mode/rest` as its two parts.
fn parts(request: &Request) -> Option<(Mode, &str)> {
    let path = request.path();
    if let Some(rest) = path.strip_prefix("/open/") {
        return Some((Mode::Open, rest));
    }
    Some((Mode::Guarded, path.strip_prefix("/guarded/")?))
}

fn sign_in(name: &str, mode: Mode) -> Answer {
    let flags = match mode {
        Mode::Open => "SameSite=None; Secure",
        Mode::Guarded => "HttpOnly; SameSite=Strict",
    };
    let cookie = format!("{name}={COOKIE}; Path=/; {flags}");
    Answer::html("<p>signed in</p>").with("set-cookie", &cookie)
}

/// Counts what a person has asked for by a cookie, and with a guard only if the page that asks
/// is one of the site's own.
fn act(request: &Request, cookie: &str, mode: Mode, count: &AtomicU32) -> Answer {
    let own = format!("http://{}", request.header("host"));
    let trusted = mode == Mode::Open || request.header("origin") == own;
    if request.method != "POST" || request.cookie(cookie).is_none() || !trusted {
        return Answer::new("no").status(403);
    }
    count.fetch_add(1, Ordering::SeqCst);
    Answer::html("<p>done</p>")
}

fn admin(request: &Request, counts: &Counts) -> Answer {
    match parts(request) {
        Some((mode, "sign-in")) => sign_in("admin", mode),
        Some((mode, "v1/grants")) => act(request, "admin", mode, &counts.admin),
        Some((Mode::Open, "")) => Answer::html(format!("<h1>{ADMIN_TEXT}</h1>")),
        Some((Mode::Guarded, "")) => Answer::html(format!("<h1>{ADMIN_TEXT}</h1>"))
            .with("content-security-policy", "frame-ancestors 'none'"),
        _ => Answer::missing(),
    }
}

fn app(
    request: &Request,
    known: &BTreeMap<String, Attack>,
    origins: &Origins,
    counts: &Counts,
) -> Answer {
    let Some((mode, rest)) = parts(request) else {
        return Answer::missing();
    };
    let words = origins.words(mode);
    match rest.split_once('/') {
        None if rest == "sign-in" => sign_in("session", mode),
        None if rest == "take" => Answer::html("<p>taken</p>"),
        None if rest == "act" => act(request, "session", mode, &counts.app),
        Some(("events", _)) => events(mode),
        Some(("page", "own.js")) => {
            Answer::new("console.info('ran:own;')").with("content-type", "text/javascript")
        }
        Some(("page", name)) => match known.get(name) {
            Some(attack) => page(attack, &words, mode),
            None => Answer::missing(),
        },
        Some(("static", name)) => file(name, &words, mode),
        _ => Answer::missing(),
    }
}

/// What another plugin tells those who may hear it.
fn events(mode: Mode) -> Answer {
    match mode {
        Mode::Open => Answer::new("data: overheard\n\n").with("content-type", "text/event-stream"),
        Mode::Guarded => Answer::new("no").status(403),
    }
}

fn page(attack: &Attack, words: &Words, mode: Mode) -> Answer {
    let nonce = nonce();
    let guard = (mode == Mode::Guarded).then_some(attack.guard);
    let content = attack.content(words);
    let content = match guard {
        Some(Guard::Escape) => escaped(&content),
        Some(Guard::Path) if !is_path(&content) => "/".to_owned(),
        _ => content,
    };
    let answer = match attack.place {
        Place::Redirect => Answer::new("").status(302).with("location", &content),
        Place::Header => headed(&content, guard),
        Place::Body => typed(&content),
        place => Answer::html(document(place, &content, &nonce, guard)),
    };
    match guard {
        Some(Guard::Csp) => answer
            .with(
                "content-security-policy",
                &format!("{POLICY} 'nonce-{nonce}'"),
            )
            .with("content-security-policy", OWN_SCRIPTS)
            .with("x-content-type-options", "nosniff"),
        Some(Guard::Opener) => answer.with("cross-origin-opener-policy", "same-origin"),
        _ => answer,
    }
}

fn headed(content: &str, guard: Option<Guard>) -> Answer {
    let answer = Answer::html("<p>an answer</p>");
    match content.split_once(": ") {
        Some((name, value)) if guard != Some(Guard::Filter) => answer.with(name, value),
        _ => answer,
    }
}

fn typed(content: &str) -> Answer {
    match content.split_once(' ') {
        Some(("-", body)) => Answer::new(body.to_owned()),
        Some((kind, body)) => Answer::new(body.to_owned()).with("content-type", kind),
        None => Answer::missing(),
    }
}

/// A page of the application, with a script of its own behind what is planted.
fn document(place: Place, content: &str, nonce: &str, guard: Option<Guard>) -> String {
    let title = if place == Place::Title {
        content
    } else {
        "A page"
    };
    let planted = match place {
        Place::Title => String::new(),
        Place::Label => format!("<nav><a href=\"/\">{content}</a></nav>"),
        Place::Icon => format!("<nav><i class=\"icon-{content}\"></i></nav>"),
        Place::Path => format!("<nav><a id=\"press\" href=\"{content}\">An item</a></nav>"),
        Place::Script => format!("<script nonce=\"{nonce}\">{content}</script>"),
        _ => content.to_owned(),
    };
    let form = format!(
        "<form action=\"own\"><input name=\"secret\" value=\"{SECRET}\"><button id=\"own\">Own\
         </button></form>"
    );
    let (before, behind) = match guard {
        // Nothing is open where it stands, whatever stays open.
        Some(Guard::Closed) => (form.as_str(), ""),
        _ => ("", form.as_str()),
    };
    // What stands behind on the same line is what an open quote swallows.
    format!(
        "<!doctype html>\n<html>\n<head><meta charset=\"utf-8\"><title>{title}</title></head>\n\
         <body>{before}\n<main>{planted}<p>{SECRET}</p><input value=\"{SECRET}\"></main>{behind}\n\
         <script nonce=\"{nonce}\" src=\"own.js\"></script>\n</body>\n</html>\n"
    )
}

fn file(name: &str, words: &Words, mode: Mode) -> Answer {
    let stem = name.split('.').next().unwrap_or_default();
    let body = words.fill(stem, &crate::attacks::hostile(name));
    let answer = Answer::new(body);
    let extension = name.rsplit_once('.').map_or("", |it| it.1);
    let kind = |types: &[(&str, &'static str)]| {
        let mut types = types.iter();
        types.find(|it| it.0 == extension).map(|it| it.1)
    };
    let guess = ["txt", "json", "css", "png", "pdf"].contains(&extension);
    match (mode, kind(TYPES)) {
        (Mode::Open, Some(kind)) if !guess => answer
            .with("content-type", kind)
            .with("service-worker-allowed", "/"),
        (Mode::Open, _) => match kind(CARELESS) {
            Some(kind) => answer.with("content-type", kind),
            None => answer,
        },
        (Mode::Guarded, Some(kind)) => answer
            .with("content-type", kind)
            .with("x-content-type-options", "nosniff")
            .with("content-security-policy", SANDBOX),
        (Mode::Guarded, None) => Answer::missing(),
    }
}

/// Whether a path leads into the application, whatever a browser makes of it.
fn is_path(path: &str) -> bool {
    let plain = |c: char| c.is_ascii_graphic() && c != '\\';
    path.starts_with('/') && !path.starts_with("//") && path.chars().all(plain)
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
