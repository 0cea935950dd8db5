//! From what was written to what it means: every field of the manifest checked, every problem
//! noted.

use std::collections::BTreeMap;
use std::time::Duration;

use semver::{Version, VersionReq};
use serde_json::{Map, Value, json};

use super::file::{ConfigFile, LimitsFile, ManifestFile, ProcessFile, ReachFile};
use super::limits;
use super::section::{Problems, dotted, expected, unknown};
use super::{Isolation, LimitsRequest, Manifest, Process, Reach, RuntimeKind, Tls};
use crate::locale;
use crate::names::PluginName;
use crate::path::PackagePath;

const DEFAULT_COMPONENT: &str = "plugin.wasm";
const DEFAULT_LOCALE: &str = "en";

const ARCHITECTURES: &[&str] = &["x86_64", "aarch64", "riscv64"];
const SYSTEMS: &[&str] = &["linux", "macos", "windows", "freebsd"];

/// The manifest, if the problems noted leave one.
pub(super) fn check(file: ManifestFile, problems: &mut Problems) -> Option<Manifest> {
    let name = required("name", file.name, problems).and_then(|text| {
        let name = PluginName::parse(&text);
        noted(
            "name",
            name.map_err(|error| format!("{text:?}: {error}")),
            problems,
        )
    });
    let version = required("version", file.version, problems).and_then(|text| {
        let version = Version::parse(&text).map_err(|error| {
            format!("{text:?} is no version ({error}); write three numbers, as in \"1.0.0\"")
        });
        noted("version", version, problems)
    });
    let runtime = required("runtime", file.runtime, problems)
        .and_then(|text| one_of("runtime", &text, RuntimeKind::ALL, problems));
    let requires_host = file.requires_host.and_then(|text| {
        let wanted = VersionReq::parse(&text).map_err(|error| {
            format!("{text:?} is no version requirement ({error}); write for example \"^0.1\"")
        });
        noted("requires_host", wanted, problems)
    });
    let isolation = match &file.isolation {
        Some(text) => one_of("isolation", text, Isolation::ALL, problems),
        None => Some(Isolation::Request),
    };
    let (component, process) = program(runtime, file.component, file.process, problems);
    Some(Manifest {
        description: description(file.description, problems),
        component,
        process,
        requires_host,
        capabilities: file.capabilities,
        reach: reach(file.reach, problems),
        limits: limits(&file.limits, problems),
        config: file.config.and_then(|file| config(file, problems)),
        default_locale: default_locale(file.default_locale, problems),
        name: name?,
        version: version?,
        runtime: runtime?,
        isolation: isolation?,
    })
}

fn required(field: &str, value: Option<String>, problems: &mut Problems) -> Option<String> {
    // A field of a wrong type was noted when it was read: it is not missing.
    if value.is_none() && !problems.0.iter().any(|problem| problem.field == field) {
        problems.add(
            field,
            "missing; every manifest has name, version and runtime",
        );
    }
    value
}

fn noted<T>(field: &str, value: Result<T, String>, problems: &mut Problems) -> Option<T> {
    value.map_err(|message| problems.add(field, message)).ok()
}

fn one_of<T: Copy>(
    field: &str,
    text: &str,
    choices: &[(&str, T)],
    problems: &mut Problems,
) -> Option<T> {
    let choice = choices
        .iter()
        .find(|(name, _)| *name == text)
        .map(|(_, value)| *value);
    if choice.is_none() {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        problems.add(field, unknown(&format!("value {text:?}"), text, &names));
    }
    choice
}

/// A wasm plugin has a component, a native one has processes, and neither has the other's.
fn program(
    runtime: Option<RuntimeKind>,
    component: Option<String>,
    process: Option<ProcessFile>,
    problems: &mut Problems,
) -> (Option<PackagePath>, Option<Process>) {
    match runtime {
        None => (None, None),
        Some(RuntimeKind::Wasm) => {
            if process.is_some() {
                problems.add(
                    "process",
                    "belongs to runtime grpc; a wasm plugin has a component",
                );
            }
            let text = component.unwrap_or_else(|| DEFAULT_COMPONENT.to_owned());
            (path("component", &text, problems), None)
        }
        Some(RuntimeKind::Grpc) => {
            if component.is_some() {
                problems.add(
                    "component",
                    "belongs to runtime wasm; a native plugin has a process",
                );
            }
            if process.is_none() {
                problems.add("process", "missing; runtime grpc needs process.command");
            }
            (None, process.map(|file| processes(file, problems)))
        }
    }
}

fn processes(file: ProcessFile, problems: &mut Problems) -> Process {
    if file.command.is_empty() {
        problems.add(
            "process.command",
            "missing; name a program per platform, as in x86_64-linux: bin/my-plugin",
        );
    }
    let mut command = BTreeMap::new();
    for (platform, text) in file.command {
        let place = dotted("process.command", &platform);
        let known = platform
            .split_once('-')
            .is_some_and(|(architecture, system)| {
                ARCHITECTURES.contains(&architecture) && SYSTEMS.contains(&system)
            });
        if !known {
            problems.add(
                &place,
                format!(
                    "unknown platform; write one of {} and one of {}, as in x86_64-linux",
                    ARCHITECTURES.join(", "),
                    SYSTEMS.join(", "),
                ),
            );
        }
        if let Some(path) = path(&place, &text, problems) {
            command.insert(platform, path);
        }
    }
    let tls = file
        .tls
        .and_then(|text| one_of("process.tls", &text, Tls::ALL, problems));
    Process {
        command,
        tls: tls.unwrap_or(Tls::None),
    }
}

fn path(field: &str, text: &str, problems: &mut Problems) -> Option<PackagePath> {
    let path = PackagePath::parse(text).map_err(|error| format!("{text:?}: {error}"));
    noted(field, path, problems)
}

fn description(text: Option<String>, problems: &mut Problems) -> String {
    let text = text.unwrap_or_default();
    if text.chars().count() > limits::MAX_DESCRIPTION {
        problems.add(
            "description",
            format!("longer than {} characters", limits::MAX_DESCRIPTION),
        );
    }
    text
}

fn default_locale(text: Option<String>, problems: &mut Problems) -> String {
    let text = text.unwrap_or_else(|| DEFAULT_LOCALE.to_owned());
    let tag = locale::canonical(&text)
        .ok_or_else(|| format!("{text:?} is no language tag; write for example en or de-AT"));
    noted("default_locale", tag, problems).unwrap_or_default()
}

pub(super) fn reach(file: ReachFile, problems: &mut Problems) -> Reach {
    items("reach.routes", &file.routes, problems);
    for route in file.routes.iter().filter(|route| !route.starts_with('/')) {
        problems.add("reach.routes", format!("{route:?} must begin with `/`"));
    }
    if file.hooks.len() > limits::MAX_LIST {
        problems.add(
            "reach.hooks",
            format!("more than {} entries", limits::MAX_LIST),
        );
    }
    for (hook, of) in &file.hooks {
        let place = dotted("reach.hooks", hook);
        items(&place, std::slice::from_ref(hook), problems);
        items(&place, of, problems);
    }
    items("reach.widgets", &file.widgets, problems);
    Reach {
        routes: file.routes,
        hooks: file.hooks,
        widgets: file.widgets,
        script: file.script,
    }
}

/// Consent shows these to a person, so none may be empty, endless or invisible.
fn items(field: &str, list: &[String], problems: &mut Problems) {
    if list.len() > limits::MAX_LIST {
        problems.add(field, format!("more than {} entries", limits::MAX_LIST));
    }
    for item in list {
        if item.trim().is_empty() || item.chars().any(char::is_control) {
            problems.add(
                field,
                format!("{item:?} is empty or has a control character"),
            );
        }
        if item.chars().count() > limits::MAX_ITEM {
            problems.add(
                field,
                format!("an entry is longer than {} characters", limits::MAX_ITEM),
            );
        }
    }
}

pub(super) fn limits(file: &LimitsFile, problems: &mut Problems) -> LimitsRequest {
    if let Some(memory) = file.memory {
        let mib = |bytes: u64| format!("{}MiB", bytes >> 20);
        if memory < limits::MIN_MEMORY {
            problems.add(
                "limits.memory",
                format!("less than the least, {}", mib(limits::MIN_MEMORY)),
            );
        } else if memory > limits::MAX_MEMORY {
            problems.add(
                "limits.memory",
                format!("more than this host allows, {}", mib(limits::MAX_MEMORY)),
            );
        }
    }
    let durations = [
        ("limits.call", file.call, limits::MAX_CALL),
        ("limits.route", file.route, limits::MAX_ROUTE),
        ("limits.job", file.job, limits::MAX_JOB),
    ];
    for (field, asked, most) in durations {
        match asked {
            Some(Duration::ZERO) => problems.add(field, "must be longer than nothing"),
            Some(asked) if asked > most => {
                problems.add(
                    field,
                    format!("more than this host allows, {}s", most.as_secs()),
                );
            }
            _ => {}
        }
    }
    match file.instances {
        Some(0) => problems.add("limits.instances", "must be at least 1"),
        Some(asked) if asked > limits::MAX_INSTANCES => {
            problems.add(
                "limits.instances",
                format!("more than this host allows, {}", limits::MAX_INSTANCES),
            );
        }
        _ => {}
    }
    LimitsRequest {
        memory: file.memory,
        call: file.call,
        route: file.route,
        job: file.job,
        instances: file.instances,
    }
}

fn config(file: ConfigFile, problems: &mut Problems) -> Option<Value> {
    let place = "config.properties";
    let Some(properties) = file.properties else {
        // Of a wrong type: that was noted when it was read.
        if !problems.0.iter().any(|problem| problem.field == place) {
            problems.add(place, "missing; name each setting with its JSON Schema");
        }
        return None;
    };
    settings(place, &properties, problems);
    Some(json!({ "properties": properties, "required": file.required }))
}

fn settings(place: &str, properties: &Map<String, Value>, problems: &mut Problems) {
    if properties.len() > limits::MAX_SETTINGS {
        let most = limits::MAX_SETTINGS;
        problems.add(place, format!("more than {most} settings"));
    }
    for (key, schema) in properties {
        let place = dotted(place, key);
        if !is_setting_key(key) {
            let most = limits::MAX_SETTING_KEY;
            problems.add(
                &place,
                format!(
                    "a setting's key consists of a-z, 0-9 and `_`, begins with a letter and has \
                     at most {most} characters"
                ),
            );
        }
        if !schema.is_object() {
            problems.add(&place, expected("a map", schema));
        }
    }
}

fn is_setting_key(key: &str) -> bool {
    let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    key.len() <= limits::MAX_SETTING_KEY
        && key.starts_with(|c: char| c.is_ascii_lowercase())
        && key.bytes().all(word)
}
