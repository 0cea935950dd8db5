//! The menu, as different people see it.

use goatkit_manager::MenuEntry;
use goatkit_test_support::{DataFolder, Package, TestHost, actor};

fn labels(entries: &[MenuEntry]) -> Vec<&str> {
    let labels = entries.iter().map(|entry| entry.item.label.as_str());
    labels.collect()
}

#[tokio::test]
async fn an_item_is_shown_to_those_who_may_see_its_page_and_goes_with_its_plugin() {
    let pages = Package::of_guest("brings_pages").file("templates/start.html", "start");
    let data = DataFolder::with(&[pages]);
    let host = TestHost::on(&data);
    host.manager.register_all().await;
    let snapshot = host.manager.snapshot();
    let owner = snapshot.permissions.get("brings_pages.view");
    assert_eq!(owner.map(|name| name.as_str()), Some("brings-pages"));
    let without = actor("otto", &["brings_pages.edit"]);
    let with = actor("anna", &["brings_pages.view"]);
    let sees = |label: &str, actor| labels(&snapshot.menu_for(actor)).contains(&label);
    for (actor, expect) in [(None, false), (Some(&without), false), (Some(&with), true)] {
        assert_eq!(sees("Pages", actor), expect, "{actor:?}");
    }
    for file in std::fs::read_dir(data.plugins()).unwrap() {
        std::fs::remove_file(file.unwrap().path()).unwrap();
    }
    host.manager.refresh().await;
    let snapshot = host.manager.snapshot();
    assert!(snapshot.menu_for(Some(&with)).is_empty() && snapshot.permissions.is_empty());
}
