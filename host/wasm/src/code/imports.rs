//! What a component wants, held against what its manifest asks and what this host has.
//! Pure: it reads types, and runs before a byte of the component does.

use std::collections::BTreeMap;

use goatkit_capability::{Capability, Power};
use serde_json::Value;
use wasmtime::Engine;
use wasmtime::component::Component;

/// An imported interface: `goatkit:plugin/log@0.1.0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Import {
    /// `goatkit:plugin/log`
    pub(crate) interface: String,
    pub(crate) version: Version,
}

/// The version in a name; components may leave it out.
pub(crate) type Version = Option<semver::Version>;

impl Import {
    pub(crate) fn parse(name: &str) -> Self {
        let (interface, version) = name.split_once('@').unwrap_or((name, ""));
        Self {
            interface: interface.to_owned(),
            version: version.parse().ok(),
        }
    }

    /// Whether a host that has `provided` can link this import: the rule that wasmtime's
    /// linker follows when names differ in their version only.
    fn links_with(&self, provided: &Version) -> bool {
        match (&self.version, provided) {
            (Some(wanted), Some(provided)) => track(wanted) == track(provided),
            (wanted, provided) => wanted == provided,
        }
    }
}

/// The part of a version within which names are interchangeable.
fn track(version: &semver::Version) -> (u64, u64, u64, &str) {
    match (version.major, version.minor) {
        (0, 0) => (0, 0, version.patch, version.pre.as_str()),
        (0, minor) => (0, minor, 0, version.pre.as_str()),
        (major, _) => (major, 0, 0, version.pre.as_str()),
    }
}

/// The interfaces that a component imports.
pub(crate) fn imports_of(engine: &Engine, component: &Component) -> Vec<Import> {
    let component_type = component.component_type();
    component_type
        .imports(engine)
        .map(|(name, _)| Import::parse(name))
        .collect()
}

/// An interface that this host can link, and the capability that it belongs to; none for
/// WASI and for interfaces that only hold types.
pub(crate) struct Provided<'a> {
    pub(crate) interface: &'a str,
    pub(crate) version: Version,
    pub(crate) capability: Option<&'a Capability>,
}

/// Holds imports against the manifest's requests and the host's interfaces.
///
/// # Errors
/// One sentence per import that cannot be met.
pub(crate) fn check_imports(
    imports: &[Import],
    requests: &BTreeMap<String, Value>,
    provided: &[Provided<'_>],
) -> Result<(), String> {
    let problem = |import| check_import(import, requests, provided).err();
    let problems: Vec<String> = imports.iter().filter_map(problem).collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems.join("; "))
    }
}

fn check_import(
    import: &Import,
    requests: &BTreeMap<String, Value>,
    provided: &[Provided<'_>],
) -> Result<(), String> {
    let interface = &import.interface;
    let Some(found) = provided.iter().find(|each| each.interface == interface) else {
        return Err(format!(
            "it imports `{interface}`, which this host does not provide"
        ));
    };
    if !import.links_with(&found.version) {
        return Err(format!(
            "it imports `{interface}` in version {}, and this host provides {}: build it against \
             the host's version, or use a newer host",
            shown(&import.version),
            shown(&found.version),
        ));
    }
    match found.capability {
        Some(Capability {
            name,
            power: Power::Asked(_),
            ..
        }) if !requests.contains_key(*name) => Err(format!(
            "it imports `{interface}`, and its manifest.yaml does not ask for it: add \
                 `{name}` under `capabilities`, or build it without"
        )),
        _ => Ok(()),
    }
}

fn shown(version: &Version) -> String {
    version
        .as_ref()
        .map_or_else(|| "none".to_owned(), ToString::to_string)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use goatkit_capability::grants::GrantKind;

    use super::*;

    const LOG: Capability = Capability {
        name: "log",
        interface: "goatkit:plugin/log",
        power: Power::Free,
    };
    const CACHE: Capability = Capability {
        name: "cache",
        interface: "goatkit:plugin/cache",
        power: Power::Asked(GrantKind::Switch("keep things")),
    };

    fn check(import: &str, asked: &[&str]) -> Result<(), String> {
        let provide = |interface, version: &str, capability| Provided {
            interface,
            version: version.parse().ok(),
            capability,
        };
        let provided = [
            provide("goatkit:plugin/types", "0.1.2", None),
            provide("goatkit:plugin/log", "0.1.2", Some(&LOG)),
            provide("goatkit:plugin/cache", "1.4.0", Some(&CACHE)),
        ];
        let requests = asked
            .iter()
            .map(|name| ((*name).to_owned(), Value::Null))
            .collect();
        check_imports(&[Import::parse(import)], &requests, &provided)
    }

    #[test]
    fn what_is_free_or_asked_passes() {
        check("goatkit:plugin/types@0.1.0", &[]).unwrap();
        check("goatkit:plugin/log@0.1.0", &[]).unwrap();
        check("goatkit:plugin/cache@1.0.0", &["cache"]).unwrap();
    }

    #[test]
    fn what_the_manifest_does_not_ask_is_refused_with_the_line_to_add() {
        let error = check("goatkit:plugin/cache@1.0.0", &["mail"]).unwrap_err();
        assert!(
            error.contains("add `cache` under `capabilities`"),
            "{error}"
        );
    }

    #[test]
    fn what_nobody_provides_is_refused_by_name() {
        let error = check("wasi:nn/graph@0.2.0", &[]).unwrap_err();
        assert!(
            error.contains("`wasi:nn/graph`, which this host does not provide"),
            "{error}"
        );
    }

    #[test]
    fn another_version_is_refused_with_both() {
        for other in ["goatkit:plugin/log@0.2.0", "goatkit:plugin/cache@2.0.0"] {
            let error = check(other, &["cache"]).unwrap_err();
            let wanted = other.split_once('@').unwrap().1;
            assert!(error.contains(&format!("in version {wanted}")), "{error}");
            assert!(error.contains("this host provides"), "{error}");
        }
    }
}
