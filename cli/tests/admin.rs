//! Where `gk serve --admin` listens for administrators: who is let in, by which token or sign-in,
//! and what it shows.

#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use goatkit_test_support::Package;
use support::{Server, arg, gk, has, hello, run};
use tempfile::TempDir;

const PASSWORD: &str = "correct horse battery";

fn data() -> TempDir {
    let data = tempfile::tempdir().unwrap();
    hello(&data.path().join("plugins"));
    data
}

fn serve(data: &Path) -> Server {
    let here = "127.0.0.1:0";
    Server::start(&[
        "serve",
        "--listen",
        here,
        "--admin",
        here,
        "--data",
        arg(data),
    ])
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {}\r\n", token.trim())
}

fn first_token(data: &Path) -> String {
    fs::read_to_string(data.join("admin-token")).unwrap()
}

#[test]
fn the_first_token_opens_everything_until_it_is_revoked() {
    let data = data();
    let folder = arg(data.path());
    let server = serve(data.path());
    let file = fs::metadata(data.path().join("admin-token")).unwrap();
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
    let token = first_token(data.path());
    assert!(token.starts_with("gka_"), "{token}");

    let refused = server.administer("GET", "/api/v1/plugins", "", "");
    assert_eq!(refused.status, 401);
    let plugins = server.administer("GET", "/api/v1/plugins", &bearer(&token), "");
    assert_eq!(
        plugins.json()["plugins"].as_array().unwrap().len()
            + plugins.json()["waiting"].as_array().unwrap().len(),
        1
    );
    // What names a file of this machine is on the socket only.
    let install = server.administer("POST", "/api/v1/install", &bearer(&token), "{}");
    assert_eq!(install.status, 404);

    let narrow = run(&[
        "token", "create", "narrow", "--scope", "read", "--data", folder,
    ])
    .answer();
    let narrow = narrow
        .split_whitespace()
        .find(|it| it.starts_with("gka_"))
        .unwrap();
    assert_eq!(
        server
            .administer("GET", "/api/v1/plugins", &bearer(narrow), "")
            .status,
        200
    );
    let refused = server.administer("GET", "/api/v1/users", &bearer(narrow), "");
    assert_eq!(refused.status, 403);
    has(&refused.body, &["--scope people"]);

    run(&["token", "revoke", "1", "--data", folder]).answer();
    let gone = server.administer("GET", "/api/v1/plugins", &bearer(&token), "");
    assert_eq!(gone.status, 401);
    assert_eq!(server.stop("TERM").code(), Some(0));
    // It does not come back.
    fs::remove_file(data.path().join("admin-token")).unwrap();
    let server = serve(data.path());
    assert!(!data.path().join("admin-token").exists());
    assert_eq!(
        server
            .administer("GET", "/api/v1/plugins", &bearer(narrow), "")
            .status,
        200
    );
}

#[test]
fn an_administrator_signs_in_there_and_nowhere_else_by_that() {
    let data = data();
    let typed = [
        "user",
        "add",
        "ada",
        "--role",
        "administrator",
        "--data",
        arg(data.path()),
    ];
    let mut child = gk(&typed)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "{PASSWORD}").unwrap();
    assert!(child.wait().unwrap().success());
    let server = serve(data.path());
    let form = format!("login=ada&password={}", PASSWORD.replace(' ', "+"));
    let form_type = "Content-Type: application/x-www-form-urlencoded\r\n";
    let entered = server.administer("POST", "/sign-in", form_type, &form);
    assert_eq!(entered.status, 303, "{}", entered.body);
    let set = entered.header("set-cookie").unwrap();
    has(set, &["gk_admin=", "; HttpOnly; SameSite=Strict"]);
    let (_, session) = set.split(';').next().unwrap().split_once('=').unwrap();
    let shown = |name: &str| format!("Cookie: {name}={session}\r\n");
    let page = server.administer("GET", "/", &shown("gk_admin"), "");
    has(&page.body, &["my-plugin", "Users: 1."]);
    // Elsewhere, or in the other's cookie, it is no session at all.
    let list = server.administer("GET", "/api/v1/users", &shown("gk_session"), "");
    assert_eq!(list.status, 401);
    let application = server.get_with("/sign-in", &shown("gk_session"));
    assert!(!application.body.contains("ada"), "{}", application.body);
}

#[test]
fn it_tells_how_it_is_and_what_it_counted() {
    let data = data();
    let server = serve(data.path());
    assert_eq!(server.administer("GET", "/healthz", "", "").body, "ok\n");
    // Until what the plugins bring is known; the test ends if that never comes.
    while server.administer("GET", "/readyz", "", "").status == 503 {}
    server.get("/nothing");
    let token = bearer(&first_token(data.path()));
    let figures = server.administer("GET", "/metrics", &token, "");
    assert_eq!(figures.status, 200);
    has(
        &figures.body,
        &[
            "goatkit_requests_total{place=\"application\",status=\"4xx\"} 1\n",
            "# TYPE goatkit_sessions_free gauge\n",
        ],
    );
    let asked = server.get("/metrics");
    assert_eq!(asked.status, 404, "the application shows no figures");
}

#[test]
fn figures_tell_what_plugins_do() {
    let data = data();
    let (plugins, templates) = (data.path().join("plugins"), data.path().join("templates"));
    Package::of_guest("cache_ok")
        .line("capabilities: { cache: { bytes: 1MiB } }")
        .write_zip(&plugins);
    fs::create_dir(&templates).unwrap();
    let page = "{% use cache_ok %}{{ read(query.key) or 'nothing' }}";
    fs::write(templates.join("cached.html"), page).unwrap();
    run(&["plugin", "grant", "cache-ok", "--data", arg(data.path())]).answer();
    let server = serve(data.path());
    assert_eq!(server.page("/cached?key=a"), "nothing");
    // A key that the cache refuses.
    assert_eq!(server.get("/cached?key=").status, 500);
    let token = bearer(&first_token(data.path()));
    let figures = server.administer("GET", "/metrics", &token, "").body;
    has(
        &figures,
        &[
            "goatkit_calls_total{plugin=\"cache-ok\",kind=\"function\",outcome=\"ok\"} 1\n",
            "goatkit_calls_total{plugin=\"cache-ok\",kind=\"function\",outcome=\"fault\"} 1\n",
            "goatkit_faults_total{plugin=\"cache-ok\",capability=\"cache\",kind=\"invalid\"} 1\n",
            "goatkit_call_seconds_bucket{plugin=\"cache-ok\",kind=\"function\",le=\"300\"} 2\n",
            "goatkit_load_seconds_bucket{plugin=\"cache-ok\",le=\"60\"} ",
            "goatkit_load_seconds_bucket{plugin=\"cache-ok\",le=\"+Inf\"} 1\n",
            "goatkit_happenings_total{plugin=\"cache-ok\",happened=\"loaded\",why=\"\"} 1\n",
            "# TYPE goatkit_plugins_loaded gauge\n",
        ],
    );
    // What somebody passed is in no figure.
    assert!(!figures.contains("key=\"a\""), "{figures}");
}

#[test]
fn only_loopback_is_listened_on_and_by_its_own_name() {
    let data = data();
    let folder = arg(data.path());
    let here = "127.0.0.1:0";
    let typed = [
        "serve",
        "--listen",
        here,
        "--admin",
        "0.0.0.0:0",
        "--data",
        folder,
    ];
    has(&run(&typed).refusal(), &["refusing to listen on 0.0.0.0:0"]);
    let server = serve(data.path());
    let refused = server.administer("GET", "/healthz", "Host: evil.example\r\n", "");
    assert!([400, 421].contains(&refused.status), "{}", refused.status);
}
