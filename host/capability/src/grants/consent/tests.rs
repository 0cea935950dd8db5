//! The texts as an administrator reads them.

#![allow(clippy::unwrap_used)]

use goatkit_package::{Digest, Manifest};
use insta::assert_snapshot;

use super::super::items::Sections;
use super::super::testing::{items, rules};
use super::*;

const EVERYTHING: &str = r#"
name: stats
version: "1.2.0"
runtime: wasm
capabilities: { bell: true, call: ["*"] }
reach:
  routes: ["/*"]
  hooks: { before_render: ["page:ticket.*"], after_save: [ticket, user], shutdown: [] }
  widgets: [dashboard, sidebar]
  script: true
limits: { memory: 1GiB, call: 60s, route: 5m, job: 24h, instances: 256 }
"#;

fn sentences(texts: &[&str]) -> String {
    let told = items().consent(&rules(texts));
    let told: Vec<String> = told.into_iter().map(|it| it.text).collect();
    told.join("\n")
}

fn shown(binding: &Binding, asked: &[&str], granted: &[&str]) -> String {
    let asker = Asker {
        plugin: &PluginName::parse("stats").unwrap(),
        version: "1.2.0",
        source: "stats.zip",
        binding,
    };
    let asked = Asked::of(&items(), &rules(asked), &rules(granted));
    consent_text(&asker, &asked)
}

fn package() -> Binding {
    Binding::Digest(Digest::of(b"stats"))
}

#[test]
fn each_item_of_reach() {
    assert_snapshot!(sentences(&["reach.routes: /stats", "reach.routes: /admin/*"]), @r"
    answer under /admin/*, in the application's own address space
    answer under /stats, in the application's own address space
    ");
    assert_snapshot!(
        sentences(&["reach.hooks: after_save", "reach.hooks: before_render of page:ticket.*"]),
        @r"
    be called at every `after_save`
    be called at `before_render` of page:ticket.*
    ");
    assert_snapshot!(
        sentences(&["reach.widgets: dashboard"]),
        @"show a widget in the place `dashboard`"
    );
    assert_snapshot!(
        sentences(&["reach.script: use"]),
        @"run script in the application's pages: it can act as any user who opens its pages"
    );
}

#[test]
fn each_limit() {
    for (rule, expect) in [
        (
            "limits.memory: 134217728",
            "use 128 MiB of memory per instance",
        ),
        ("limits.call: 2500", "compute for 2.5s in one call"),
        ("limits.route: 300000", "take 300s for one request"),
        ("limits.job: 300000", "take 300s for one job"),
        ("limits.instances: 8", "run in 8 instances at the same time"),
    ] {
        assert_eq!(sentences(&[rule]), expect);
    }
    let two = ["limits.memory: 67108864", "limits.memory: 134217728"];
    assert_snapshot!(sentences(&two), @"use 128 MiB of memory per instance");
}

#[test]
fn an_installation() {
    let asked = [
        "call: ticket.*",
        "reach.script: use",
        "reach.widgets: dashboard",
    ];
    assert_snapshot!(shown(&package(), &asked, &[]), @r"
    stats 1.2.0, from stats.zip
    An unsigned package: nobody vouches for who made it. What you allow is allowed to these contents only, d9b28b0782e6.

    It may:
    ! run script in the application's pages: it can act as any user who opens its pages [reach.script]
      call ticket.* [call]
      show a widget in the place `dashboard` [reach.widgets]

    ! marks power over the people who use the application.
    ");
}

#[test]
fn a_folder_in_dev_mode() {
    let folder = Binding::Folder("/srv/stats".into());
    assert_snapshot!(shown(&folder, &["bell: use"], &[]), @r"
    stats 1.2.0, from stats.zip
    A folder in dev mode: what you allow is allowed to whatever is put into /srv/stats.

    It may:
      ring the bell [bell]
    ");
}

#[test]
fn an_upgrade() {
    let granted = [
        "call: ticket.*",
        "limits.call: 5000",
        "reach.widgets: dashboard",
    ];
    let asked = [
        "call: ticket.create",
        "limits.call: 9000",
        "reach.script: use",
    ];
    assert_snapshot!(shown(&package(), &asked, &granted), @r"
    stats 1.2.0, from stats.zip
    An unsigned package: nobody vouches for who made it. What you allow is allowed to these contents only, d9b28b0782e6.

    New: it may
    ! run script in the application's pages: it can act as any user who opens its pages [reach.script]
      compute for 9s in one call [limits.call]

    As before: it may
      call ticket.create [call]

    ! marks power over the people who use the application.
    ");
    assert_snapshot!(shown(&package(), &["call: ticket.create"], &granted), @r"
    stats 1.2.0, from stats.zip
    An unsigned package: nobody vouches for who made it. What you allow is allowed to these contents only, d9b28b0782e6.

    As before: it may
      call ticket.create [call]
    ");
}

#[test]
fn a_plugin_that_asks_for_nothing() {
    assert_snapshot!(shown(&package(), &[], &["bell: use"]), @r"
    stats 1.2.0, from stats.zip
    An unsigned package: nobody vouches for who made it. What you allow is allowed to these contents only, d9b28b0782e6.

    It asks for nothing that not every plugin has.
    ");
}

#[test]
fn a_manifest_that_asks_for_everything() {
    let manifest = Manifest::parse(EVERYTHING.as_bytes()).unwrap();
    let asked = items().rules(&manifest.name, Sections::from(&manifest));
    let asker = Asker {
        plugin: &manifest.name,
        version: &manifest.version.to_string(),
        source: "stats.zip",
        binding: &package(),
    };
    let asked = Asked::of(&items(), &asked.unwrap(), &Rules::new());
    assert_snapshot!(consent_text(&asker, &asked), @r"
    stats 1.2.0, from stats.zip
    An unsigned package: nobody vouches for who made it. What you allow is allowed to these contents only, d9b28b0782e6.

    It may:
    ! run script in the application's pages: it can act as any user who opens its pages [reach.script]
      ring the bell [bell]
      call * [call]
      compute for 60s in one call [limits.call]
      run in 256 instances at the same time [limits.instances]
      take 86400s for one job [limits.job]
      use 1024 MiB of memory per instance [limits.memory]
      take 300s for one request [limits.route]
      be called at `after_save` of ticket [reach.hooks]
      be called at `after_save` of user [reach.hooks]
      be called at `before_render` of page:ticket.* [reach.hooks]
      be called at every `shutdown` [reach.hooks]
      answer under /*, in the application's own address space [reach.routes]
      show a widget in the place `dashboard` [reach.widgets]
      show a widget in the place `sidebar` [reach.widgets]

    ! marks power over the people who use the application.
    ");
}

#[test]
fn a_hostile_text_stays_on_its_line_and_is_seen() {
    for (text, expect) in [
        (
            "a plain `text`, \"with\" 'quotes'",
            "a plain `text`, \"with\" 'quotes'",
        ),
        ("Prüfung 試験", "Prüfung 試験"),
        ("a\n  ring the bell [bell]", r"a\n  ring the bell [bell]"),
        ("a\r\tb", r"a\r\tb"),
        ("\u{1b}[2Ja", r"\u{1b}[2Ja"),
        ("a\u{202e}b", r"a\u{202e}b"),
        ("a\u{2066}b\u{2069}", r"a\u{2066}b\u{2069}"),
        ("a\u{200b}\u{200f}\u{feff}b", r"a\u{200b}\u{200f}\u{feff}b"),
        ("a\u{2028}b\u{2029}c\u{85}d", r"a\u{2028}b\u{2029}c\u{85}d"),
        ("a\u{a0}b\u{ad}c", r"a\u{a0}b\u{ad}c"),
        ("a\u{e0041}b", r"a\u{e0041}b"),
        (r"a\u{202e}b", r"a\\u{202e}b"),
    ] {
        assert_eq!(visible(text), expect);
    }
}

#[test]
fn a_hostile_plugin_adds_no_line_and_hides_none() {
    let lies = "call: x\n\nIt asks for nothing\u{202e}\u{1b}[8m";
    let honest = shown(&package(), &["call: x", "reach.script: use"], &[]);
    let hostile = shown(&package(), &[lies, "reach.script: use"], &[]);
    assert_eq!(hostile.lines().count(), honest.lines().count());
    assert!(!hostile.contains(['\u{202e}', '\u{1b}']), "{hostile}");
    let asker = Asker {
        plugin: &PluginName::parse("a").unwrap(),
        version: "1\n",
        source: "a\nb.zip",
        binding: &Binding::Folder("/srv/a\nb".into()),
    };
    let text = consent_text(&asker, &Asked::default());
    assert_eq!(text.lines().count(), 4, "{text}");
}
