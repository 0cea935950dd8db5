//! What the package promises beside its functions: its registration, and texts in every
//! language.

use goatkit_plugin::Plugin;
use goatkit_plugin::registration::Access;

use crate::stats;

const LANGUAGES: [&str; 2] = [
    include_str!("../../i18n/en.yaml"),
    include_str!("../../i18n/de.yaml"),
];

const SOURCES: [&str; 6] = [
    include_str!("../../templates/overview.html"),
    include_str!("../cards.rs"),
    include_str!("../chart/mod.rs"),
    include_str!("../range.rs"),
    include_str!("../lib.rs"),
    include_str!("../weekly/mod.rs"),
];

/// The keys of a translation, which has two levels and no more.
fn keys(yaml: &str) -> Vec<String> {
    let mut group = "";
    let mut keys = Vec::new();
    for line in yaml.lines() {
        let (name, text) = line.split_once(':').unwrap();
        match name.strip_prefix("  ") {
            None => group = name,
            Some(name) => {
                assert!(!text.trim().is_empty(), "{line}");
                keys.push(format!("{group}.{name}"));
            }
        }
    }
    keys
}

#[test]
fn every_language_has_the_same_texts() {
    let [english, german] = LANGUAGES.map(keys);
    assert_eq!(english, german);
    for key in &english {
        // Some keys are put together from a group and a name.
        let (_, name) = key.split_once('.').unwrap();
        let used = |source: &&str| {
            source.contains(&format!("\"{key}\"")) || source.contains(&format!("\"{name}\""))
        };
        assert!(SOURCES.iter().any(used), "nothing shows {key}");
    }
}

#[test]
fn the_registration_is_the_documented_one() {
    let plugin = <stats::Plugin as Plugin>::registration();
    let functions: Vec<String> = plugin
        .functions
        .iter()
        .map(|function| {
            let args: Vec<String> = function
                .args
                .iter()
                .map(|arg| format!("{}: {}", arg.name, arg.type_))
                .collect();
            format!(
                "{}({}) -> {}",
                function.name,
                args.join(", "),
                function.returns
            )
        })
        .collect();
    assert_eq!(
        functions,
        [
            "overview(range: string) -> json",
            "by_status(range: string) -> json",
            "by_queue(range: string) -> json",
            "by_priority(range: string) -> json",
            "timeline(range: string) -> json",
            "sla_compliance(range: string) -> json",
            "chart(kind: string, range: string) -> html",
            "overview_cards() -> html",
            "schedule_report() -> string",
        ]
    );
    assert_eq!(plugin.name, "stats");
    assert_eq!(plugin.pages[0].path, "/plugins/stats/overview");
    assert_eq!(plugin.menu_items[0].path, plugin.pages[0].path);
    assert_eq!(plugin.permissions, ["stats.view"]);
    let [widget] = &plugin.widgets[..] else {
        panic!("{:?}", plugin.widgets)
    };
    assert_eq!(
        [&*widget.id, &*widget.place],
        ["overview-cards", "dashboard"]
    );
    let [route] = &plugin.routes[..] else {
        panic!("{:?}", plugin.routes)
    };
    assert_eq!(
        [&*route.method, &*route.path],
        ["GET", "/plugins/stats/overview.json"]
    );
    let view = Access::Permission("stats.view".to_owned());
    assert_eq!([&widget.access, &route.access], [&view, &view]);
    let [job] = &plugin.jobs[..] else {
        panic!("{:?}", plugin.jobs)
    };
    // Its times are a setting's, and no part of the registration.
    assert_eq!((&*job.name, &*job.cron), ("weekly-report", ""));
    let manifest = include_str!("../../manifest.yaml");
    assert!(manifest.contains(&format!("\nversion: \"{}\"\n", plugin.version)));
}
