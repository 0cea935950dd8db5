//! What two plugins want, what is not granted and what does not hold is shown nowhere, and told.

use goatkit_test_support::Package;
use serde_json::Value;

use crate::site::{Site, ask, reach_all};

fn rival() -> Package {
    Package::of_guest("wants_a_taken_route")
        .line("reach: { routes: ['/desk/*'] }")
        .file("templates/page.html", "the rival's")
}

async fn api(site: &Site, path: &str) -> Value {
    site.get(&format!("/api/v1/plugins{path}")).await.json()
}

/// The texts of a list.
fn texts(list: &Value) -> Vec<&str> {
    list.as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_plugins_that_want_one_place_the_first_has_it_and_both_are_named() {
    let site = Site::with(&[reach_all("the first's"), rival()], &[]).await;
    let api = api(&site, "").await;
    let conflicts = texts(&api["conflicts"]);
    for what in [
        "POST /desk/route-public",
        "GET /desk/page-public",
        "/desk/page-signed-in",
    ] {
        let told = conflicts.iter().find(|it| it.contains(what));
        let told = told.unwrap_or_else(|| panic!("{what}: {conflicts:?}"));
        assert!(
            told.contains("`reach-all`") && told.contains("`wants-a-taken-route`"),
            "{told}"
        );
    }
    assert_eq!(conflicts.len(), 3, "{conflicts:?}");
    site.get("/desk/page-public")
        .await
        .expect(200, &["the first"]);
    site.ask(ask("POST", "/desk/route-public"))
        .await
        .expect(200, &["POST"]);
    // What nobody else wants is its own.
    site.get("/desk/mine").await.expect(200, &["mine"]);
    // With the first's grant its places are free.
    let without = Site::made(&[reach_all(""), rival()], &[], |host| host).await;
    without.grant("reach-all", "").await;
    without.grant("wants-a-taken-route", "").await;
    without.revoke("reach-all", "reach.routes").await;
    without
        .get("/desk/page-public")
        .await
        .expect(200, &["mine"]);
    without
        .get("/desk/page-signed-in")
        .await
        .expect(200, &["the rival"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_granted_is_withheld_with_the_command_that_grants_it() {
    let site = Site::made(&[reach_all("")], &[], |host| host).await;
    let waiting = api(&site, "").await;
    assert_eq!(waiting["waiting"][0]["name"], "reach-all", "{waiting}");
    assert!(waiting["plugins"].as_array().unwrap().is_empty());
    site.grant("reach-all", "").await;
    assert!(
        api(&site, "").await["withheld"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    for (item, whats) in [
        (
            "reach.routes",
            &["a page /desk/page-public", "a route GET /desk/route-public"][..],
        ),
        ("reach.widgets", &["a widget"]),
    ] {
        site.revoke("reach-all", item).await;
        let api = api(&site, "").await;
        let withheld = texts(&api["withheld"]);
        for what in whats {
            let told = withheld.iter().find(|it| it.contains(what));
            let told = told.unwrap_or_else(|| panic!("{what}: {withheld:?}"));
            let command = format!("`gk plugin grant reach-all {item}`");
            assert!(
                told.contains("`reach-all`") && told.contains(&command),
                "{told}"
            );
        }
        site.grant("reach-all", item).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_hold_is_refused_whole() {
    let bad = Package::of_guest("bad_registration").file("templates/there.html", "there");
    let site = Site::with(&[bad, reach_all("")], &[]).await;
    let api = api(&site, "/bad-registration").await;
    let error = api["error"].as_str().unwrap_or_else(|| panic!("{api}"));
    for says in [
        "`javascript:alert(1)`",
        "`//example.com/`",
        "`/tickets`",
        "/plugins/bad-registration/../x",
        "does not export `goatkit:plugin/routes`",
        "permission `admin.all` is not its own",
        "function `twice` twice",
    ] {
        assert!(error.contains(says), "{says}: {error}");
    }
    for path in [
        "/tickets",
        "/plugins/bad-registration/a",
        "/plugins/bad-registration/route",
    ] {
        site.get(path).await.expect(404, &[]);
    }
    // Nobody else is concerned.
    site.get("/desk/page-public").await.expect(200, &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_files_of_one_version_are_both_refused() {
    let folder = std::sync::Arc::new(tempfile::tempdir().unwrap());
    let plugins = folder.path().join("plugins");
    std::fs::create_dir(&plugins).unwrap();
    reach_all("one").write_zip_as(&plugins.join("one.zip"));
    reach_all("other").write_zip_as(&plugins.join("other.zip"));
    let site = Site::on(folder, goatkit_host::HostBuilder::grant_everything).await;
    let api = api(&site, "").await;
    let refused = api["refused"].as_array().unwrap();
    assert_eq!(refused.len(), 2, "{api}");
    for it in refused {
        let reason = it["reason"].as_str().unwrap();
        assert!(
            reason.contains("one.zip") && reason.contains("other.zip"),
            "{reason}"
        );
    }
    site.get("/desk/page-public").await.expect(404, &[]);
}
