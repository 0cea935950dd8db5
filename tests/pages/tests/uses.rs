//! Templates of packages that use another plugin.

use std::sync::Arc;

use crate::site::{Answer, Desk, Site, get, peer, reach_all};

/// What a page of one plugin shows that calls another, under a grant.
async fn shown(page: &str, revoked: &str) -> Answer {
    let packages = [reach_all(page), peer()];
    let site = Site::made(&packages, &[], |host| host.people(Arc::new(Desk))).await;
    site.grant("plugins-peer", "").await;
    site.grant("reach-all", "").await;
    if !revoked.is_empty() {
        site.revoke("reach-all", revoked).await;
    }
    site.ask(get("/desk/page-public").of("viewer-1")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_calls_what_its_plugin_was_granted() {
    for (page, expect) in [
        ("{% use plugins_peer %}{{ plugins_peer.echo(7) }}", "7"),
        ("{% use plugins_peer %}{{ echo('<b>') }}", "&lt;b&gt;"),
        (
            "{% use plugins_peer %}{{ plugins_peer.bold('x') }}",
            "<b>x</b>",
        ),
        ("{% use reach_all %}{{ hello() }}", "hello"),
        ("{% use reach_all %}{{ hidden() }}", "not for others"),
    ] {
        let page = shown(page, "").await;
        page.expect(200, &[expect]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn and_nothing_else() {
    for (page, revoked, says) in [
        // Granted are `echo` and `bold` alone.
        (
            "{% use plugins_peer %}{{ plugins_peer.who() }}",
            "",
            "gk plugin grant reach-all plugins",
        ),
        // It exposes no such function.
        (
            "{% use plugins_peer %}{{ plugins_peer.secret() }}",
            "",
            "exposes it",
        ),
        (
            "{% use plugins_peer %}{{ plugins_peer.echo(7) }}",
            "plugins",
            "add `plugins: [plugins-peer]`",
        ),
        (
            "{% use no_such_plugin %}{{ no_such_plugin.f() }}",
            "",
            "when that was granted",
        ),
        (
            "{{ plugins_peer.echo(7) }}",
            "",
            "write `{% use plugins_peer %}` in this file",
        ),
    ] {
        let answer = shown(page, revoked).await;
        let text = answer.text().replace("&#x27;", "'");
        assert_eq!(answer.status, 500, "{page}: {text}");
        assert!(text.contains(says), "{page}: {says}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_lives_on_without_the_other() {
    let page = "{% use plugins_peer %}{% set it = attempt('plugins_peer.who') %}\
                [{{ it.value }}|{{ it.error is defined }}]";
    shown(page, "").await.expect(200, &["[|True]"]);
    let page = page.replace("plugins_peer.who'", "plugins_peer.echo', 7");
    shown(&page, "").await.expect(200, &["[7|False]"]);
}
