//! Grants as an administrator writes them: the grant file of an installation, and the policy
//! file that grants ahead. Both speak the manifest's words and are read by its code.
//!
//! The command line and the host read them; what the capabilities in them mean, the capability
//! floor says.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use serde_json::{Map, Value};

use super::file::{LimitsFile, ReachFile};
use super::limits::MAX_MANIFEST_BYTES;
use super::section::{Problems, Section, dotted, expected};
use super::{LimitsRequest, Reach, check};
use crate::digest::Digest;
use crate::error::{ManifestError, Problem};
use crate::names::PluginName;

/// Size of a policy file: a line or ten for each of some thousand plugins.
const MAX_POLICY_BYTES: u64 = 1024 * 1024;

const GRANT_KEYS: &[&str] = &["capabilities", "reach", "limits"];
const ENTRY_KEYS: &[&str] = &["digest", "folder", "capabilities", "reach", "limits"];

/// What is granted to one plugin: the three sections of a manifest that ask.
///
/// ```
/// use goatkit_package::GrantFile;
///
/// let grants = GrantFile::parse(b"reach: { widgets: [dashboard] }")?;
/// assert_eq!(grants.reach.widgets, ["dashboard"]);
/// # Ok::<(), goatkit_package::ManifestError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GrantFile {
    /// By capability, in the shape that its room reads.
    pub capabilities: BTreeMap<String, Value>,
    /// Where the plugin may appear beyond its own prefix.
    pub reach: Reach,
    /// The limits it gets.
    pub limits: LimitsRequest,
}

/// What is granted to plugins before anybody is asked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PolicyFile {
    /// By plugin.
    pub plugins: BTreeMap<PluginName, PolicyEntry>,
}

/// What is granted ahead to one plugin.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyEntry {
    /// What of that name is meant.
    pub binding: PolicyBinding,
    /// What it gets.
    pub grants: GrantFile,
}

/// What a policy's grants are bound to, since a name can be taken by anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyBinding {
    /// One package.
    Digest(Digest),
    /// A folder in dev mode, whatever is in it: an absolute path without `..`.
    Folder(PathBuf),
}

impl GrantFile {
    /// Reads and checks a grant file.
    ///
    /// # Errors
    /// [`ManifestError`] lists everything that is wrong.
    pub fn parse(yaml: &[u8]) -> Result<Self, ManifestError> {
        whole(
            "the grant file",
            yaml,
            MAX_MANIFEST_BYTES,
            |fields, problems| Self::take(&mut Section::open("", fields, GRANT_KEYS, problems)),
        )
    }

    fn take(section: &mut Section<'_>) -> Self {
        let capabilities = section.map("capabilities").unwrap_or_default();
        let reach = section.map("reach").unwrap_or_default();
        let limits = section.map("limits").unwrap_or_default();
        let reach = ReachFile::read(reach, section.problems);
        let limits = LimitsFile::read(limits, section.problems);
        Self {
            capabilities: capabilities.into_iter().collect(),
            reach: check::reach(reach, section.problems),
            limits: check::limits(&limits, section.problems),
        }
    }
}

impl PolicyFile {
    /// Reads and checks a policy file.
    ///
    /// # Errors
    /// [`ManifestError`] lists everything that is wrong.
    pub fn parse(yaml: &[u8]) -> Result<Self, ManifestError> {
        whole("policy.yaml", yaml, MAX_POLICY_BYTES, |fields, problems| {
            let mut top = Section::open("", fields, &["plugins"], problems);
            let written = top.map("plugins").unwrap_or_default().into_iter();
            let plugins = written.filter_map(|(name, entry)| {
                let mut wrong = Problems::default();
                let read = read_entry(&name, entry, &mut wrong);
                let place = dotted("plugins", &name);
                top.problems
                    .0
                    .extend(wrong.0.into_iter().map(|it| below(&place, it)));
                read
            });
            let plugins = plugins.collect();
            Self { plugins }
        })
    }
}

fn whole<T>(
    file: &'static str,
    yaml: &[u8],
    most: u64,
    read: impl FnOnce(Map<String, Value>, &mut Problems) -> T,
) -> Result<T, ManifestError> {
    let fields = super::fields(yaml, most).map_err(|error| error.of(file))?;
    let mut problems = Problems::default();
    let read = read(fields, &mut problems);
    if problems.0.is_empty() {
        Ok(read)
    } else {
        Err(ManifestError::new(problems.0).of(file))
    }
}

fn read_entry(
    name: &str,
    written: Value,
    problems: &mut Problems,
) -> Option<(PluginName, PolicyEntry)> {
    let plugin = PluginName::parse(name).map_err(|error| problems.add("", error.to_string()));
    let Value::Object(fields) = written else {
        problems.add("", expected("a map", &written));
        return None;
    };
    let mut section = Section::open("", fields, ENTRY_KEYS, problems);
    let binding = match (section.text("digest"), section.text("folder")) {
        (Some(digest), None) => parse_digest(&digest, section.problems),
        (None, Some(folder)) => parse_folder(&folder, section.problems),
        // One of a wrong type was noted when it was read: it is not missing.
        (None, None) if section.problems.0.iter().any(|it| names_binding(&it.field)) => None,
        (None, None) => unbound(
            format!(
                "needs `digest`, as `gk plugin inspect` prints it, or in dev mode `folder`: \
                 without it any package that calls itself `{name}` would have the grants"
            ),
            section.problems,
        ),
        (Some(_), Some(_)) => unbound(
            "has both `digest` and `folder`: grants are bound to one of them".to_owned(),
            section.problems,
        ),
    };
    let grants = GrantFile::take(&mut section);
    let binding = binding?;
    Some((plugin.ok()?, PolicyEntry { binding, grants }))
}

fn names_binding(field: &str) -> bool {
    matches!(field, "digest" | "folder")
}

fn unbound(message: String, problems: &mut Problems) -> Option<PolicyBinding> {
    problems.add("", message);
    None
}

fn parse_digest(text: &str, problems: &mut Problems) -> Option<PolicyBinding> {
    let digest = Digest::parse(text).map_err(|error| {
        let hint = "write it as `gk plugin inspect` prints it";
        problems.add("digest", format!("{text:?}: {error}; {hint}"));
    });
    digest.ok().map(PolicyBinding::Digest)
}

/// A relative path would mean another folder wherever the host is started.
fn parse_folder(text: &str, problems: &mut Problems) -> Option<PolicyBinding> {
    let folder = Path::new(text);
    let climbs = folder.components().any(|part| part == Component::ParentDir);
    if !folder.is_absolute() || climbs {
        let message = format!("{text:?} is no absolute path without `..`; write the whole path");
        problems.add("folder", message);
        return None;
    }
    Some(PolicyBinding::Folder(folder.to_owned()))
}

fn below(place: &str, problem: Problem) -> Problem {
    let field = match problem.field.as_str() {
        "" => place.to_owned(),
        field => dotted(place, field),
    };
    Problem { field, ..problem }
}

#[cfg(test)]
mod tests;
