//! What is on disk: apart, private, shared by hosts, damaged.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use serde_json::json;

use super::{Data, get, name, open, schema, scope, secret, text};
use crate::Fault;
use crate::config::{Origin, Schema};

#[test]
fn secrets_are_apart_and_private() {
    let data = Data::new();
    data.set("url", json!("plain-text")).unwrap();
    data.set("token", json!("hunter2")).unwrap();
    let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(data.secrets()), 0o700);
    assert_eq!(mode(data.file()), 0o600);
    let names: Vec<_> = fs::read_dir(data.secrets()).unwrap().collect();
    assert_eq!(names.len(), 1, "nothing is left beside it");
    let found = |name: &str, text: &str| {
        let bytes = fs::read(data.folder.path().join(name)).unwrap();
        String::from_utf8_lossy(&bytes).contains(text)
    };
    assert!(found("platform.db-wal", "plain-text") && !found("platform.db-wal", "hunter2"));
    assert!(found("secrets/stats.json", "hunter2"));
}

#[test]
fn a_folder_that_was_open_to_others_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let secrets = folder.path().join("secrets");
    fs::create_dir(&secrets).unwrap();
    fs::set_permissions(&secrets, Permissions::from_mode(0o755)).unwrap();
    open(&folder, json!({}));
    assert_eq!(
        fs::metadata(&secrets).unwrap().permissions().mode() & 0o777,
        0o700
    );
}

#[test]
fn a_bad_file_of_secrets_is_told_and_hurts_nobody_else() {
    type Spoil = fn(&Data);
    let cases: [(Spoil, &str); 4] = [
        (
            |data| fs::write(data.file(), "{\"token\": \"hunter2").unwrap(),
            "is damaged: restore it",
        ),
        (
            |data| fs::write(data.file(), "\"hunter2\"").unwrap(),
            "is damaged: restore it",
        ),
        (
            |data| fs::write(data.file(), b"\xff").unwrap(),
            "stats.json",
        ),
        (
            |data| fs::set_permissions(data.file(), Permissions::from_mode(0o640)).unwrap(),
            "may be read by others: make it private",
        ),
    ];
    for (spoil, expect) in cases {
        let before = Data::new();
        before.set("url", json!("a")).unwrap();
        before.set("token", json!("hunter2")).unwrap();
        let other = name("other");
        before
            .settings
            .set(&other, &schema(), "token", json!("theirs"))
            .unwrap();
        spoil(&before);

        let data = before.another();
        let config = data.config();
        let fault = secret(&config, "token").unwrap_err();
        assert!(matches!(fault, Fault::Unavailable(_)), "{fault}");
        assert!(
            !fault.to_string().contains(".json"),
            "a plugin sees no path: {fault}"
        );
        assert_eq!(get(&config, "url"), text("\"a\""));
        assert_eq!(
            secret(&data.config_of("other", schema()), "token"),
            text("theirs")
        );

        let told = [
            data.settings
                .shown(&name("stats"), &schema())
                .err()
                .unwrap(),
            data.set("second", json!("x")).unwrap_err(),
            data.unset("token").unwrap_err(),
        ];
        for error in told {
            let all = format!("{error} {error:?}");
            assert!(all.contains(expect) && all.contains("stats.json"), "{all}");
            assert!(!all.contains("hunter2"), "{all}");
        }
        data.set("url", json!("b")).unwrap();
        data.settings.remove(&name("stats")).unwrap();
        data.set("token", json!("anew")).unwrap();
        assert_eq!(secret(&config, "token"), text("anew"));
    }
}

#[test]
fn two_hosts_on_one_folder_lose_nothing_of_each_other() {
    let one = Data::new();
    let two = one.another();
    assert_eq!(get(&two.config(), "url"), Ok(None));
    one.set("url", json!("a")).unwrap();
    one.set("token", json!("from-one")).unwrap();
    two.set("second", json!("from-two")).unwrap();
    let config = two.config();
    assert_eq!(
        get(&config, "url"),
        text("\"a\""),
        "a change reads what is on disk"
    );
    assert_eq!(secret(&config, "token"), text("from-one"));
    assert_eq!(
        one.shown("second").origin,
        Origin::Set,
        "so does an administrator's look"
    );
    assert_eq!(secret(&one.config(), "second"), text("from-two"));
}

#[test]
fn many_at_once_lose_nothing_of_each_other() {
    let data = Data::new();
    let keys: Vec<String> = (0..24).map(|at| format!("k{at}")).collect();
    let secret = json!({ "type": "string", "writeOnly": true });
    let properties: serde_json::Map<_, _> = keys
        .iter()
        .map(|key| (key.clone(), secret.clone()))
        .collect();
    let schema = || Schema::parse(&json!({ "properties": properties })).unwrap();
    let hosts = [data.another(), data.another()];
    std::thread::scope(|threads| {
        for (at, key) in keys.iter().enumerate() {
            let settings = &hosts[at % 2].settings;
            threads.spawn(move || {
                settings
                    .set(&name("stats"), &schema(), key, json!(key))
                    .unwrap()
            });
        }
    });
    let config = data.config_of("stats", schema());
    assert_eq!(config.keys(&scope()).unwrap().len(), keys.len());
}

#[test]
fn a_call_touches_no_disk_once_the_values_are_held() {
    let data = Data::new();
    data.set("url", json!("a")).unwrap();
    data.set("token", json!("hunter2")).unwrap();
    data.settings.hold(&name("stats")).unwrap();
    fs::remove_file(data.file()).unwrap();
    assert_eq!(secret(&data.config(), "token"), text("hunter2"));
}
