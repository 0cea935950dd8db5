//! What `cargo metadata` says of a plugin's crate: as far as a build needs it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The answer of `cargo metadata --format-version 1`.
#[derive(Debug, Deserialize)]
pub(crate) struct MetadataFile {
    pub(crate) packages: Vec<PackageFile>,
    pub(crate) resolve: ResolveFile,
    pub(crate) workspace_root: PathBuf,
}

#[derive(Debug, Deserialize)]
pub(crate) struct PackageFile {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    /// Nothing for a crate that is a folder on this machine.
    pub(crate) source: Option<String>,
    pub(crate) manifest_path: PathBuf,
    pub(crate) targets: Vec<TargetFile>,
    pub(crate) features: BTreeMap<String, Vec<String>>,
    pub(crate) dependencies: Vec<DependencyFile>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct TargetFile {
    pub(crate) crate_types: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct DependencyFile {
    pub(crate) name: String,
    pub(crate) rename: Option<String>,
    pub(crate) optional: bool,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ResolveFile {
    pub(crate) nodes: Vec<NodeFile>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct NodeFile {
    pub(crate) id: String,
    pub(crate) deps: Vec<EdgeFile>,
    pub(crate) features: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct EdgeFile {
    pub(crate) pkg: String,
    pub(crate) dep_kinds: Vec<DepKindFile>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct DepKindFile {
    /// Nothing for a normal dependency.
    pub(crate) kind: Option<String>,
}

impl MetadataFile {
    pub(crate) fn package(&self, id: &str) -> Option<&PackageFile> {
        self.packages.iter().find(|package| package.id == id)
    }

    pub(crate) fn package_at(&self, manifest: &Path) -> Option<&PackageFile> {
        self.packages
            .iter()
            .find(|package| package.manifest_path == manifest)
    }

    /// What is compiled into the package `id`: no tests, no build scripts.
    pub(crate) fn normal_dependencies(&self, id: &str) -> impl Iterator<Item = &PackageFile> {
        let node = self.resolve.nodes.iter().find(|node| node.id == id);
        let edges = node.into_iter().flat_map(|node| &node.deps);
        edges
            .filter(|edge| edge.dep_kinds.iter().any(|kind| kind.kind.is_none()))
            .filter_map(|edge| self.package(&edge.pkg))
    }

    pub(crate) fn enabled_features(&self, id: &str) -> &[String] {
        let node = self.resolve.nodes.iter().find(|node| node.id == id);
        node.map_or(&[], |node| &node.features)
    }
}

impl PackageFile {
    pub(crate) fn folder(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(&self.manifest_path)
    }

    pub(crate) fn is_of_type(&self, crate_type: &str) -> bool {
        let mut types = self.targets.iter().flat_map(|target| &target.crate_types);
        types.any(|of| of == crate_type)
    }
}
