//! `gk demo`: what it shows, and that the second start need not compile.

#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::time::Instant;

use support::{Server, arg, gk, has, run};

fn demo() -> Server {
    Server::start(&["demo", "--listen", "127.0.0.1:0"])
}

/// The same, as an agent sees it.
fn demo_of_an_agent() -> Server {
    demo().sign_in("root@localhost")
}

#[test]
fn it_shows_what_there_is_to_see() {
    let server = demo_of_an_agent();
    let list = server.get("/api/v1/plugins").json();
    assert_eq!(list["plugins"][0]["name"], "my-plugin");
    assert_eq!(list["refused"].as_array().unwrap().len(), 0);
    has(
        &server.page("/"),
        &["/demo/hello", "My Feature", "/api/v1/plugins"],
    );
    has(
        &server.page("/demo/hello"),
        &["<div class=\"stats-widget\">", "<p>Result: 5</p>"],
    );

    let one = server.get("/api/v1/plugins/my-plugin");
    assert_eq!(
        one.json()["registration"]["functions"][0]["name"],
        "calculate_something"
    );
    assert_eq!(server.get("/api/v1/plugins/nobody").status, 404);
    assert_eq!(server.stop("TERM").code(), Some(0));
}

#[test]
fn who_is_not_signed_in_is_sent_to_do_so() {
    let server = demo();
    let start = server.page("/");
    assert!(!start.contains("My Feature"), "{start}");
    for path in ["/admin/my-feature", "/agent/notes", "/demo/tickets"] {
        let answer = server.get(path);
        assert_eq!(answer.status, 303, "{path}");
        has(answer.header("location").unwrap(), &["/sign-in?next="]);
    }
}

#[test]
fn it_leaves_nothing_in_the_folder_for_temporary_files() {
    let temporary = tempfile::tempdir().unwrap();
    let mut command = gk(&["demo", "--listen", "127.0.0.1:0"]);
    command.env("TMPDIR", temporary.path());
    let server = Server::spawn(command);
    let left = || fs::read_dir(temporary.path()).unwrap().count();
    assert_eq!(left(), 1);
    assert_eq!(server.stop("INT").code(), Some(0));
    assert_eq!(left(), 0);
}

#[test]
fn a_plugins_page_speaks_the_readers_language() {
    let server = demo_of_an_agent();
    for (language, title) in [
        ("en", "My feature"),
        ("de-AT, en;q=0.5", "Meine Funktion"),
        ("fr", "My feature"),
    ] {
        let headers = format!("Accept-Language: {language}\r\n");
        let page = server.get_with("/admin/my-feature", &headers);
        assert_eq!(page.status, 200);
        has(
            &page.body,
            &[&format!("<h1>{title}</h1>"), "input: <strong>5</strong>"],
        );
    }
}

#[test]
fn its_stylesheet_is_served_for_ever_under_the_digest() {
    let server = demo_of_an_agent();
    let page = server.page("/admin/my-feature");
    let (_, link) = page.split_once("rel=\"stylesheet\" href=\"").unwrap();
    let path = link.split('"').next().unwrap();
    let digest = server.get("/api/v1/plugins/my-plugin").json()["digest"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        path,
        format!("/plugins/my-plugin/{digest}/static/my-feature.css")
    );

    let sheet = server.get(path);
    assert_eq!(sheet.status, 200);
    assert!(
        sheet
            .header("content-type")
            .unwrap()
            .starts_with("text/css")
    );
    has(sheet.header("cache-control").unwrap(), &["immutable"]);
    assert_eq!(sheet.header("x-content-type-options"), Some("nosniff"));
    has(&sheet.body, &[".my-feature"]);

    let other = path.replace(&digest, &"0".repeat(digest.len()));
    assert_eq!(server.get(&other).status, 404);
    assert_eq!(
        server
            .get(&path.replace("my-feature.css", "../manifest.yaml"))
            .status,
        404
    );
}

#[test]
fn the_second_start_compiles_nothing() {
    drop(demo());
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let mut command = gk(&["demo", "--listen", "127.0.0.1:0", "--verbose"]);
    command.stderr(fs::File::create(&log).unwrap());
    let begin = Instant::now();
    let server = Server::spawn(command);
    println!("listens {:?} after its start", begin.elapsed());
    has(&server.page("/demo/hello"), &["Result: 5"]);
    drop(server);
    let log = fs::read_to_string(&log).unwrap();
    has(&log, &["loading"]);
    assert!(!log.contains("compiled"), "{log}");
}

#[test]
fn a_named_data_folder_is_kept_with_what_a_person_changed() {
    let data = tempfile::tempdir().unwrap();
    let start = || {
        Server::start(&[
            "demo",
            "--listen",
            "127.0.0.1:0",
            "--data",
            arg(data.path()),
        ])
    };
    assert_eq!(start().stop("INT").code(), Some(0));
    assert!(data.path().join("plugins/hello.zip").is_file());

    fs::write(data.path().join("templates/index.html"), "mine").unwrap();
    let server = start();
    assert_eq!(server.page("/"), "mine");
    has(&server.page("/demo/hello"), &["Result: 5"]);
}

#[test]
fn what_it_cannot_do_is_told() {
    let refused = |args: &[&str]| run(&[&["demo"], args].concat()).refusal();
    has(&refused(&["--listen", "10.0.0.1:80"]), &["plain HTTP"]);
    let work = tempfile::tempdir().unwrap();
    let file = work.path().join("file");
    fs::write(&file, "").unwrap();
    let data = file.join("data");
    has(
        &refused(&["--listen", "127.0.0.1:0", "--data", arg(&data)]),
        &["cannot make", "file/data", "hint: name a data folder"],
    );
}
