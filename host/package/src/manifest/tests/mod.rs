//! Manifests that are read, and what is said of those that are not.

#![allow(clippy::unwrap_used)]

mod bounds;
mod refusals;

use std::time::Duration;

use serde_json::json;

use super::{Isolation, Manifest, RuntimeKind, Tls};

/// The manifest of the design, with every field.
const FULL: &str = r#"
name: my-plugin
version: "1.0.0"
runtime: wasm
description: Counts things
component: bin/plugin.wasm
requires_host: "^0.1"
capabilities:
  db: { own: true, read: [ticket, "users(id, login)"] }
  http: ["GET https://api.example.com/v1/*"]
  cache: { bytes: 1MiB }
reach:
  routes: ["/admin/my-feature/*"]
  hooks: { before_render: ["page:ticket.*"], after_save: [ticket] }
  widgets: [dashboard]
  script: false
limits: { memory: 64MiB, call: 2s, route: 10s, job: 5m, instances: 8 }
config:
  properties:
    page_size: { type: integer, default: 20 }
    token: { type: string, writeOnly: true }
  required: [token]
isolation: shared
default_locale: de-at
"#;

#[test]
fn every_field() {
    let manifest = Manifest::parse(FULL.as_bytes()).unwrap();
    assert_eq!(manifest.name.as_str(), "my-plugin");
    assert_eq!(manifest.version, semver::Version::new(1, 0, 0));
    assert_eq!(manifest.runtime, RuntimeKind::Wasm);
    assert_eq!(
        manifest.component.as_ref().unwrap().as_str(),
        "bin/plugin.wasm"
    );
    assert_eq!(
        manifest.capabilities["db"],
        json!({ "own": true, "read": ["ticket", "users(id, login)"] })
    );
    assert_eq!(manifest.capabilities["cache"], json!({ "bytes": "1MiB" }));
    assert_eq!(manifest.reach.routes, ["/admin/my-feature/*"]);
    assert_eq!(manifest.reach.hooks["after_save"], ["ticket"]);
    assert_eq!(manifest.reach.widgets, ["dashboard"]);
    assert!(!manifest.reach.script);
    assert_eq!(manifest.limits.memory, Some(64 << 20));
    assert_eq!(manifest.limits.job, Some(Duration::from_secs(300)));
    assert_eq!(manifest.limits.instances, Some(8));
    let config = json!({
        "properties": {
            "page_size": { "type": "integer", "default": 20 },
            "token": { "type": "string", "writeOnly": true },
        },
        "required": ["token"],
    });
    assert_eq!(manifest.config, Some(config));
    assert_eq!(manifest.isolation, Isolation::Shared);
    assert_eq!(manifest.default_locale, "de-AT");
    let json = serde_json::to_value(&manifest).unwrap();
    assert_eq!(json["limits"]["call"], 2000);
    assert_eq!(json["runtime"], "wasm");
}

#[test]
fn defaults() {
    let manifest = Manifest::parse(b"name: a\nversion: 1.0.0\nruntime: wasm").unwrap();
    assert_eq!(manifest.component.as_ref().unwrap().as_str(), "plugin.wasm");
    assert_eq!(manifest.isolation, Isolation::Request);
    assert_eq!(manifest.default_locale, "en");
    assert_eq!(manifest.limits, super::LimitsRequest::default());
    assert_eq!(manifest.reach, super::Reach::default());
    assert!(manifest.process.is_none() && manifest.requires_host.is_none());
    assert!(manifest.config.is_none());
    let json = serde_json::to_value(&manifest).unwrap();
    assert!(
        json.get("config").is_none(),
        "what has no settings says none"
    );
}

#[test]
fn native() {
    let yaml = "name: a\nversion: 1.0.0\nruntime: grpc\nprocess: { command: { x86_64-linux: bin/a }, tls: auto }";
    let manifest = Manifest::parse(yaml.as_bytes()).unwrap();
    assert!(manifest.component.is_none());
    let process = manifest.process.unwrap();
    assert_eq!(process.command["x86_64-linux"].as_str(), "bin/a");
    assert_eq!(process.tls, Tls::Auto);
}

#[test]
fn hosts() {
    let host = semver::Version::new(0, 1, 3);
    let manifest = |wanted: &str| {
        let yaml = format!("name: a\nversion: 1.0.0\nruntime: wasm\nrequires_host: \"{wanted}\"");
        Manifest::parse(yaml.as_bytes())
    };
    assert_eq!(manifest("^0.1").unwrap().check_host(&host), Ok(()));
    assert_eq!(manifest(">=0.1.3, <0.3").unwrap().check_host(&host), Ok(()));
    assert_eq!(
        manifest("^0.2")
            .unwrap()
            .check_host(&host)
            .unwrap_err()
            .to_string(),
        "manifest.yaml: requires_host: a 1.0.0 is made for host ^0.2, and this host is 0.1.3; take a version of the plugin made for this host, or upgrade the host",
    );
    assert_eq!(
        manifest("soon").unwrap_err().to_string(),
        "manifest.yaml: requires_host: \"soon\" is no version requirement (unexpected character 's' while parsing major version number); write for example \"^0.1\"",
    );
}

/// The least manifest with some lines more.
#[track_caller]
fn check(lines: &str, expect: &str) {
    whole(
        &format!("name: a\nversion: 1.0.0\nruntime: wasm\n{lines}"),
        expect,
    );
}

#[track_caller]
fn whole(yaml: &str, expect: &str) {
    let error = Manifest::parse(yaml.as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), expect, "{yaml}");
}
