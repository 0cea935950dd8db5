//! A host that is killed while it serves, and started again: what it had said that it did is done.

#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use goatkit_test_support::{OpenLoop, Package};
use serde_json::Value;
use support::{EARLY, Server, arg, hello, run};

/// Plans after which the host is killed, each time it was started: once while it loads what it
/// serves, and then in the midst of its work.
const KILLED_AFTER: [usize; 3] = [1, 10, 25];

/// Who plans at the same time.
const PLANNERS: usize = 3;

const TEMPLATES: [(&str, &str); 2] = [
    (
        "good.html",
        "{% use my_plugin %}{{ calculate_something('input').value }}",
    ),
    (
        "plan.html",
        "{% use schedule_ok %}[{{ schedule_ok.plan('0 3 * * *', 'tick', query.number) }}]",
    ),
];

/// A data folder with two plugins that were granted what they ask.
fn data() -> tempfile::TempDir {
    let data = tempfile::tempdir().unwrap();
    let plugins = data.path().join("plugins");
    hello(&plugins);
    Package::of_guest("schedule_ok")
        .line("capabilities: { schedule: { jobs: 100, min_period: 1m } }")
        .write_zip(&plugins);
    let templates = data.path().join("templates");
    fs::create_dir_all(&templates).unwrap();
    for (name, text) in TEMPLATES {
        fs::write(templates.join(name), text).unwrap();
    }
    for plugin in ["my-plugin", "schedule-ok"] {
        run(&["plugin", "grant", plugin, "--data", arg(data.path())]).answer();
    }
    data
}

/// What a command of `gk plugin` prints as JSON.
fn printed(data: &Path, command: &[&str]) -> Value {
    let typed = [&["plugin"], command, &["--json", "--data", arg(data)]].concat();
    serde_json::from_str(&run(&typed).answer()).unwrap()
}

/// Plans a job unlike any before: its identifier, if all of the answer came. Asks again where the
/// plugin was not ready in time.
fn plan(address: SocketAddr) -> io::Result<String> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let mut stream = TcpStream::connect(address)?;
    let request = format!(
        "GET /plan?number={number} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let id = answer
        .split_once('[')
        .and_then(|(_, it)| it.split_once(']'));
    match id {
        Some((id, _)) => Ok(id.to_owned()),
        None if answer.is_empty() => Err(io::ErrorKind::UnexpectedEof.into()),
        None if answer.contains(EARLY) => plan(address),
        None => Err(io::Error::other(answer)),
    }
}

/// Plans and visits pages until so many plans were answered, and then kills the host. Those that
/// were answered are added to `plans`.
fn kill_under_load(server: Server, after: usize, plans: &Mutex<Vec<String>>) {
    let address = server.url("").strip_prefix("http://").unwrap().parse();
    let address: SocketAddr = address.unwrap();
    let enough = plans.lock().unwrap().len() + after;
    let (told, planned) = std::sync::mpsc::channel();
    thread::scope(|scope| {
        let visitors = scope.spawn(|| {
            let visit = OpenLoop {
                address,
                path: "/good".to_owned(),
                rate: 100,
                requests: 200,
                connections: 4,
            };
            visit.run()
        });
        for _ in 0..PLANNERS {
            let told = told.clone();
            // Until the host is gone.
            scope.spawn(move || {
                while let Ok(id) = plan(address) {
                    let mut plans = plans.lock().unwrap();
                    plans.push(id);
                    let _ = told.send(plans.len());
                }
            });
        }
        drop(told);
        let reached = planned.iter().any(|plans| plans >= enough);
        assert!(reached, "the planners ended by themselves");
        assert_eq!(server.stop("KILL").code(), None, "a signal ended it");
        let visited = visitors.join().unwrap();
        // Whoever had an answer had a good one.
        assert!(visited.statuses.keys().all(|it| *it == 200), "{visited}");
    });
}

#[test]
fn a_host_that_is_killed_under_load_loses_nothing() {
    let data = data();
    let data = data.path();
    let granted = printed(data, &["grants"]);
    // What visitors ask for is compiled: on a busy machine that may take longer than a page waits.
    let server = Server::serve(data);
    assert_eq!(server.page("/good"), "5");
    assert!(server.stop("TERM").success());
    let plans = Mutex::<Vec<String>>::default();
    for after in KILLED_AFTER {
        kill_under_load(Server::serve(data), after, &plans);
        // Without a host the folder itself is read.
        assert_eq!(printed(data, &["grants"]), granted, "no grant is lost");
        let jobs = printed(data, &["jobs"]);
        let jobs = jobs.as_array().unwrap();
        for id in &*plans.lock().unwrap() {
            assert!(jobs.iter().any(|job| job["id"] == **id), "{id} is lost");
        }
    }
    let server = Server::serve(data);
    let list = server.get("/api/v1/plugins").json();
    for plugin in list["plugins"].as_array().unwrap() {
        let state = plugin["state"].as_str().unwrap();
        assert!(["registered", "loaded"].contains(&state), "{list}");
    }
    assert_eq!(server.page("/good"), "5");
    let one_more = server.page("/plan?number=last");
    assert!(one_more.starts_with('['), "{one_more}");
    let planned = plans.lock().unwrap().len();
    let jobs = printed(data, &["jobs"]).as_array().unwrap().len();
    assert!(jobs > planned, "{jobs} jobs, and {planned} were planned");
    assert_eq!(server.stop("TERM").code(), Some(0));
}
