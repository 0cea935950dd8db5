//! What the rules need to know of a Cargo.toml, with lines.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::Broken;

/// A crate of the workspace.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// E.g. `host/package`.
    pub folder: String,
    /// E.g. `goatkit-package`.
    pub name: String,
    /// In every table, also those for one platform only.
    pub dependencies: Vec<Dependency>,
    /// What it takes over from the workspace: keys of `[package]`, and `lints`.
    pub inherited: Vec<String>,
}

/// A line of a table of dependencies.
#[derive(Debug, Clone)]
pub struct Dependency {
    /// The key.
    pub name: String,
    /// Which table it stands in.
    pub kind: Kind,
    /// Where it stands.
    pub line: usize,
    /// Whether it says `workspace = true`.
    pub from_workspace: bool,
}

/// What a dependency is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// For the crate or its build script: whoever uses the crate gets it.
    Shipped,
    /// For its tests, examples and benchmarks.
    Dev,
}

const TABLES: [(&str, Kind); 3] = [
    ("dependencies", Kind::Shipped),
    ("build-dependencies", Kind::Shipped),
    ("dev-dependencies", Kind::Dev),
];

impl Manifest {
    /// Reads the manifest of the crate in `folder`.
    ///
    /// # Errors
    /// If it is no manifest of a crate.
    pub fn parse(folder: &str, text: &str) -> Result<Self, Broken> {
        let place = format!("{folder}/Cargo.toml");
        let top = DeTable::parse(text).map_err(|error| Broken::at(&place, error.to_string()))?;
        let top = top.into_inner();
        let package = table(&top, "package");
        let name = package.and_then(|package| package.get("name")?.as_ref().as_str());
        let name = name.ok_or_else(|| Broken::at(&place, "a crate has a `package.name`"))?;
        Ok(Self {
            folder: folder.to_owned(),
            name: name.to_owned(),
            dependencies: dependencies(text, &top),
            inherited: inherited(&top, package),
        })
    }

    /// Where a dependency stands.
    #[must_use]
    pub fn place(&self, dependency: &Dependency) -> String {
        format!("{}/Cargo.toml:{}", self.folder, dependency.line)
    }
}

/// The folders of a workspace's crates, in the order of its Cargo.toml.
///
/// # Errors
/// If it names none.
pub fn members(text: &str) -> Result<Vec<String>, Broken> {
    let broken = |rule: String| Broken::at("Cargo.toml", rule);
    let top = DeTable::parse(text).map_err(|error| broken(error.to_string()))?;
    let listed = table(top.as_ref(), "workspace").and_then(|it| it.get("members"));
    let listed = listed.and_then(|it| it.as_ref().as_array());
    let listed = listed.ok_or_else(|| broken("the workspace lists its members".to_owned()))?;
    let text = |member: &Spanned<DeValue<'_>>| member.as_ref().as_str().map(str::to_owned);
    Ok(listed.iter().filter_map(text).collect())
}

fn dependencies(text: &str, top: &DeTable<'_>) -> Vec<Dependency> {
    let mut holders = vec![top];
    let targets = table(top, "target").into_iter().flat_map(DeTable::values);
    holders.extend(targets.filter_map(|target| target.as_ref().as_table()));
    let mut found = Vec::new();
    for holder in holders {
        for (key, kind) in TABLES {
            let lines = table(holder, key).into_iter().flatten();
            found.extend(lines.map(|(name, value)| Dependency {
                name: name.as_ref().to_string(),
                kind,
                line: line_of(text, name.span().start),
                from_workspace: says_workspace(value),
            }));
        }
    }
    found
}

fn inherited(top: &DeTable<'_>, package: Option<&DeTable<'_>>) -> Vec<String> {
    let keys = package.into_iter().flatten();
    let lints = top.get_key_value("lints");
    keys.chain(lints)
        .filter(|(_, value)| says_workspace(value))
        .map(|(key, _)| key.as_ref().to_string())
        .collect()
}

fn table<'t, 'i>(of: &'t DeTable<'i>, key: &str) -> Option<&'t DeTable<'i>> {
    of.get(key)?.as_ref().as_table()
}

fn says_workspace(value: &Spanned<DeValue<'_>>) -> bool {
    let table = value.as_ref().as_table();
    let said = table.and_then(|table| table.get("workspace")?.as_ref().as_bool());
    said == Some(true)
}

/// The number of the line that a byte stands in, counted from 1.
pub(crate) fn line_of(text: &str, at: usize) -> usize {
    let before = text.as_bytes().iter().take(at);
    before.filter(|byte| **byte == b'\n').count() + 1
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
[package]
name = "a"
version.workspace = true
edition = "2024"

[lints]
workspace = true

[dependencies]
one.workspace = true
two = { version = "1" }

[dev-dependencies]
three = "1"

[target.'cfg(unix)'.dependencies]
four = { workspace = true }
"#;

    #[test]
    fn every_table_is_read_with_its_lines() {
        let manifest = Manifest::parse("x", TEXT).unwrap();
        let read: Vec<_> = manifest
            .dependencies
            .iter()
            .map(|it| (it.name.as_str(), it.kind, it.line, it.from_workspace))
            .collect();
        let expect = [
            ("one", Kind::Shipped, 11, true),
            ("two", Kind::Shipped, 12, false),
            ("three", Kind::Dev, 15, false),
            ("four", Kind::Shipped, 18, true),
        ];
        assert_eq!(read, expect);
        assert_eq!(manifest.inherited, ["version", "lints"]);
    }

    #[test]
    fn what_is_no_manifest_is_broken() {
        assert!(Manifest::parse("x", "").is_err());
        assert!(Manifest::parse("x", "[package").is_err());
        assert!(members("[workspace]").is_err());
        assert_eq!(
            members("[workspace]\nmembers = [\"a/b\"]").unwrap(),
            ["a/b"]
        );
    }
}
