//! The manifest as it was written: right types, no unknown keys, nothing decided yet.
//!
//! [`super::check`] turns it into the [`Manifest`](super::Manifest) that is used.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};

use super::section::{Problems, Section, dotted, texts};

const KEYS: &[&str] = &[
    "name",
    "version",
    "runtime",
    "description",
    "component",
    "process",
    "requires_host",
    "capabilities",
    "reach",
    "limits",
    "config",
    "isolation",
    "default_locale",
];
const PROCESS_KEYS: &[&str] = &["command", "tls"];
const REACH_KEYS: &[&str] = &["routes", "hooks", "widgets", "script"];
const LIMIT_KEYS: &[&str] = &["memory", "call", "route", "job", "instances"];
const CONFIG_KEYS: &[&str] = &["properties", "required"];

#[derive(Default)]
pub(super) struct ManifestFile {
    pub(super) name: Option<String>,
    pub(super) version: Option<String>,
    pub(super) runtime: Option<String>,
    pub(super) description: Option<String>,
    pub(super) component: Option<String>,
    pub(super) process: Option<ProcessFile>,
    pub(super) requires_host: Option<String>,
    pub(super) capabilities: BTreeMap<String, Value>,
    pub(super) reach: ReachFile,
    pub(super) limits: LimitsFile,
    pub(super) config: Option<ConfigFile>,
    pub(super) isolation: Option<String>,
    pub(super) default_locale: Option<String>,
}

#[derive(Default)]
pub(super) struct ProcessFile {
    pub(super) command: BTreeMap<String, String>,
    pub(super) tls: Option<String>,
}

#[derive(Default)]
pub(super) struct ReachFile {
    pub(super) routes: Vec<String>,
    pub(super) hooks: BTreeMap<String, Vec<String>>,
    pub(super) widgets: Vec<String>,
    pub(super) script: bool,
}

#[derive(Default)]
pub(super) struct LimitsFile {
    pub(super) memory: Option<u64>,
    pub(super) call: Option<Duration>,
    pub(super) route: Option<Duration>,
    pub(super) job: Option<Duration>,
    pub(super) instances: Option<u32>,
}

#[derive(Default)]
pub(super) struct ConfigFile {
    pub(super) properties: Option<Map<String, Value>>,
    pub(super) required: Vec<String>,
}

impl ManifestFile {
    pub(super) fn read(fields: Map<String, Value>, problems: &mut Problems) -> Self {
        let mut top = Section::open("", fields, KEYS, problems);
        Self {
            name: top.text("name"),
            version: top.text("version"),
            runtime: top.text("runtime"),
            description: top.text("description"),
            component: top.text("component"),
            process: top
                .map("process")
                .map(|map| ProcessFile::read(map, top.problems)),
            requires_host: top.text("requires_host"),
            capabilities: top
                .map("capabilities")
                .unwrap_or_default()
                .into_iter()
                .collect(),
            reach: top
                .map("reach")
                .map(|map| ReachFile::read(map, top.problems))
                .unwrap_or_default(),
            limits: top
                .map("limits")
                .map(|map| LimitsFile::read(map, top.problems))
                .unwrap_or_default(),
            config: top
                .map("config")
                .map(|map| ConfigFile::read(map, top.problems)),
            isolation: top.text("isolation"),
            default_locale: top.text("default_locale"),
        }
    }
}

impl ProcessFile {
    fn read(fields: Map<String, Value>, problems: &mut Problems) -> Self {
        let mut section = Section::open("process", fields, PROCESS_KEYS, problems);
        Self {
            command: section.text_map("command").unwrap_or_default(),
            tls: section.text("tls"),
        }
    }
}

impl ReachFile {
    pub(super) fn read(fields: Map<String, Value>, problems: &mut Problems) -> Self {
        let mut section = Section::open("reach", fields, REACH_KEYS, problems);
        let hooks = section.map("hooks").unwrap_or_default();
        let place = section.place("hooks");
        let hooks = hooks.into_iter().map(|(hook, of)| {
            let of = texts(&dotted(&place, &hook), of, section.problems);
            (hook, of)
        });
        Self {
            hooks: hooks.collect(),
            routes: section.texts("routes"),
            widgets: section.texts("widgets"),
            script: section.flag("script").unwrap_or(false),
        }
    }
}

impl LimitsFile {
    pub(super) fn read(fields: Map<String, Value>, problems: &mut Problems) -> Self {
        let mut section = Section::open("limits", fields, LIMIT_KEYS, problems);
        Self {
            memory: section.bytes("memory"),
            call: section.duration("call"),
            route: section.duration("route"),
            job: section.duration("job"),
            instances: section.count("instances"),
        }
    }
}

impl ConfigFile {
    fn read(fields: Map<String, Value>, problems: &mut Problems) -> Self {
        let mut section = Section::open("config", fields, CONFIG_KEYS, problems);
        Self {
            properties: section.map("properties"),
            required: section.texts("required"),
        }
    }
}
