//! The order of the floors: a crate names only crates that stand below it.

use crate::Broken;
use crate::manifest::{Kind, Manifest};

/// Every crate of the workspace outside of `tests/`, from the ground up, and the crates of
/// the workspace that its code may name. Two that stand side by side do not name each other:
/// whoever needs both stands above both.
pub const FLOORS: &[(&str, &[&str])] = &[
    // what plugins are written with: nothing of the host
    ("goatkit-plugin-macros", &[]),
    ("goatkit-plugin", &["goatkit-plugin-macros"]),
    // the host
    ("goatkit-package", &[]),
    ("goatkit-capability", &["goatkit-package"]),
    ("goatkit-people", &["goatkit-package", "goatkit-capability"]),
    (
        "goatkit-runtime",
        &["goatkit-package", "goatkit-capability"],
    ),
    (
        "goatkit-wasm",
        &["goatkit-package", "goatkit-capability", "goatkit-runtime"],
    ),
    (
        "goatkit-manager",
        &["goatkit-package", "goatkit-capability", "goatkit-runtime"],
    ),
    (
        "goatkit-web",
        &[
            "goatkit-package",
            "goatkit-capability",
            "goatkit-people",
            "goatkit-runtime",
            "goatkit-manager",
        ],
    ),
    (
        "goatkit-host",
        &[
            "goatkit-package",
            "goatkit-capability",
            "goatkit-people",
            "goatkit-runtime",
            "goatkit-wasm",
            "goatkit-manager",
            "goatkit-web",
        ],
    ),
    // what proves plugins and runtimes: it knows the port, and no runtime
    (
        "goatkit-conformance",
        &[
            "goatkit-package",
            "goatkit-capability",
            "goatkit-runtime",
            "goatkit-manager",
        ],
    ),
    // the command line
    ("goatkit-build", &["goatkit-package"]),
    (
        "goatkit-cli",
        &[
            "goatkit-wasm",
            "goatkit-host",
            "goatkit-conformance",
            "goatkit-build",
        ],
    ),
    // an application: it sees what any embedder sees
    ("embed-host", &["goatkit-host"]),
];

/// Holds the crates against a table of floors. Crates in `tests/` may name every floor, and
/// nobody's code may name them; what only a crate's tests need is its own choice.
#[must_use]
pub fn check(manifests: &[Manifest], floors: &[(&str, &[&str])]) -> Vec<Broken> {
    let mut broken = Vec::new();
    let is_ours = |name: &str| manifests.iter().any(|it| it.name == name);
    for manifest in manifests.iter().filter(|it| !is_test(it)) {
        let Some((_, below)) = floors.iter().find(|(name, _)| *name == manifest.name) else {
            let place = format!("{}/Cargo.toml", manifest.folder);
            let rule = format!("`{}` has no row in the table of floors", manifest.name);
            broken.push(Broken::at(place, rule));
            continue;
        };
        let shipped = manifest.dependencies.iter();
        let shipped = shipped.filter(|it| it.kind == Kind::Shipped && is_ours(&it.name));
        for wrong in shipped.filter(|it| !below.contains(&it.name.as_str())) {
            let rule = format!(
                "`{}` does not stand on `{}`; it may name {}",
                manifest.name,
                wrong.name,
                list(below)
            );
            broken.push(Broken::at(manifest.place(wrong), rule));
        }
    }
    broken
}

/// Holds the table itself: a row names rows above it in the table only, so that there is
/// no way round.
#[must_use]
pub fn check_table(floors: &[(&str, &[&str])]) -> Vec<Broken> {
    let mut broken = Vec::new();
    for (at, (name, below)) in floors.iter().enumerate() {
        let lower = &floors[..at];
        for wrong in below
            .iter()
            .filter(|it| lower.iter().all(|row| row.0 != **it))
        {
            let rule = format!("`{wrong}` does not stand before `{name}`");
            broken.push(Broken::at("the table of floors", rule));
        }
    }
    broken
}

fn is_test(manifest: &Manifest) -> bool {
    manifest.folder.starts_with("tests/")
}

fn list(names: &[&str]) -> String {
    match names {
        [] => "no crate of the house".to_owned(),
        names => names.join(", "),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const TABLE: &[(&str, &[&str])] = &[("low", &[]), ("high", &["low"])];

    fn check_one(name: &str, tables: &str) -> Vec<String> {
        let text = |name: &str, tables: &str| format!("[package]\nname = \"{name}\"\n{tables}");
        let manifests = [
            Manifest::parse(&format!("host/{name}"), &text(name, tables)).unwrap(),
            Manifest::parse("host/other", "[package]\nname = \"high\"").unwrap(),
            Manifest::parse("tests/probe", "[package]\nname = \"probe\"").unwrap(),
        ];
        let broken = check(&manifests, TABLE);
        broken.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_arrow_upwards_is_named_with_its_line() {
        assert_eq!(
            check_one("low", "[dependencies]\nhigh.workspace = true"),
            [
                "host/low/Cargo.toml:4: `low` does not stand on `high`; it may name no crate of the house"
            ]
        );
        assert!(check_one("low", "[dev-dependencies]\nhigh.workspace = true").is_empty());
        assert!(check_one("low", "[dependencies]\nserde.workspace = true").is_empty());
    }

    #[test]
    fn nobody_ships_a_crate_of_the_tests() {
        let broken = check_one("low", "[build-dependencies]\nprobe.workspace = true");
        assert!(
            broken[0].contains("`low` does not stand on `probe`"),
            "{broken:?}"
        );
    }

    #[test]
    fn every_crate_has_its_row() {
        let broken = check_one("new", "");
        assert_eq!(
            broken,
            ["host/new/Cargo.toml: `new` has no row in the table of floors"]
        );
    }

    #[test]
    fn the_table_goes_one_way() {
        assert!(check_table(TABLE).is_empty());
        let round: &[(&str, &[&str])] = &[("low", &["high"]), ("high", &["low"])];
        assert_eq!(
            check_table(round)[0].to_string(),
            "the table of floors: `high` does not stand before `low`"
        );
    }
}
