//! What may run in a page: the application's scripts by a number that no plugin learns, and a
//! plugin's where that was granted.

use std::sync::Arc;

use crate::site::{Answer, Desk, Site, get, reach_all};

const PAGE: &str = "/desk/page-public";

/// The application's page around plugins' pages, with scripts and forms of its own.
const LAYOUT: (&str, &str) = (
    "layout.html",
    "{% set kept = csp_nonce %}{% set form = csrf() %}\
     {% macro own() %}<own {{ csp_nonce }}>{{ csrf() }}{% endmacro %}\
     <script nonce=\"{{ csp_nonce }}\"></script>{% block body %}{% endblock %}\
     {% block foot %}{{ csrf() }}<foot {{ csp_nonce }}>{% endblock %}",
);

/// The application's own page of the same kind.
const OWN: (&str, &str) = (
    "own.html",
    "<script nonce=\"{{ csp_nonce }}\"></script>{{ csrf() }}",
);

const FRAME: (&str, &str) = (
    "_plugin_page.html",
    "<script nonce=\"{{ csp_nonce }}\"></script>{{ content|safe }}",
);

/// The number by which scripts of an answer run.
fn nonce(answer: &Answer) -> String {
    let policy = answer.header("content-security-policy");
    let nonce = policy.split_once("'nonce-").expect(policy).1;
    nonce.split('\'').next().unwrap().to_owned()
}

async fn site(page: &str, templates: &[(&str, &str)]) -> Site {
    Site::made(&[reach_all(page)], templates, |host| {
        host.grant_everything()
            .people(Arc::new(Desk))
            .layout("layout.html")
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_page_has_a_number_of_its_own() {
    let site = site("page", &[OWN, FRAME]).await;
    for path in ["/own", PAGE] {
        let (one, other) = (site.get(path).await, site.get(path).await);
        assert_eq!(one.after("nonce=\""), nonce(&one), "{path}");
        assert_ne!(nonce(&one), nonce(&other), "{path}");
    }
    let policy = site.get("/own").await;
    let policy = policy.header("content-security-policy");
    for says in [
        "default-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "worker-src 'none'",
    ] {
        assert!(policy.contains(says), "{says}: {policy}");
    }
    // What is no page runs nothing.
    for path in ["/nothing", "/api/v1/plugins"] {
        let answer = site.get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("script-src 'none'"), "{path}: {policy}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugins_script_runs_where_that_was_granted() {
    let page = "<p nonce=\"{{ nonce }}\">";
    let site = Site::made(&[reach_all(page)], &[], |host| host.people(Arc::new(Desk))).await;
    site.grant("reach-all", "").await;
    let granted = site.get(PAGE).await;
    granted.expect(200, &[]);
    assert_eq!(granted.after("nonce=\""), nonce(&granted));
    site.revoke("reach-all", "reach.script").await;
    site.get(PAGE).await.expect(200, &["<p nonce=\"\">"]);
    site.grant("reach-all", "reach.script").await;
    let again = site.get(PAGE).await;
    assert_eq!(again.after("nonce=\""), nonce(&again));
}

/// Templates that try to get at what is the application's.
const THIEVES: [&str; 22] = [
    "{{ csp_nonce }}{{ nonce }}{{ csrf() }}",
    "{{ actor }}{{ menu }}{{ menus }}{{ sign_in }}",
    "{% include 'layout.html' %}",
    "{% extends 'layout.html' %}{% block body %}{{ csp_nonce }}{{ nonce }}{% endblock %}",
    "{% extends 'layout.html' %}{% block body %}{{ kept }}{{ form }}{{ csrf() }}{% endblock %}",
    "{% extends 'layout.html' %}{% block foot %}{{ super() }}{% endblock %}",
    "{% extends 'layout.html' %}{% block body %}{{ self.foot() }}{% endblock %}",
    "{% extends 'layout.html' %}{% block body %}{% set x = super() %}{{ x }}{% endblock %}",
    "{% extends 'layout.html' %}{% block body %}{{ own() }}{% endblock %}",
    "{% import 'layout.html' as it %}{{ it.own() }}{{ it.kept }}{{ it.form }}",
    "{% from 'layout.html' import own, kept, form %}{{ own() }}{{ kept }}{{ form }}",
    "{% set x %}{% include 'layout.html' %}{% endset %}{{ x|replace('nonce', 'found') }}",
    "{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}{% include 'layout.html' %}{% endcall %}",
    "{% filter upper %}{% include 'layout.html' %}{% endfilter %}",
    "{% with csp_nonce = csp_nonce, x = csrf %}{{ csp_nonce }}{{ x() }}{% endwith %}",
    "{% for it in ['own.html', 'layout.html', '_plugin_page.html'] %}{% include it ignore missing %}{% endfor %}",
    "{% include 'own.html' %}",
    "{% include 'application:own.html' %}",
    "{% include 'application:layout.html' %}",
    "{% extends 'application:layout.html' %}",
    "{{ debug() }}{{ context() }}{{ widgets('dashboard') }}",
    "{{ csrf }}{{ csrf.key }}{{ csrf.render }}{{ attempt('csrf') }}{{ [csrf]|first }}",
];

#[tokio::test(flavor = "multi_thread")]
async fn no_template_of_a_package_learns_the_applications_number_or_token() {
    for thief in THIEVES {
        for (frame, templates) in [(false, &[OWN, LAYOUT][..]), (true, &[OWN, LAYOUT, FRAME])] {
            let site = Site::made(&[reach_all(thief)], templates, |host| {
                host.people(Arc::new(Desk)).layout("layout.html")
            })
            .await;
            site.grant("reach-all", "").await;
            site.revoke("reach-all", "reach.script").await;
            let own = site.ask(get("/own").of("viewer-1")).await.token();
            let page = site.ask(get(PAGE).of("viewer-1")).await;
            let text = page.text().to_lowercase();
            assert!(
                !text.contains(&own),
                "{thief}: the application's token: {text}"
            );
            assert!(
                !text.contains("goatkit.administer") && !text.contains("viewer-1"),
                "{text}"
            );
            if page.status != 200 {
                continue;
            }
            let nonce = nonce(&page);
            // The frame itself has it, before all that is the plugin's.
            let framed = text.strip_prefix(&format!("<script nonce=\"{nonce}\"></script>"));
            let of_plugin = framed.filter(|_| frame).unwrap_or(&text);
            assert!(!of_plugin.contains(&nonce), "{thief}: its number: {text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_in_a_layout_is_the_plugins() {
    let page = "{% extends 'layout.html' %}{% block body %}[{{ csrf() }}]{% endblock %}";
    let site = site(page, &[OWN, LAYOUT]).await;
    let shown = site.ask(get(PAGE).of("viewer-1")).await;
    let token = shown.expect(200, &["<foot"]).token();
    // Both the block's and the layout's own.
    assert_eq!(shown.text().matches(&token).count(), 2, "{}", shown.text());
    let route = "/desk/route-public";
    let mine = crate::site::ask("POST", route).of("viewer-1");
    site.ask(mine.header("x-csrf-token", &token))
        .await
        .expect(200, &[]);
}
