//! `gk serve`: where it listens, how it stops, and that one broken thing leaves the rest
//! serving.

#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;

use goatkit_test_support::Package;
use support::{Server, arg, has, hello, run};
use tempfile::TempDir;

/// A data folder with the example in it, and these templates.
fn data(templates: &[(&str, &str)]) -> TempDir {
    let data = tempfile::tempdir().unwrap();
    hello(&plugins(&data));
    let folder = data.path().join("templates");
    fs::create_dir_all(&folder).unwrap();
    for (name, text) in templates {
        fs::write(folder.join(name), text).unwrap();
    }
    // It asks for a path of the application's.
    run(&["plugin", "grant", "my-plugin", "--data", arg(data.path())]).answer();
    data
}

fn plugins(data: &TempDir) -> std::path::PathBuf {
    data.path().join("plugins")
}

fn refused(listen: &str, data: &Path) -> String {
    run(&["serve", "--listen", listen, "--data", arg(data)]).refusal()
}

const GOOD: (&str, &str) = (
    "good.html",
    "{% use my_plugin %}{{ calculate_something('input').value }}",
);

#[test]
fn it_stops_cleanly() {
    for signal in ["TERM", "INT"] {
        let data = data(&[GOOD]);
        let server = Server::serve(data.path());
        assert_eq!(server.page("/good"), "5");
        assert_eq!(server.stop(signal).code(), Some(0), "{signal}");
    }
}

#[test]
fn with_a_second_signal_it_waits_for_nothing() {
    let data = data(&[GOOD]);
    let server = Server::serve(data.path());
    // A request that goes on: its body is waited for.
    let address = server.url("").replace("http://", "");
    let mut asking = TcpStream::connect(&address).unwrap();
    let head = format!(
        "POST /sign-in HTTP/1.1\r\nHost: {address}\r\nContent-Length: 10\r\nExpect: \
         100-continue\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n"
    );
    asking.write_all(head.as_bytes()).unwrap();
    let mut line = String::new();
    BufReader::new(&asking).read_line(&mut line).unwrap();
    assert!(line.contains("100 Continue"), "{line}");
    server.signal("TERM");
    assert_eq!(server.stop("INT").code(), Some(1));
}

#[test]
fn in_safe_mode_plugins_show_nothing_and_answer() {
    let data = data(&[GOOD]);
    let own = "/admin/my-feature";
    let usual = Server::serve(data.path());
    assert_eq!(
        usual.get(own).status,
        303,
        "whoever comes is asked to sign in"
    );
    assert_eq!(usual.stop("TERM").code(), Some(0));
    let folder = arg(data.path());
    let safe = Server::start(&[
        "serve",
        "--safe-mode",
        "--listen",
        "127.0.0.1:0",
        "--data",
        folder,
    ]);
    assert_eq!(safe.get(own).status, 404);
    assert_eq!(safe.page("/good"), "5");
}

#[test]
fn only_loopback_is_listened_on() {
    let data = data(&[]);
    has(
        &refused("0.0.0.0:0", data.path()),
        &[
            "refusing to listen on 0.0.0.0:0",
            "plain HTTP",
            "hint: use 127.0.0.1:0",
        ],
    );
    has(
        &refused("nowhere", data.path()),
        &["`nowhere` is no address", "hint: "],
    );
}

#[test]
fn a_port_in_use_is_told() {
    let data = data(&[]);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let refusal = refused(&address, data.path());
    has(&refusal, &[&address, "the port is in use", "hint: "]);
}

#[test]
fn a_data_folder_that_cannot_be_written_is_told() {
    let work = tempfile::tempdir().unwrap();
    let file = work.path().join("file");
    fs::write(&file, "").unwrap();
    let refusal = refused("127.0.0.1:0", &file.join("data"));
    has(
        &refusal,
        &["file/data", "choose a data folder that this user may write"],
    );
}

#[test]
fn wrong_usage_has_a_code_of_its_own() {
    for typed in [&["serve"][..], &["serve", "--listen"], &["nothing"], &[]] {
        assert_eq!(run(typed).code, 2, "{typed:?}");
    }
    assert_eq!(run(&["--version"]).code, 0);
}

#[test]
fn a_broken_zip_leaves_the_others_serving() {
    let data = data(&[GOOD]);
    fs::write(plugins(&data).join("broken.zip"), "PK no zip").unwrap();
    Package::of_guest("wrong_name").write_zip(&plugins(&data));
    let server = Server::serve(data.path());
    assert_eq!(server.page("/good"), "5");

    let list = server.get("/api/v1/plugins").json();
    assert_eq!(list["refused"][0]["file"], "broken.zip");
    let states: Vec<_> = list["plugins"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["state"])
        .collect();
    assert!(states.iter().any(|state| *state == "broken"), "{list}");
    assert_eq!(server.page("/good"), "5");
}

#[test]
fn a_template_that_fails_says_where_and_leaves_the_others_serving() {
    let data = data(&[
        GOOD,
        ("plugin.html", "first\n{% use nobody %}\n{{ f() }}"),
        (
            "function.html",
            "{% use my_plugin %}\n\n{{ calculate_somethin('x') }}",
        ),
    ]);
    let server = Server::serve(data.path());
    for (path, expect) in [
        (
            "/plugin",
            &["plugin.html", "line 2", "no plugin `nobody`"][..],
        ),
        (
            "/function",
            &["function.html", "line 3", "calculate_something"],
        ),
    ] {
        let answer = server.get(path);
        assert_eq!(answer.status, 500, "{path}");
        has(&answer.body.replace("&#x27;", "'"), expect);
        assert_eq!(server.page("/good"), "5");
    }
    assert_eq!(server.get("/no/such/page").status, 404);
}

#[test]
fn a_guest_that_breaks_off_costs_its_page_only() {
    let data = data(&[GOOD, ("panic.html", "{% use panics %}\n{{ panic() }}")]);
    Package::of_guest("panics").write_zip(&plugins(&data));
    let server = Server::serve(data.path());
    for _ in 0..2 {
        let answer = server.get("/panic");
        assert_eq!(answer.status, 500);
        has(
            &answer.body,
            &[
                "plugin `panics`",
                "function `panic`",
                "panic.html",
                "line 2",
            ],
        );
        assert_eq!(server.page("/good"), "5");
    }
}

/// What `gk plugin build` knows of the templates' own names.
#[test]
fn templates_have_the_builtins_that_build_warns_of() {
    let names = ["debug", "dict", "namespace", "range"];
    let tests: String = names
        .map(|name| format!("{{{{ {name} is defined }}}} "))
        .concat();
    let data = data(&[("names.html", &tests)]);
    let server = Server::serve(data.path());
    assert_eq!(server.page("/names").trim_end(), "True True True True");
}

#[test]
fn unpacked_plugins_are_served_in_dev_mode_only() {
    let data = data(&[("count.html", "{% use panics %}{{ count() }}")]);
    Package::of_guest("panics").write_folder(&plugins(&data));
    let server = Server::serve(data.path());
    assert_eq!(server.get("/count").status, 500);
    drop(server);
    let typed = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--data",
        arg(data.path()),
        "--dev",
    ];
    assert_eq!(Server::start(&typed).page("/count"), "1");
}
