//! Grant files and policy files that are read, and what is said of those that are not.

#![allow(clippy::unwrap_used)]

use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;

use super::{GrantFile, MAX_POLICY_BYTES, PolicyBinding, PolicyFile};
use crate::Digest;
use crate::manifest::limits::MAX_MANIFEST_BYTES;

const DIGEST: &str = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262";

#[test]
fn a_grant_file_is_the_three_sections_of_a_manifest() {
    let yaml = "capabilities: { db: { read: [ticket] } }\n\
                reach: { routes: [\"/stats/*\"], script: true }\n\
                limits: { call: 5s, instances: 3 }";
    let grants = GrantFile::parse(yaml.as_bytes()).unwrap();
    assert_eq!(grants.capabilities["db"], json!({ "read": ["ticket"] }));
    assert_eq!(grants.reach.routes, ["/stats/*"]);
    assert!(grants.reach.script);
    assert_eq!(grants.limits.call, Some(Duration::from_secs(5)));
    assert_eq!(grants.limits.instances, Some(3));
    assert_eq!(GrantFile::parse(b"{}").unwrap(), GrantFile::default());
}

#[test]
fn a_grant_file_that_is_not_read() {
    let check = |yaml: &str, expect: &str| {
        let error = GrantFile::parse(yaml.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), expect, "{yaml}");
    };
    check(
        "capabilites: {}",
        "the grant file: capabilites: unknown key; did you mean `capabilities`?",
    );
    check(
        "name: stats",
        "the grant file: name: unknown key; known here: capabilities, reach, limits",
    );
    check(
        "reach: { scripts: true }\nlimits: { memory: 64 }",
        "the grant file has 2 problems:\n  reach.scripts: unknown key; did you mean `script`?\n  \
         limits.memory: less than the least, 1MiB",
    );
    check(
        "limits: { call: 1h }",
        "the grant file: limits.call: more than this host allows, 60s",
    );
    check(
        "reach: { widgets: [\"a\\nb\"] }",
        "the grant file: reach.widgets: \"a\\nb\" is empty or has a control character",
    );
    check(
        "reach: {}\nreach: {}",
        "the grant file: line 2: the key `reach` stands twice",
    );
    check(
        "reach: &a {}",
        "the grant file: line 1: anchors and aliases (`&x`, `*x`) are not read; write the value out",
    );
    check("[]", "the grant file: expected a map, found a list");
    let large = " ".repeat(usize::try_from(MAX_MANIFEST_BYTES).unwrap() + 1);
    check(&large, "the grant file: larger than 256 KiB");
}

#[test]
fn a_policy_names_what_its_grants_are_bound_to() {
    let yaml = format!(
        "plugins:\n  stats:\n    digest: {DIGEST}\n    limits: {{ call: 5s }}\n  \
         draft: {{ folder: /srv/draft/, reach: {{ widgets: [a] }} }}"
    );
    let policy = PolicyFile::parse(yaml.as_bytes()).unwrap();
    let mut plugins = policy.plugins.into_iter();
    let (name, draft) = plugins.next().unwrap();
    assert_eq!(name.as_str(), "draft");
    let folder = PathBuf::from("/srv/draft");
    assert_eq!(draft.binding, PolicyBinding::Folder(folder));
    assert_eq!(draft.grants.reach.widgets, ["a"]);
    let (_, stats) = plugins.next().unwrap();
    let digest = Digest::parse(DIGEST).unwrap();
    assert_eq!(stats.binding, PolicyBinding::Digest(digest));
    assert_eq!(stats.grants.limits.call, Some(Duration::from_secs(5)));
    assert_eq!(PolicyFile::parse(b"{}").unwrap(), PolicyFile::default());
}

#[test]
fn a_policy_that_is_not_read() {
    let check = |yaml: &str, expect: &str| {
        let error = PolicyFile::parse(yaml.as_bytes()).unwrap_err();
        let error = error.to_string();
        assert_eq!(error, format!("policy.yaml: {expect}"), "{yaml}");
    };
    let both = format!("plugins: {{ stats: {{ digest: {DIGEST}, folder: /srv/stats }} }}");
    check(
        "plugins: { stats: { limits: { call: 5s } } }",
        "plugins.stats: needs `digest`, as `gk plugin inspect` prints it, or in dev mode \
         `folder`: without it any package that calls itself `stats` would have the grants",
    );
    check(
        &both,
        "plugins.stats: has both `digest` and `folder`: grants are bound to one of them",
    );
    check(
        "plugins: { stats: { digest: AF13 } }",
        "plugins.stats.digest: \"AF13\": a digest is written as 64 hexadecimal digits in lower \
         case; write it as `gk plugin inspect` prints it",
    );
    check(
        "plugins: { stats: { digest: 12 } }",
        "plugins.stats.digest: expected text, found the number 12; put it in quotes",
    );
    for folder in ["stats", "./stats", "/srv/../stats"] {
        check(
            &format!("plugins: {{ stats: {{ folder: {folder} }} }}"),
            &format!(
                "plugins.stats.folder: \"{folder}\" is no absolute path without `..`; write the \
                 whole path"
            ),
        );
    }
    check(
        "plugins: { stats: { folder: /a, limts: {} } }",
        "plugins.stats.limts: unknown key; did you mean `limits`?",
    );
    check(
        "plugins: { stats: { folder: /a, limits: { memmory: 1MiB } } }",
        "plugins.stats.limits.memmory: unknown key; did you mean `memory`?",
    );
    check(
        "plugins: { stats: all }",
        "plugins.stats: expected a map, found the text \"all\"",
    );
    check(
        "plugins: { for: { folder: /a } }",
        "plugins.for: this name is a word of the template language; choose another, such as \
         `my-plugin`",
    );
    check("plugin: {}", "plugin: unknown key; did you mean `plugins`?");
    check(
        "plugins: { a: { folder: /a }, a: { folder: /b } }",
        "line 1: the key `a` stands twice",
    );
    let large = " ".repeat(usize::try_from(MAX_POLICY_BYTES).unwrap() + 1);
    check(&large, "larger than 1024 KiB");
}
