//! The table of capabilities is one, and everything that belongs to a row is there: whoever
//! adds a capability is told by name what is missing still.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use goatkit_capability::grants::{Items, Sections};
use goatkit_capability::{CAPABILITIES, Capability, Power};
use goatkit_package::{LimitsRequest, PluginName, Reach};
use serde_json::{Value, json};

/// What a manifest may ask of each granted capability, using all of its words.
fn sample(capability: &str) -> Option<Value> {
    Some(match capability {
        "db" => json!({
            "own": true,
            "read": ["ticket", "users(id, login)"],
            "write": ["queue"],
        }),
        "app" => json!(["ticket.title", "note.*"]),
        "http" => json!([
            "GET https://api.example.com/v1/*",
            "* https://*.example.com:8443/hook",
            "POST http://intranet.example.com/* in 10.0.0.0/8",
        ]),
        "mail" => json!({
            "from": "stats@example.com",
            "to": ["*@example.com", "boss@example.org"],
            "per_hour": 20,
        }),
        "cache" => json!({ "bytes": "1MiB" }),
        "schedule" => json!({ "jobs": 5, "min_period": "1m" }),
        "plugins" => json!(["stats", "kb.search"]),
        "events" => json!(["updates", "ticket.*"]),
        _ => return None,
    })
}

/// Everything that is missing of one capability.
fn missing(capability: &Capability) -> Vec<String> {
    let name = capability.name;
    let granted = matches!(capability.power, Power::Asked(_));
    let mut missing = Vec::new();
    let mut unless = |there: bool, what: String| {
        if !there {
            missing.push(format!("{name}: {what}"));
        }
    };
    let wit = text(&format!("wit/{name}.wit"));
    unless(
        wit.contains(&format!("interface {name} {{")),
        format!("wit/{name}.wit has no `interface {name}`"),
    );
    unless(
        text("wit/plugin.wit").contains(&format!("import {name};")),
        "plugin-base in wit/plugin.wit does not import it".to_owned(),
    );
    unless(
        capability.interface == format!("goatkit:plugin/{name}"),
        format!("its interface is {}", capability.interface),
    );
    unless(
        text("wit/README.md").contains(&format!("| `{name}.wit` |")),
        "wit/README.md has no row for it".to_owned(),
    );
    let mut files = vec![
        format!("host/capability/src/{name}/mod.rs"),
        format!("host/wasm/src/doors/{name}.rs"),
    ];
    if granted {
        files.extend([
            format!("host/capability/src/{name}/grant.rs"),
            format!("host/capability/src/{name}/backend.rs"),
            format!("tests/guests/guests/{name}_ok.rs"),
            format!("tests/guests/guests/{name}_denied.rs"),
        ]);
    }
    for file in files {
        unless(repository(&file).is_file(), format!("there is no {file}"));
    }
    let module = [
        format!("guest-sdk/rust/src/{name}.rs"),
        format!("guest-sdk/rust/src/{name}/mod.rs"),
    ];
    unless(
        module.iter().any(|file| repository(file).is_file()),
        format!("there is no {}", module[0]),
    );
    for function in functions(&wit) {
        let called = format!("{name}_{}", function.replace('-', "_"));
        let guest = text("tests/guests/guests/conformance.rs");
        unless(
            guest.contains(&called),
            format!("the guest `conformance` has no function `{called}`"),
        );
    }
    if granted {
        unless(
            sample(name).is_some(),
            "tests/contract has no sample of what a manifest asks".to_owned(),
        );
        unless(
            sample(name).is_none_or(|asked| !consent(name, &asked).is_empty()),
            "there is no text for the administrator who is asked".to_owned(),
        );
    }
    missing
}

#[test]
fn every_capability_is_whole() {
    let missing: Vec<String> = CAPABILITIES.iter().flat_map(missing).collect();
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn a_capability_that_is_not_there_is_told_piece_by_piece() {
    let telepathy = Capability {
        name: "telepathy",
        interface: "goatkit:plugin/telepathy",
        power: CAPABILITIES
            .iter()
            .map(|row| row.power)
            .find(|power| matches!(power, Power::Asked(_)))
            .unwrap(),
    };
    let missing = missing(&telepathy).join("\n");
    for piece in [
        "interface telepathy",
        "plugin-base",
        "wit/README.md",
        "host/capability/src/telepathy/mod.rs",
        "host/capability/src/telepathy/grant.rs",
        "host/capability/src/telepathy/backend.rs",
        "host/wasm/src/doors/telepathy.rs",
        "guest-sdk/rust/src/telepathy.rs",
        "tests/guests/guests/telepathy_ok.rs",
        "tests/guests/guests/telepathy_denied.rs",
        "no sample",
    ] {
        assert!(missing.contains(piece), "no word of {piece} in:\n{missing}");
    }
}

#[test]
fn the_texts_of_consent_are_in_plain_words() {
    let asked = CAPABILITIES.iter().filter_map(|row| {
        let asked = sample(row.name)?;
        Some(format!(
            "{}\n{}\n",
            row.name,
            consent(row.name, &asked).join("\n")
        ))
    });
    insta::assert_snapshot!(asked.collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_request_with_an_unknown_key_or_shape_is_refused() {
    for row in CAPABILITIES {
        if matches!(row.power, Power::Asked(_)) {
            for wrong in [
                json!({ "telepathy": true }),
                json!(5),
                json!([5]),
                json!("x y"),
            ] {
                let rules = rules(row.name, &wrong);
                assert!(rules.is_err(), "{}: {wrong} is taken", row.name);
            }
        }
    }
}

/// The ends of sentences that begin with "It may".
fn consent(capability: &str, asked: &Value) -> Vec<String> {
    let (items, rules) = rules(capability, asked).unwrap();
    let sentences = items.consent(&rules).into_iter();
    sentences
        .map(|sentence| format!("It may {}", sentence.text))
        .collect()
}

fn rules(
    capability: &str,
    asked: &Value,
) -> Result<(Items, goatkit_capability::grants::Rules), Vec<String>> {
    let items = Items::new(CAPABILITIES.to_vec(), LimitsRequest::default());
    let capabilities = BTreeMap::from([(capability.to_owned(), asked.clone())]);
    let written = Sections {
        capabilities: &capabilities,
        reach: &Reach::default(),
        limits: &LimitsRequest::default(),
    };
    let plugin = PluginName::parse("my-plugin").unwrap();
    let rules = items.rules(&plugin, written)?;
    Ok((items, rules))
}

/// The functions of an interface, and its resources: those stand for the functions that make
/// them and that they have.
fn functions(wit: &str) -> Vec<&str> {
    let lines = || {
        wit.lines()
            .map(str::trim)
            .filter(|line| !line.starts_with("///"))
    };
    let resources: Vec<&str> = lines()
        .filter_map(|line| line.strip_prefix("resource ")?.strip_suffix(" {"))
        .collect();
    let mut depth = 0;
    let mut functions = resources.clone();
    for line in lines() {
        if depth == 1
            && let Some((name, rest)) = line.split_once(':')
            && rest.trim_start().starts_with("func(")
            && !resources.iter().any(|resource| rest.contains(resource))
        {
            // A word of the language stands behind a `%` where it is a name.
            functions.push(name.trim_start_matches('%'));
        }
        depth += line.matches('{').count();
        depth -= line.matches('}').count();
    }
    functions
}

fn text(path: &str) -> String {
    fs::read_to_string(repository(path)).unwrap_or_default()
}

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}
