//! What the demo does at given times, shown and run from the command line: with the host that
//! runs on the folder, and without one.

#![allow(clippy::unwrap_used)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use mail_parser::{MessageParser, MimeHeaders};
use serde_json::Value;
use support::{Server, arg, has, run};

/// `gk plugin jobs …` on a data folder.
fn jobs(data: &Path, args: &[&str]) -> support::Ran {
    run(&[&["plugin", "jobs"], args, &["--data", arg(data)]].concat())
}

/// The mails in the folder, oldest first.
fn mails(data: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(data.join("mail")).unwrap();
    let mut files: Vec<PathBuf> = files.map(|it| it.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn the_weekly_report_is_a_mail_with_its_figures_attached() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    let server = Server::start(&["demo", "--listen", "127.0.0.1:0", "--data", arg(data)])
        .sign_in("root@localhost");
    has(&server.page("/demo/stats"), &["<dd id=\"total\">5000</dd>"]);
    let ran = jobs(data, &["run", "stats", "weekly-report"]).answer();
    has(&ran, &["stats weekly-report: ok"]);
    // It was planned when the plugin was activated, and the run is noted.
    let shown = jobs(data, &["stats"]).answer();
    has(&shown, &["weekly-report", "0 7 * * 1 UTC", "ok"]);
    let listed: Value = serde_json::from_str(&jobs(data, &["--json"]).answer()).unwrap();
    let planned = listed.as_array().unwrap().iter();
    let planned: Vec<&Value> = planned.filter(|job| job["origin"] == "scheduled").collect();
    assert_eq!(planned.len(), 1, "{listed}");
    assert!(planned[0]["due"].is_string(), "{listed}");

    let files = mails(data);
    assert_eq!(files.len(), 1, "{files:?}");
    assert_eq!(files[0].extension().unwrap(), "eml");
    let bytes = fs::read(&files[0]).unwrap();
    let mail = MessageParser::default().parse(&bytes).unwrap();
    let address = |header: Option<&mail_parser::Address<'_>>| {
        header
            .unwrap()
            .first()
            .unwrap()
            .address()
            .unwrap()
            .to_owned()
    };
    assert_eq!(address(mail.from()), "stats@example.com");
    assert_eq!(address(mail.to()), "root@localhost");
    has(mail.body_html(0).unwrap().as_ref(), &["<table"]);
    let file = mail.attachment(0).unwrap();
    assert_eq!(file.attachment_name(), Some("report.csv"));
    let csv = String::from_utf8(file.contents().to_vec()).unwrap();
    let lines: Vec<&str> = csv.lines().collect();
    assert!(lines.len() > 3, "{csv}");
    let cells = |line: &str| line.split(',').count();
    assert!(
        lines.iter().all(|line| cells(line) == cells(lines[0])),
        "{csv}"
    );

    // Whoever may not write mail is told, and so is who asks for another job.
    let revoked = ["plugin", "revoke", "stats", "mail", "--data", arg(data)];
    run(&revoked).answer();
    let denied = jobs(data, &["run", "stats", "weekly-report"]).refusal();
    has(&denied, &["not granted: mail: "]);
    let unknown = jobs(data, &["run", "stats", "weekly-rapport"]).refusal();
    has(&unknown, &["did you mean `weekly-report`?"]);
    assert_eq!(mails(data).len(), 1);
    assert_eq!(server.stop("TERM").code(), Some(0));

    // Without a host that runs, the folder is worked on.
    run(&["plugin", "grant", "stats", "mail", "--data", arg(data)]).answer();
    jobs(data, &["run", "stats", "weekly-report"]).answer();
    assert_eq!(mails(data).len(), 2);
}

#[test]
fn what_makes_no_sense_is_told() {
    let data = tempfile::tempdir().unwrap();
    has(&jobs(data.path(), &[]).answer(), &["there are no jobs"]);
    let unknown = jobs(data.path(), &["run", "nobody", "x"]).refusal();
    has(&unknown, &["there is no plugin `nobody`"]);
    let args = ["run", "nobody", "x", "--args", "{"];
    has(&jobs(data.path(), &args).refusal(), &["no JSON"]);
    has(&run(&["plugin", "jobs"]).refusal(), &["which data folder?"]);
}
