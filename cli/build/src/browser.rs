//! Crates that expect a browser: found in the graph of dependencies, and explained.
//!
//! On `wasm32-unknown-unknown` many crates take it that the module runs in a browser and
//! call JavaScript through wasm-bindgen. Here there is none. Purely from cargo's metadata
//! to words; when it matters is decided in `guest.rs`.

use std::collections::BTreeSet;
use std::fmt;

use crate::metadata::{MetadataFile, PackageFile};

/// The crates that are JavaScript's side of the fence.
const BINDINGS: [&str; 4] = ["wasm-bindgen", "js-sys", "web-sys", "wasm-bindgen-futures"];

/// The modules that wasm-bindgen imports from, before and after its own tool has run.
const BINDING_MODULES: [&str; 3] = [
    "__wbindgen_placeholder__",
    "__wbindgen_externref_xform__",
    "wbg",
];

/// What to use in place of what a crate takes from the browser.
const NOTES: [(&str, &str); 6] = [
    ("chrono", "the time comes from the host: `context.now()`"),
    (
        "getrandom",
        "the SDK has no random numbers yet: leave them out, or take a seed as an argument of the function",
    ),
    ("instant", "the time comes from the host: `context.now()`"),
    ("time", "the time comes from the host: `context.now()`"),
    (
        "uuid",
        "the SDK has no random numbers yet: take the identifier as an argument of the function",
    ),
    ("web-time", "the time comes from the host: `context.now()`"),
];

/// A crate that brings JavaScript in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Culprit {
    /// From the plugin's own dependency down to the culprit, e.g. `["report", "chrono"]`.
    pub path: Vec<String>,
    /// Its version.
    pub version: String,
    /// Why it wants JavaScript.
    pub reason: Reason,
}

/// Why a crate wants JavaScript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// One of its default features does.
    DefaultFeature(String),
    /// A feature does that somebody turned on.
    Feature(String),
    /// It always does.
    Always,
}

impl Culprit {
    fn name(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }
}

impl fmt::Display for Culprit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name(), self.version)?;
        if let [above @ .., _] = self.path.as_slice()
            && !above.is_empty()
        {
            write!(f, " (used by {})", above.join(", by "))?;
        }
        match &self.reason {
            Reason::DefaultFeature(feature) => write!(
                f,
                ", by its default feature `{feature}`: set `default-features = false` and name \
                 the other features that are needed"
            ),
            Reason::Feature(feature) => write!(f, ", by its feature `{feature}`: leave it out"),
            Reason::Always => write!(f, ", always: it is made for browsers, use another crate"),
        }?;
        note(self.name()).map_or(Ok(()), |note| write!(f, "; {note}"))
    }
}

/// One line each, for an error's text.
pub(crate) fn list(culprits: &[Culprit]) -> String {
    culprits
        .iter()
        .map(|culprit| format!("\n  {culprit}"))
        .collect()
}

/// Whether an import from this module is a call of JavaScript.
pub(crate) fn is_binding(module: &str) -> bool {
    BINDING_MODULES.contains(&module)
}

/// A crate that refuses to compile advises to use the browser: what holds here instead.
pub(crate) fn note_on_failed_crate(diagnostics: &str) -> Option<String> {
    let failed = |name: &str| diagnostics.contains(&format!("could not compile `{name}`"));
    let (name, note) = NOTES.iter().find(|(name, _)| failed(name))?;
    Some(format!("{name} has no browser here: {note}"))
}

fn note(name: &str) -> Option<&'static str> {
    NOTES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, note)| *note)
}

/// Every crate below the package `root` that depends on JavaScript, by the shortest way
/// that leads to it.
pub(crate) fn culprits(metadata: &MetadataFile, root: &str) -> Vec<Culprit> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::from([root.to_owned()]);
    let mut queue = std::collections::VecDeque::from([(root.to_owned(), Vec::new())]);
    while let Some((id, path)) = queue.pop_front() {
        for dependency in metadata.normal_dependencies(&id) {
            if BINDINGS.contains(&dependency.name.as_str()) || !seen.insert(dependency.id.clone()) {
                continue;
            }
            let mut path = path.clone();
            path.push(dependency.name.clone());
            if let Some(reason) = reason(metadata, dependency) {
                let version = dependency.version.clone();
                found.push(Culprit {
                    path: path.clone(),
                    version,
                    reason,
                });
            }
            queue.push_back((dependency.id.clone(), path));
        }
    }
    found
}

fn reason(metadata: &MetadataFile, package: &PackageFile) -> Option<Reason> {
    let used: Vec<&str> = metadata
        .normal_dependencies(&package.id)
        .map(|dependency| dependency.name.as_str())
        .filter(|name| BINDINGS.contains(name))
        .collect();
    let declared = package
        .dependencies
        .iter()
        .find(|d| used.contains(&d.name.as_str()))?;
    if !declared.optional {
        return Some(Reason::Always);
    }
    let dependency = declared.rename.as_ref().unwrap_or(&declared.name);
    let enabled = metadata.enabled_features(&package.id);
    let mut candidates = enabled.iter().filter(|feature| {
        *feature != "default" && *feature != dependency && lists(package, feature, dependency)
    });
    let feature = candidates.next().unwrap_or(dependency).clone();
    let by_default = enabled.iter().any(|feature| feature == "default")
        && reaches(package, "default", &feature, &mut BTreeSet::new());
    Some(if by_default {
        Reason::DefaultFeature(feature)
    } else {
        Reason::Feature(feature)
    })
}

/// Whether the feature itself turns the optional dependency on.
fn lists(package: &PackageFile, feature: &str, dependency: &str) -> bool {
    let parts = package.features.get(feature).into_iter().flatten();
    parts
        .map(|part| part.strip_prefix("dep:").unwrap_or(part))
        .any(|part| {
            part.strip_prefix(dependency)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
}

/// Whether the feature `from` turns the feature `to` on, directly or not.
fn reaches<'a>(
    package: &'a PackageFile,
    from: &'a str,
    to: &str,
    seen: &mut BTreeSet<&'a str>,
) -> bool {
    seen.insert(from)
        && package
            .features
            .get(from)
            .into_iter()
            .flatten()
            .any(|part| part == to || reaches(package, part, to, seen))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// A plugin with five dependencies, as cargo describes it.
    const METADATA: &str = include_str!("../tests/data/browser-metadata.json");

    fn explained() -> Vec<String> {
        let metadata: MetadataFile = serde_json::from_str(METADATA).unwrap();
        culprits(&metadata, "plugin")
            .iter()
            .map(Culprit::to_string)
            .collect()
    }

    #[test]
    fn each_way_into_the_browser_is_named() {
        assert_eq!(
            explained(),
            [
                "chrono 0.4.41, by its default feature `wasmbind`: set `default-features = false` \
                 and name the other features that are needed; the time comes from the host: \
                 `context.now()`",
                "gloo-timers 0.3.0, always: it is made for browsers, use another crate",
                "getrandom 0.3.3 (used by rand), by its feature `wasm_js`: leave it out; the \
                 SDK has no random numbers yet: leave them out, or take a seed as an argument of \
                 the function",
            ]
        );
    }

    #[test]
    fn a_build_dependency_and_a_feature_that_is_off_are_no_culprits() {
        let explained = explained().join("\n");
        assert!(METADATA.contains("build-tool") && !explained.contains("build-tool"));
        assert!(METADATA.contains("quiet-clock") && !explained.contains("quiet-clock"));
    }

    #[test]
    fn a_crate_that_refuses_to_compile_gets_a_note() {
        let of =
            |name: &str| note_on_failed_crate(&format!("error: could not compile `{name}` (lib)"));
        assert!(
            of("getrandom")
                .unwrap()
                .starts_with("getrandom has no browser here: the SDK")
        );
        assert_eq!(of("my-plugin"), None);
    }
}
