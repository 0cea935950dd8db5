//! A heavy dependency stands in one manifest, so that replacing it is the work of one crate.

use crate::Broken;
use crate::manifest::{Kind, Manifest};

/// What is heavy, and the crates whose code may name it. What every HTTP library shares
/// (`http`, `http-body`, `hyper`) is not heavy in this sense.
pub const HEAVY: &[(&[&str], &[&str])] = &[
    (
        &["wasmtime", "wasmtime-wasi", "wasmtime-wasi-http"],
        &["host/wasm"],
    ),
    // a router is what an embedder hands over and gets back; the demo is one
    (&["axum"], &["host/web", "host", "cli"]),
    (&["minijinja", "html5ever", "tower-http"], &["host/web"]),
    (&["zip", "serde-saphyr"], &["host/package"]),
    // every folder that a package or a template may see is opened through it
    (&["cap-std"], &["host/package", "host/web"]),
    // the database's room, what stands in for it in the tests of plugins, and the floor that
    // keeps people in tables of the platform's database; the demo's help desk has one of its own
    (
        &["rusqlite"],
        &["host/capability", "host/people", "guest-sdk/rust", "cli"],
    ),
    (&["argon2"], &["host/people"]),
    // the rooms that touch the world
    (
        &[
            "sqlx",
            "sqlparser",
            "lettre",
            "moka",
            "redis",
            "croner",
            "jsonschema",
            "url",
            "rustls",
            "tokio-rustls",
            "async-compression",
        ],
        &["host/capability"],
    ),
    // what happens is counted where it does; only gk knows in which form it is asked for
    (
        &["metrics"],
        &[
            "host/capability",
            "host/people",
            "host/wasm",
            "host/manager",
            "host/web",
        ],
    ),
    (&["metrics-exporter-prometheus"], &["cli"]),
    (
        &[
            "opentelemetry",
            "opentelemetry_sdk",
            "opentelemetry-otlp",
            "tracing-opentelemetry",
        ],
        &["cli"],
    ),
    (&["tonic", "prost"], &["host/process"]),
    (&["clap", "anyhow", "indicatif", "rpassword"], &["cli"]),
    (&["wit-component", "wit-parser"], &["cli/build"]),
    (&["wit-bindgen"], &["guest-sdk/rust"]),
    (&["syn", "quote"], &["guest-sdk/rust/macros"]),
    // for tests, and in nobody's code
    (
        &["criterion", "fantoccini", "insta", "proptest", "wat"],
        &[],
    ),
];

/// What a crate in `tests/` or `examples/` may name all the same, and why.
pub const EXCEPTIONS: &[(&str, &str, &str)] = &[
    (
        "tests/bench",
        "wasmtime",
        "bare wasmtime is measured beside the platform",
    ),
    ("tests/bench", "criterion", "it measures"),
    (
        "tests/bench",
        "sqlx",
        "a query through a guest is measured beside it",
    ),
    (
        "tests/bench",
        "moka",
        "the cache through a guest is measured beside it",
    ),
    (
        "tests/browser",
        "fantoccini",
        "a browser is driven with it, for every test that wants one",
    ),
    (
        "tests/browser",
        "url",
        "its driver's own commands are addressed by it",
    ),
    (
        "tests/bench",
        "wat",
        "components of any size and shape are measured",
    ),
    (
        "tests/support",
        "wat",
        "guests that no compiler makes are made of text",
    ),
    (
        "examples/embed-host",
        "axum",
        "an application has routes of its own",
    ),
];

/// What a floor is promised to be free of, besides the above.
pub const ABSENT: &[(&str, &[&str])] = &[
    ("host/package", &["tokio"]),
    ("cli/build", &["tokio"]),
    ("guest-sdk/rust", &["tokio"]),
    ("guest-sdk/rust/macros", &["tokio"]),
];

/// Holds what crates ship against the three tables. What only their tests need is free.
#[must_use]
pub fn check(manifests: &[Manifest]) -> Vec<Broken> {
    let mut broken = Vec::new();
    for manifest in manifests {
        let shipped = manifest.dependencies.iter();
        for dependency in shipped.filter(|it| it.kind == Kind::Shipped) {
            if let Some(rule) = refusal(&manifest.folder, &dependency.name) {
                broken.push(Broken::at(manifest.place(dependency), rule));
            }
        }
    }
    broken
}

fn refusal(folder: &str, name: &str) -> Option<String> {
    let absent = ABSENT
        .iter()
        .find(|row| row.0 == folder && row.1.contains(&name));
    if absent.is_some() {
        return Some(format!("{folder} is promised to be free of `{name}`"));
    }
    let (_, homes) = HEAVY.iter().find(|row| row.0.contains(&name))?;
    let excepted = EXCEPTIONS
        .iter()
        .any(|row| (row.0, row.1) == (folder, name));
    if homes.contains(&folder) || excepted {
        return None;
    }
    Some(match homes {
        [] => format!("`{name}` is for [dev-dependencies] only"),
        homes => format!("`{name}` belongs into {} only", homes.join(", ")),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn check_one(folder: &str, table: &str, dependency: &str) -> Vec<String> {
        let text = format!("[package]\nname = \"x\"\n[{table}]\n{dependency}.workspace = true");
        let broken = check(&[Manifest::parse(folder, &text).unwrap()]);
        broken.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_heavy_dependency_stays_at_home() {
        assert_eq!(
            check_one("host/manager", "dependencies", "wasmtime"),
            ["host/manager/Cargo.toml:4: `wasmtime` belongs into host/wasm only"]
        );
        assert_eq!(
            check_one("host", "build-dependencies", "tower-http"),
            ["host/Cargo.toml:4: `tower-http` belongs into host/web only"]
        );
        for (folder, dependency) in [
            ("host/wasm", "wasmtime"),
            ("host", "axum"),
            ("host/manager", "hyper"),
        ] {
            assert!(check_one(folder, "dependencies", dependency).is_empty());
        }
    }

    #[test]
    fn what_tests_need_is_free_and_stays_in_tests() {
        assert!(check_one("host/manager", "dev-dependencies", "zip").is_empty());
        assert_eq!(
            check_one("host/manager", "dependencies", "proptest"),
            ["host/manager/Cargo.toml:4: `proptest` is for [dev-dependencies] only"]
        );
    }

    #[test]
    fn an_exception_is_for_one_crate_and_one_dependency() {
        assert!(check_one("tests/bench", "dependencies", "wasmtime").is_empty());
        assert!(!check_one("tests/bench", "dependencies", "minijinja").is_empty());
        assert!(!check_one("tests/other", "dependencies", "wasmtime").is_empty());
    }

    #[test]
    fn a_promised_absence_is_held() {
        assert_eq!(
            check_one("host/package", "dependencies", "tokio"),
            ["host/package/Cargo.toml:4: host/package is promised to be free of `tokio`"]
        );
        assert!(check_one("host/manager", "dependencies", "tokio").is_empty());
    }
}
