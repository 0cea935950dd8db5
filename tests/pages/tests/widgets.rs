//! Widgets in the application's pages: what fails is told, and the page lives.

use goatkit_test_support::Package;

use crate::site::{Site, get};

const DASHBOARD: (&str, &str) = (
    "dashboard.html",
    "{% for it in widgets('dashboard') %}[{{ it.plugin }}|{{ it.id }}|{{ it.title }}|\
     {{ it.failed }}|{{ it.html }}]\n{% endfor %}the page lives",
);

fn packages() -> Vec<Package> {
    vec![
        Package::of_guest("widgets_ok")
            .line("reach: { widgets: [dashboard] }")
            .file("i18n/en.yaml", "Widget first: The <first>\n")
            .file("i18n/de.yaml", "Widget first: Der erste\n"),
        Package::of_guest("widgets_json").line("reach: { widgets: [dashboard] }"),
    ]
}

/// The lines of the page, as somebody sees it.
async fn seen(site: &Site, sid: &str) -> Vec<String> {
    let page = site.ask(get("/dashboard").of(sid)).await;
    page.expect(200, &["the page lives"]);
    let text = page.text();
    let lines = text.lines().filter(|line| line.starts_with('['));
    lines.map(str::to_owned).collect()
}

const UNAVAILABLE: &str = "True|<p class=\"gk-unavailable\">unavailable</p>]";

fn line(id: &str, login: &str) -> String {
    let title = match id {
        "first" => "The &lt;first&gt;".to_owned(),
        id => format!("Widget {}", id.replace('-', "_")),
    };
    let name = id.replace('-', "_");
    match id {
        "fails" | "endless" => format!("[widgets-ok|{id}|{title}|{UNAVAILABLE}"),
        _ => format!("[widgets-ok|{id}|{title}|False|<b>{name}</b> for {login}]"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_sees_what_is_for_him_in_its_order() {
    let site = Site::with(&packages(), &[DASHBOARD]).await;
    site.ready("widgets-ok").await;
    for (sid, login, ids) in [
        (
            "ended-1",
            "nobody",
            &["first", "everyone", "fails", "endless", "last"][..],
        ),
        (
            "agent-1",
            "agent",
            &["first", "everyone", "signed-in", "fails", "endless", "last"],
        ),
        (
            "viewer-1",
            "viewer",
            &[
                "first",
                "everyone",
                "signed-in",
                "permitted",
                "fails",
                "endless",
                "last",
            ],
        ),
    ] {
        let seen = seen(&site, sid).await;
        let own: Vec<&String> = seen.iter().filter(|it| it.contains("widgets-ok")).collect();
        let expect: Vec<String> = ids.iter().map(|id| line(id, login)).collect();
        assert_eq!(own, expect.iter().collect::<Vec<_>>(), "{sid}");
        // One that answers something else than markup is not shown as markup.
        let json = format!("[widgets-json|figures|Figures|{UNAVAILABLE}");
        assert!(seen.contains(&json), "{seen:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn titles_are_in_the_readers_language() {
    let site = Site::with(&packages(), &[DASHBOARD]).await;
    let german = get("/dashboard").header("accept-language", "de-AT");
    site.ask(german).await.expect(200, &["|Der erste|"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_widget_goes_with_its_grant() {
    let site = Site::made(&packages(), &[DASHBOARD], |host| host).await;
    assert_eq!(seen(&site, "viewer-1").await, [""; 0]);
    site.grant("widgets-json", "").await;
    assert_eq!(seen(&site, "viewer-1").await.len(), 1);
    site.revoke("widgets-json", "reach.widgets").await;
    assert_eq!(seen(&site, "viewer-1").await, [""; 0]);
}
