//! What becomes of plugins, from the command line: with the host that runs on the folder, and
//! without one.

#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::Value;
use support::{Server, arg, gk, has, hello, run};
use tempfile::TempDir;

/// `gk plugin …` on a data folder.
fn plugin(data: &Path, args: &[&str]) -> support::Ran {
    run(&[&["plugin"], args, &["--data", arg(data)]].concat())
}

/// A data folder with the example, which may do what it asks, and a page that calls it.
fn data() -> TempDir {
    let data = tempfile::tempdir().unwrap();
    hello(&data.path().join("plugins"));
    let templates = data.path().join("templates");
    fs::create_dir_all(&templates).unwrap();
    let page = "{% use my_plugin %}{{ calculate_something('input').value }}";
    fs::write(templates.join("good.html"), page).unwrap();
    plugin(data.path(), &["grant", "my-plugin"]).answer();
    data
}

fn json(ran: support::Ran) -> Value {
    serde_json::from_str(&ran.answer()).unwrap()
}

#[test]
fn a_plugin_comes_and_goes_on_a_host_that_runs() {
    let data = data();
    let data = data.path();
    let server = Server::serve(data);
    assert_eq!(server.page("/good"), "5");
    let listed = plugin(data, &["list"]).answer();
    has(&listed, &["NAME", "LAST USED", "my-plugin", "loaded"]);
    let status = plugin(data, &["status", "my-plugin"]).answer();
    has(
        &status,
        &["my-plugin", ": loaded", "in memory", "hello.zip"],
    );

    has(
        &plugin(data, &["unload", "my-plugin"]).answer(),
        &["out of memory; its next call brings it back"],
    );
    has(
        &plugin(data, &["unload", "my-plugin"]).answer(),
        &["is not in memory"],
    );
    let one = json(plugin(data, &["status", "my-plugin", "--json"]));
    assert_eq!(one["state"], "registered");
    assert_eq!(server.page("/good"), "5");
    has(
        &plugin(data, &["reload", "my-plugin"]).answer(),
        &["my-plugin", "loaded anew"],
    );
    has(
        &plugin(data, &["retry", "my-plugin"]).answer(),
        &["may try again"],
    );

    let changed = json(plugin(data, &["disable", "my-plugin", "--json"]));
    assert_eq!(changed["changed"], true);
    assert_eq!(changed["plugin"]["state"], "disabled");
    let page = server.get("/good");
    assert_eq!(page.status, 500);
    has(
        &page.body,
        &["disabled by an administrator", "gk plugin enable my-plugin"],
    );
    has(
        &plugin(data, &["list"]).answer(),
        &["my-plugin", "disabled"],
    );
    let refused = plugin(data, &["unload", "my-plugin"]).refusal();
    has(&refused, &["gk plugin enable my-plugin"]);
    has(
        &plugin(data, &["disable", "my-plugin"]).answer(),
        &["is disabled already"],
    );
    has(
        &plugin(data, &["enable", "my-plugin"]).answer(),
        &[": enabled"],
    );
    assert_eq!(server.page("/good"), "5");

    let events = plugin(data, &["events"]).answer();
    has(
        &events,
        &[
            ": loaded in ",
            "out of memory: somebody asked for it",
            ": disabled\n",
            ": enabled\n",
        ],
    );
    let events = plugin(data, &["events", "--json", "--last", "2"]).answer();
    let events: Vec<Value> = events
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(events.len(), 2, "{events:?}");
    assert!(events.iter().all(|it| it["plugin"] == "my-plugin"));
    let unknown = plugin(data, &["disable", "nobody"]).refusal();
    has(&unknown, &["there is no plugin `nobody`"]);
    assert_eq!(server.stop("TERM").code(), Some(0));
}

/// A command that goes on, killed at the end.
struct Following {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Following {
    fn of(data: &Path, args: &[&str]) -> Self {
        let args = [
            &["plugin"],
            args,
            &["--follow", "--json", "--data", arg(data)],
        ]
        .concat();
        let mut child = gk(&args).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The next line that is as asked.
    fn until(&mut self, is_it: impl Fn(&Value) -> bool) -> Value {
        loop {
            let line = self.lines.next().unwrap().unwrap();
            let told: Value = serde_json::from_str(&line).unwrap();
            if is_it(&told) {
                return told;
            }
        }
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn what_happens_is_followed_until_the_host_ends() {
    let data = data();
    let data = data.path();
    let server = Server::serve(data);
    assert_eq!(server.page("/good"), "5");
    let mut events = Following::of(data, &["events", "--last", "1000"]);
    events.until(|told| told["happened"] == "loaded");
    // It follows by now.
    plugin(data, &["unload", "my-plugin"]).answer();
    let unloaded = events.until(|told| told["happened"] == "unloaded");
    assert_eq!(unloaded["why"], "by_hand");
    assert_eq!(server.stop("TERM").code(), Some(0));
    let ended = events.lines.by_ref().all(|line| line.is_ok());
    assert!(ended && events.child.wait().is_ok());
}

#[test]
fn what_is_in_memory_needs_a_host_that_runs_and_the_rest_does_not() {
    let data = data();
    let data = data.path();
    for typed in [
        &["reload", "my-plugin"][..],
        &["unload", "my-plugin"],
        &["retry", "my-plugin"],
        &["logs", "my-plugin"],
        &["logs", "my-plugin", "--follow"],
        &["events"],
        &["events", "--follow"],
    ] {
        let refused = plugin(data, typed).refusal();
        has(&refused, &["no host runs on", "hint: ", "gk serve"]);
    }
    has(
        &plugin(data, &["list"]).answer(),
        &["my-plugin", "discovered"],
    );
    has(
        &plugin(data, &["pin", "my-plugin"]).answer(),
        &["stays in memory"],
    );
    has(
        &plugin(data, &["disable", "my-plugin"]).answer(),
        &[": disabled"],
    );
    let server = Server::serve(data);
    assert_eq!(server.get("/good").status, 500);
    plugin(data, &["enable", "my-plugin"]).answer();
    assert_eq!(server.page("/good"), "5");
    has(
        &plugin(data, &["list"]).answer(),
        &["my-plugin", "loaded, pinned"],
    );
    has(
        &plugin(data, &["unpin", "my-plugin"]).answer(),
        &["no longer"],
    );
    let lines = plugin(data, &["logs", "my-plugin", "--json"]);
    assert_eq!(lines.code, 0, "{lines:?}");
    let unknown = plugin(data, &["logs", "nobody"]).refusal();
    has(&unknown, &["there is no plugin `nobody`"]);
    let nowhere = data.join("nowhere");
    has(
        &plugin(&nowhere, &["events"]).refusal(),
        &["there is no data folder"],
    );
}

#[test]
fn a_plugin_is_taken_out_with_a_host_and_without_one() {
    let data = data();
    let data = data.path();
    let zip = data.join("plugins/hello.zip");
    let bytes = fs::read(&zip).unwrap();
    let server = Server::serve(data);
    assert_eq!(server.page("/good"), "5");
    let nobody = plugin(data, &["uninstall", "my-plugin"]).refusal();
    has(
        &nobody,
        &["this remains", "there is nobody to ask", "hint: ", "--yes"],
    );
    assert!(zip.exists());
    let done = plugin(data, &["uninstall", "my-plugin", "--yes"]).answer();
    has(
        &done,
        &[
            "my-plugin",
            ": uninstalled",
            "this remains",
            "--purge",
            "on what it may do",
        ],
    );
    assert!(!zip.exists());
    assert_eq!(server.get("/good").status, 500);
    has(
        &plugin(data, &["list"]).answer(),
        &["there are no plugins: `gk plugin install`"],
    );
    has(
        &plugin(data, &["uninstall", "my-plugin", "--yes"]).refusal(),
        &["is not installed", "--purge"],
    );
    assert_eq!(server.stop("TERM").code(), Some(0));

    // What was decided is found again, until it is purged.
    fs::write(&zip, &bytes).unwrap();
    let server = Server::serve(data);
    assert_eq!(server.page("/good"), "5");
    drop(server);
    let purged = plugin(
        data,
        &["uninstall", "my-plugin", "--purge", "--yes", "--json"],
    );
    has(&purged.stderr, &["goes, for good"]);
    let purged = json(purged);
    assert_eq!(purged["purged"], true);
    assert_eq!(purged["problems"], serde_json::json!([]));
    assert_eq!(purged["remains"]["decisions"], 0);
    let kept = |folder: &str| {
        let files = fs::read_dir(data.join(folder)).unwrap();
        let files = files.map(|it| it.unwrap().file_name().into_string().unwrap());
        let kept: Vec<String> = files.filter(|it| it.len() > 40).collect();
        kept
    };
    for folder in ["store", "registrations", "cache"] {
        assert_eq!(kept(folder), [] as [String; 0], "{folder}");
    }
    fs::write(&zip, &bytes).unwrap();
    let server = Server::serve(data);
    let page = server.get("/good");
    assert_eq!(page.status, 500);
    has(&page.body, &["waits until an administrator consents"]);
    let wrong = plugin(data, &["uninstall", "my-plugin", "--careful", "--yes"]);
    assert_eq!(wrong.code, 2, "{wrong:?}");
}
