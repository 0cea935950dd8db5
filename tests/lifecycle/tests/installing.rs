//! Packages that are put in their place by an administrator, dropped there, or granted ahead.

use std::fs;

use goatkit_capability::CAPABILITIES;
use goatkit_capability::grants::{Ahead, Items, Policy};
use goatkit_manager::{Asked, ConsentError};
use goatkit_package::{Digest, PolicyFile};
use goatkit_runtime::Ceilings;
use goatkit_test_support::{DataFolder, HostSettings, Package, TestHost, guest, name};
use serde_json::json;

use crate::expect::expect_text;
use crate::grants::{
    asking, asking_settings, grant, one, powers, revoke, two, version, waiting, waits_for,
};

/// Installs what was examined.
async fn install(
    host: &TestHost,
    path: &std::path::Path,
    grants: Option<&str>,
) -> Result<Asked, ConsentError> {
    let binding = host.manager.examine(path)?.asked.binding;
    let grants = grants.map(str::as_bytes);
    host.manager.install(path, &binding, grants).await
}

/// Version 1.0.0 with other contents.
fn other() -> Package {
    one().file("README.md", "other")
}

/// The packages in `plugins/`, sorted.
fn files(data: &DataFolder) -> Vec<String> {
    let entries = fs::read_dir(data.plugins()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name != "hello.zip").collect();
    names.sort();
    names
}

#[tokio::test]
async fn what_is_installed_serves_with_what_is_granted() {
    for (grants, expect) in [
        (None, &["app: ticket.*"][..]),
        (
            Some("capabilities: { app: [ticket.title] }"),
            &["app: ticket.title"],
        ),
        (Some("{}"), &[]),
    ] {
        let data = DataFolder::with(&[]);
        let host = asking(&data);
        let file = one().write_zip(data.path());
        let examined = host.manager.examine(&file).unwrap();
        expect_text(&examined.text, &["versions 1.0.0", "begins with `ticket.`"]);
        assert!(files(&data).is_empty(), "looking installs nothing");
        let asked = install(&host, &file, grants).await.unwrap();
        assert!(asked.serves && asked.open.is_empty(), "{asked:?}");
        assert_eq!(files(&data), ["versions-1.0.0.zip"]);
        assert_eq!(powers(&host, "versions"), expect);
        assert_eq!(version(&host).await, "1.0.0");
        assert_eq!(powers(&asking(&data), "versions"), expect);
    }
}

#[tokio::test]
async fn installing_twice_is_installing_once() {
    let data = DataFolder::with(&[]);
    let host = asking(&data);
    // Under a name of its owner's choice.
    let file = one().write_zip_as(&data.plugins().join("mine.zip"));
    host.manager.refresh().await;
    for _ in 0..2 {
        let asked = install(&host, &file, None).await.unwrap();
        assert!(asked.serves, "{asked:?}");
        assert_eq!(files(&data), ["mine.zip"]);
    }
    let elsewhere = one().write_zip_as(&data.path().join("elsewhere.zip"));
    install(&host, &elsewhere, None).await.unwrap();
    assert_eq!(files(&data), ["mine.zip"]);
    assert!(host.manager.snapshot().refused.is_empty());
}

/// Where something else of that version, or in that place, is.
#[tokio::test]
async fn another_file_of_the_same_version_is_refused() {
    let newer = || two("capabilities: { app: [\"ticket.*\"] }");
    // serving; below the one that serves; under another name; waiting; something else
    for (there, decided) in [
        (vec![("versions-1.0.0.zip", one())], true),
        (
            vec![
                ("versions-1.0.0.zip", one()),
                ("versions-1.1.0.zip", newer()),
            ],
            true,
        ),
        (vec![("mine.zip", one())], true),
        (vec![("mine.zip", one())], false),
        (
            vec![("versions-1.0.0.zip", Package::of_guest("good"))],
            false,
        ),
    ] {
        let data = DataFolder::with(&[]);
        for (name, package) in &there {
            package.write_zip_as(&data.plugins().join(name));
        }
        let host = asking(&data);
        if decided {
            grant(&host, "versions", &[]).await;
        }
        let before = files(&data);
        let content = fs::read(data.plugins().join(there[0].0)).unwrap();
        let file = other().write_zip(data.path());
        let error = install(&host, &file, None).await.unwrap_err();
        assert!(matches!(error, ConsentError::Taken { .. }), "{error}");
        expect_text(&error.to_string(), &[there[0].0, "raise the version"]);
        assert_eq!(files(&data), before);
        let after = fs::read(data.plugins().join(there[0].0)).unwrap();
        assert_eq!(after, content, "what is there stays");
        let asked = host.manager.examine(&file).unwrap().asked;
        assert!(asked.granted.is_empty(), "nothing was decided: {asked:?}");
    }
}

#[tokio::test]
async fn what_is_not_what_was_shown_is_not_installed() {
    let data = DataFolder::with(&[]);
    let host = asking(&data);
    let file = one().write_zip(data.path());
    let binding = host.manager.examine(&file).unwrap().asked.binding;
    let more = one().line("limits: { memory: 512MiB }");
    more.write_zip(data.path());
    let error = host.manager.install(&file, &binding, None).await;
    let error = error.unwrap_err();
    assert!(matches!(error, ConsentError::Changed { .. }), "{error}");
    expect_text(&error.to_string(), &["has changed since it was examined"]);
    assert!(files(&data).is_empty());
    assert!(host.manager.snapshot().plugins.is_empty());
}

#[tokio::test]
async fn what_cannot_be_installed_is_refused_with_the_reason() {
    let data = DataFolder::with(&[]);
    let host = asking(&data);
    let folder = one().write_folder(data.path());
    let error = install(&host, &folder, None).await.unwrap_err();
    expect_text(&error.to_string(), &["only zips", "`gk plugin build`"]);

    let broken = data.path().join("broken.zip");
    fs::write(&broken, "no zip").unwrap();
    let error = install(&host, &broken, None).await.unwrap_err();
    expect_text(&error.to_string(), &["broken.zip"]);

    let file = one().write_zip(data.path());
    for (grants, says) in [
        ("capabilites: {}", "did you mean `capabilities`"),
        ("capabilities: { ap: [\"ticket.*\"] }", "did you mean `app`"),
        (
            "capabilities: { app: ticket }",
            "`app` is written as a list",
        ),
        (
            "reach: { route: [\"/a\"] }",
            "reach.route: unknown key; did you mean `routes`",
        ),
        ("limits: { memory: much }", "limits.memory"),
        ("[", "grant file"),
    ] {
        let error = install(&host, &file, Some(grants)).await.unwrap_err();
        assert!(matches!(error, ConsentError::GrantFile { .. }), "{error}");
        expect_text(&error.to_string(), &["the grant file", says]);
    }
    assert!(files(&data).is_empty());
    let asked = host.manager.examine(&file).unwrap().asked;
    assert_eq!(asked.open.len(), 1, "nothing was decided: {asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_install_one_version_at_once_the_second_is_refused() {
    let data = DataFolder::with(&[]);
    let host = asking(&data);
    let first = one().write_zip_as(&data.path().join("first.zip"));
    let second = other().write_zip_as(&data.path().join("second.zip"));
    let (first, second) =
        tokio::join!(install(&host, &first, None), install(&host, &second, None),);
    let (done, refused) = match (first, second) {
        (Ok(done), Err(refused)) | (Err(refused), Ok(done)) => (done, refused),
        both => panic!("{both:?}"),
    };
    assert!(done.serves, "{done:?}");
    assert!(matches!(refused, ConsentError::Taken { .. }), "{refused}");
    assert_eq!(files(&data), ["versions-1.0.0.zip"]);
}

/// A host that serves folders.
fn dev(data: &DataFolder) -> TestHost {
    let settings = HostSettings {
        dev: true,
        ..asking_settings()
    };
    TestHost::with(data, &settings)
}

#[tokio::test]
async fn a_folder_keeps_its_grant_while_its_contents_change() {
    let data = DataFolder::with(&[]);
    one().write_folder(&data.plugins());
    let host = dev(&data);
    assert_eq!(
        waits_for(&host, "versions"),
        waiting("1.0.0", &["app: ticket.*"])
    );
    let digest = || {
        let snapshot = host.manager.snapshot();
        snapshot.plugins[&name("versions")].package().digest()
    };
    grant(&host, "versions", &[]).await;
    assert_eq!(version(&host).await, "1.0.0");
    let before = digest();

    other().write_folder(&data.plugins());
    host.manager.refresh().await;
    assert_ne!(digest(), before);
    assert_eq!(powers(&host, "versions"), ["app: ticket.*"]);
    assert_eq!(version(&host).await, "1.0.0");

    let more = two("capabilities: { app: [\"ticket.*\"], db: { read: [ticket] } }");
    more.write_folder(&data.plugins());
    host.manager.refresh().await;
    assert_eq!(
        waits_for(&host, "versions"),
        waiting("1.1.0", &["db: read ticket"])
    );
    assert_eq!(version(&host).await, "1.0.0");
    revoke(&host, "versions", &["db"]).await;
    assert_eq!(version(&host).await, "1.1.0");
    assert_eq!(powers(&host, "versions"), ["app: ticket.*"]);

    // What is granted to the folder is not granted to a zip of that name.
    fs::remove_dir_all(data.plugins().join("versions")).unwrap();
    one().write_zip(&data.plugins());
    let host = dev(&data);
    assert_eq!(
        waits_for(&host, "versions"),
        waiting("1.0.0", &["app: ticket.*", "name: use"])
    );
}

/// A policy that grants `app` to one package of the name `versions`.
fn policy(digest: &str) -> HostSettings {
    let text = format!(
        "plugins: {{ versions: {{ digest: {digest}, capabilities: {{ app: [\"ticket.*\"] }} }} }}"
    );
    let file = PolicyFile::parse(text.as_bytes()).unwrap();
    let items = Items::new(CAPABILITIES.to_vec(), Ceilings::default().free());
    HostSettings {
        policy: Policy::File(Ahead::read(&file, &items).unwrap()),
        ..asking_settings()
    }
}

#[tokio::test]
async fn a_policy_grants_to_the_package_it_names_and_to_no_other() {
    let data = DataFolder::with(&[one()]);
    let host = asking(&data);
    let file = data.plugins().join("versions-1.0.0.zip");
    let binding = host.manager.examine(&file).unwrap().asked.binding;
    drop(host);

    let other = Digest::of(b"other").to_string();
    let host = TestHost::with(&data, &policy(&other));
    assert_eq!(
        waits_for(&host, "versions"),
        waiting("1.0.0", &["app: ticket.*"])
    );
    assert!(host.manager.snapshot().plugins.is_empty());
    drop(host);

    let this = binding.strip_prefix("digest:").unwrap();
    let host = TestHost::with(&data, &policy(this));
    assert_eq!(powers(&host, "versions"), ["app: ticket.*"]);
    assert_eq!(version(&host).await, "1.0.0");
    // Whoever decides stands above the policy.
    revoke(&host, "versions", &["app"]).await;
    assert!(powers(&host, "versions").is_empty());
    drop(host);
    assert!(powers(&TestHost::with(&data, &policy(this)), "versions").is_empty());
}

/// A version that did not prove itself has not been served, and is tried again when something
/// is decided.
#[tokio::test]
async fn what_failed_for_want_of_a_grant_is_tried_again() {
    let fails = Package::new("lifecycle-fails", guest("lifecycle_fails"))
        .line("capabilities: { app: [\"ticket.*\"] }");
    let host = asking(&DataFolder::with(&[fails]));
    let plugin = name("lifecycle-fails");
    revoke(&host, plugin.as_str(), &[]).await;
    let call = async || host.call(plugin.as_str(), "ping", json!([])).await;
    expect_text(
        &call().await.unwrap_err().to_string(),
        &["cannot be activated"],
    );
    grant(&host, plugin.as_str(), &[]).await;
    let unit = host.manager.snapshot().plugins[&plugin].clone();
    assert!(unit.broken().is_none(), "it has another try");
    assert!(
        host.manager.snapshot().refused.is_empty(),
        "and nothing else serves"
    );
    expect_text(
        &call().await.unwrap_err().to_string(),
        &["cannot be activated"],
    );
}
