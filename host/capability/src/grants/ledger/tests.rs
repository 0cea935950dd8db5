//! Decisions that hold, and those that others would like to have.

#![allow(clippy::unwrap_used)]

use std::time::{Duration, UNIX_EPOCH};

use goatkit_package::{Digest, PolicyFile};
use tempfile::TempDir;

use super::super::policy::Ahead;
use super::super::testing::{items, rules};
use super::*;

const NOW: SystemTime = UNIX_EPOCH;

struct Bench {
    data: TempDir,
    db: PlatformDb,
    ledger: Ledger,
}

fn bench() -> Bench {
    let data = tempfile::tempdir().unwrap();
    let (db, ledger) = open(&data, Policy::Nothing);
    Bench { data, db, ledger }
}

fn open(data: &TempDir, policy: Policy) -> (PlatformDb, Ledger) {
    let db = PlatformDb::open(data.path()).unwrap();
    let ledger = Ledger::open(db.clone(), items(), policy).unwrap();
    (db, ledger)
}

fn name(text: &str) -> PluginName {
    PluginName::parse(text).unwrap()
}

fn package(contents: &str) -> Binding {
    Binding::Digest(Digest::of(contents.as_bytes()))
}

#[track_caller]
fn check(
    ledger: &Ledger,
    (plugin, binding): (&str, &Binding),
    asked: &[&str],
    open: &[&str],
    in_force: &[&str],
) {
    let verdict = ledger.verdict(&name(plugin), binding, &rules(asked));
    let expect = Verdict {
        asked: rules(asked),
        open: rules(open),
        in_force: rules(in_force),
    };
    assert_eq!(verdict, expect);
}

#[test]
fn a_grant_is_for_one_name_and_one_package() {
    let Bench {
        data: _data,
        ledger,
        ..
    } = bench();
    let asked = &["call: a.b"];
    let all = rules(asked);
    let second = package("stats 2");
    let decided = ledger.decide(&name("stats"), &second, &all, &all, NOW);
    decided.unwrap();
    check(&ledger, ("stats", &second), asked, &[], asked);
    // another plugin with the same contents, one that took the name, a downgrade to a version
    // that nobody consented to, a folder of that name
    check(&ledger, ("other", &second), asked, asked, &[]);
    check(&ledger, ("stats", &package("evil")), asked, asked, &[]);
    check(&ledger, ("stats", &package("stats 1")), asked, asked, &[]);
    let folder = Binding::Folder("/srv/stats".into());
    check(&ledger, ("stats", &folder), asked, asked, &[]);
}

#[test]
fn a_folder_is_asked_only_for_what_is_new_in_it() {
    let Bench {
        data: _data,
        ledger,
        ..
    } = bench();
    let folder = Binding::Folder("/srv/stats".into());
    let stats = ("stats", &folder);
    let before = rules(&["call: a.b", "bell: use"]);
    let granted = rules(&["call: a.b"]);
    let decided = ledger.decide(&name("stats"), &folder, &before, &granted, NOW);
    decided.unwrap();
    let after = &["call: a.b", "bell: use", "call: c.d"];
    check(&ledger, stats, after, &["call: c.d"], &["call: a.b"]);
    let new = rules(&["call: c.d"]);
    let decided = ledger.decide(&name("stats"), &folder, &new, &new, NOW);
    decided.unwrap();
    check(&ledger, stats, after, &[], &["call: a.b", "call: c.d"]);
    let elsewhere = Binding::Folder("/srv/stats2".into());
    check(&ledger, ("stats", &elsewhere), after, after, &[]);
}

#[test]
fn a_revoked_grant_is_gone_at_once_and_can_be_given_again() {
    let Bench { data, ledger, .. } = bench();
    let package = package("stats");
    let stats = ("stats", &package);
    let asked = &["call: a.b", "bell: use"];
    let (all, bell) = (rules(asked), rules(&["bell: use"]));
    let decided = ledger.decide(&name("stats"), &package, &all, &all, NOW);
    decided.unwrap();
    let revoked = ledger.revoke(&name("stats"), &package, &bell, NOW);
    revoked.unwrap();
    check(&ledger, stats, asked, &[], &["call: a.b"]);
    let (_, opened_again) = open(&data, Policy::Nothing);
    check(&opened_again, stats, asked, &[], &["call: a.b"]);
    let granted = ledger.grant(&name("stats"), &package, &bell, NOW);
    granted.unwrap();
    check(&ledger, stats, asked, &[], asked);
}

#[test]
fn what_the_policy_grants_can_be_revoked() {
    let data = tempfile::tempdir().unwrap();
    let package = package("stats");
    let stats = ("stats", &package);
    let Binding::Digest(digest) = &package else {
        unreachable!()
    };
    let yaml = format!(
        "plugins: {{ stats: {{ digest: {digest}, capabilities: {{ call: [a.b, c.d] }} }} }}"
    );
    let file = PolicyFile::parse(yaml.as_bytes()).unwrap();
    let policies = [
        Policy::File(Ahead::read(&file, &items()).unwrap()),
        Policy::Everything,
    ];
    let asked = &["call: a.b", "call: c.d"];
    for policy in policies {
        let (_, ledger) = open(&data, policy);
        check(&ledger, stats, asked, &[], asked);
        let revoked = ledger.revoke(&name("stats"), &package, &rules(&["call: a.b"]), NOW);
        revoked.unwrap();
        check(&ledger, stats, asked, &[], &["call: c.d"]);
        ledger.forget(&name("stats")).unwrap();
    }
}

#[test]
fn what_cannot_be_kept_changes_nothing() {
    let Bench {
        data: _data,
        db,
        ledger,
    } = bench();
    let package = package("stats");
    let stats = ("stats", &package);
    let asked = &["call: a.b"];
    let all = rules(asked);
    let sql = |text: &str| db.with(|db| db.execute_batch(text)).unwrap();
    let full = "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
    ledger.grant(&name("stats"), &package, &all, NOW).unwrap();
    // the second half of a change, and the whole of another
    sql(&format!(
        "CREATE TRIGGER full BEFORE INSERT ON decisions {full}"
    ));
    let revoked = ledger.revoke(&name("stats"), &package, &all, NOW);
    let error = revoked.unwrap_err().to_string();
    assert!(error.contains("platform.db: the disk is full"), "{error}");
    check(&ledger, stats, asked, &[], asked);
    sql(&format!(
        "CREATE TRIGGER fuller BEFORE DELETE ON decisions {full}"
    ));
    assert!(ledger.forget(&name("stats")).is_err());
    check(&ledger, stats, asked, &[], asked);
    ledger.reload().unwrap();
    check(&ledger, stats, asked, &[], asked);
    sql("DROP TRIGGER full; DROP TRIGGER fuller");
    ledger.revoke(&name("stats"), &package, &all, NOW).unwrap();
    check(&ledger, stats, asked, &[], &[]);
    // and what cannot be read
    sql("DROP TABLE decisions");
    assert!(ledger.reload().is_err());
    check(&ledger, stats, asked, &[], &[]);
    assert!(Ledger::open(db, items(), Policy::Nothing).is_err());
}

#[cfg(unix)]
#[test]
fn a_folder_whose_path_has_no_text_is_not_granted_anything() {
    use std::os::unix::ffi::OsStringExt;
    let Bench {
        data: _data,
        ledger,
        ..
    } = bench();
    let path = std::ffi::OsString::from_vec(b"/srv/\xff".to_vec());
    let folder = Binding::Folder(path.into());
    let asked = &["bell: use"];
    let granted = ledger.grant(&name("stats"), &folder, &rules(asked), NOW);
    let error = granted.unwrap_err().to_string();
    assert!(error.contains("not UTF-8"), "{error}");
    check(&ledger, ("stats", &folder), asked, asked, &[]);
}

#[test]
fn two_processes_see_each_others_decisions() {
    let Bench { data, ledger, .. } = bench();
    let (_, other) = open(&data, Policy::Nothing);
    let package = package("stats");
    let stats = ("stats", &package);
    let asked = &["call: a.b", "bell: use"];
    let grant = |ledger: &Ledger, rule| {
        let granted = ledger.grant(&name("stats"), &package, &rules(&[rule]), NOW);
        granted.unwrap();
    };
    grant(&other, "call: a.b");
    check(&ledger, stats, asked, asked, &[]);
    ledger.reload().unwrap();
    check(&ledger, stats, asked, &["bell: use"], &["call: a.b"]);
    // one that has not heard of a decision does not undo it
    grant(&other, "bell: use");
    let revoked = ledger.revoke(&name("stats"), &package, &rules(&["call: a.b"]), NOW);
    revoked.unwrap();
    check(&ledger, stats, asked, &[], &["bell: use"]);
}

#[test]
fn decisions_are_listed_and_forgotten() {
    let Bench {
        data: _data,
        ledger,
        ..
    } = bench();
    let now = UNIX_EPOCH + Duration::from_millis(90_500);
    let (first, second) = (package("stats 1"), package("stats 2"));
    let bell = rules(&["bell: use"]);
    ledger.grant(&name("stats"), &first, &bell, now).unwrap();
    ledger.revoke(&name("stats"), &second, &bell, now).unwrap();
    ledger.grant(&name("other"), &first, &bell, now).unwrap();
    let listed: Vec<String> = ledger
        .decisions()
        .iter()
        .map(|it| serde_json::to_string(it).unwrap())
        .collect();
    assert_eq!(listed.len(), 3);
    let expect = format!(
        r#"{{"plugin":"other","binding":"{first}","rule":{{"item":"bell","text":"use"}},"granted":true,"decided_at":"1970-01-01T00:01:30.000Z"}}"#
    );
    assert_eq!(listed[0], expect);
    ledger.forget(&name("stats")).unwrap();
    let left = ledger.decisions();
    let left: Vec<&str> = left.iter().map(|it| it.plugin.as_str()).collect();
    assert_eq!(left, ["other"]);
}

#[test]
fn a_decision_that_nobody_can_read_hurts_no_other() {
    let Bench {
        data: _data,
        db,
        ledger,
    } = bench();
    let insert = "INSERT INTO decisions VALUES
        ('No Name', 'folder:/a', 'bell', 'use', 1, 0),
        ('stats', 'key:12', 'bell', 'use', 1, 0),
        ('stats', 'folder:/a', 'bell', 'use', 1, 0)";
    db.with(|db| db.execute(insert, [])).unwrap();
    ledger.reload().unwrap();
    assert_eq!(ledger.decisions().len(), 1);
    let folder = Binding::Folder("/a".into());
    check(
        &ledger,
        ("stats", &folder),
        &["bell: use"],
        &[],
        &["bell: use"],
    );
}

#[test]
fn a_manifest_asks_or_is_told_what_it_cannot_ask() {
    let Bench {
        data: _data,
        ledger,
        ..
    } = bench();
    let ask = |capabilities: &str| {
        let yaml = format!("name: a\nversion: 1.0.0\nruntime: wasm\n{capabilities}");
        ledger.ask(&Manifest::parse(yaml.as_bytes()).unwrap())
    };
    let asked = ask("capabilities: { bell: true, call: [a.b] }\nlimits: { call: 5s }");
    let expect = rules(&["bell: use", "call: a.b", "limits.call: 5000"]);
    assert_eq!(asked.unwrap(), expect);
    let problems = ask("capabilities: { bel: true }").unwrap_err();
    assert!(problems[0].contains("did you mean `bell`?"), "{problems:?}");
}
