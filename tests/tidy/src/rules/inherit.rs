//! What all crates share stands in the workspace's manifest, once.

use crate::Broken;
use crate::manifest::Manifest;

/// What each crate takes over from the workspace, besides its dependencies.
pub const INHERITED: &[&str] = &[
    "version",
    "edition",
    "rust-version",
    "license",
    "publish",
    "lints",
];

/// Holds the crates' manifests against that.
#[must_use]
pub fn check(manifests: &[Manifest]) -> Vec<Broken> {
    let mut broken = Vec::new();
    for manifest in manifests {
        let inherits = |key: &str| manifest.inherited.iter().any(|it| it == key);
        for key in INHERITED.iter().filter(|key| !inherits(key)) {
            let place = format!("{}/Cargo.toml", manifest.folder);
            broken.push(Broken::at(
                place,
                format!("`{key}` comes from the workspace"),
            ));
        }
        for own in manifest.dependencies.iter().filter(|it| !it.from_workspace) {
            let rule = format!("`{}` is written with `workspace = true`", own.name);
            broken.push(Broken::at(manifest.place(own), rule));
        }
    }
    broken
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const GOOD: &str = "[package]\nname = \"x\"\nversion.workspace = true\n\
        edition.workspace = true\nrust-version.workspace = true\nlicense.workspace = true\n\
        publish.workspace = true\n[lints]\nworkspace = true\n[dependencies]\n\
        serde = { workspace = true, features = [\"rc\"] }\n";

    fn check_one(text: &str) -> Vec<String> {
        let broken = check(&[Manifest::parse("a", text).unwrap()]);
        broken.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_key_and_each_dependency_comes_from_the_workspace() {
        assert!(check_one(GOOD).is_empty());
        for key in INHERITED.iter().filter(|key| **key != "lints") {
            let text = GOOD.replace(&format!("\n{key}.workspace = true"), "");
            assert_eq!(
                check_one(&text),
                [format!("a/Cargo.toml: `{key}` comes from the workspace")]
            );
        }
        let own = "[package]\nname = \"x\"";
        assert_eq!(check_one(own).len(), INHERITED.len());
        assert_eq!(
            check_one(&format!("{GOOD}[dev-dependencies]\nwat = \"1\"")),
            ["a/Cargo.toml:13: `wat` is written with `workspace = true`"]
        );
    }
}
