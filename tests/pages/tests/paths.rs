//! A page of the application's has one path, and who may see it is said by that.

use std::fs;
use std::sync::Arc;

use goatkit_host::HostBuilder;

use crate::site::{Desk, Site, get};

const OPERATOR: &str = r#"
[pages]
"/agent/*" = "signed-in"
"/agent/secret" = "ticket.read"
"/admin/" = "ticket.read"
"#;

async fn site() -> Site {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    fs::write(folder.path().join("gk.toml"), OPERATOR).unwrap();
    for (name, text) in [
        ("index.html", "start"),
        ("agent/index.html", "agents"),
        ("agent/list.html", "the list of {{ path }}"),
        ("agent/secret.html", "the secret"),
        ("agent/deep/index.html", "deep"),
        ("admin.html", "the admin"),
        ("größe.html", "so groß: {{ path }}"),
    ] {
        let path = folder.path().join("templates").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let people = |host: HostBuilder| host.people(Arc::new(Desk));
    Site::on(folder, people).await
}

#[tokio::test(flavor = "multi_thread")]
async fn no_way_around_who_may_see_a_page() {
    let site = site().await;
    // What nobody, an agent and a viewer get.
    for (path, expect) in [
        ("/", [200, 200, 200]),
        ("/gr%C3%B6%C3%9Fe", [200, 200, 200]),
        ("/agent", [401, 200, 200]),
        ("/agent/", [401, 200, 200]),
        ("/agent/list", [401, 200, 200]),
        ("/agent/list/", [401, 200, 200]),
        ("/%61gent/list", [401, 200, 200]),
        ("/agent/deep", [401, 200, 200]),
        ("/agent/secret", [401, 403, 200]),
        ("/agent/secret/", [401, 403, 200]),
        ("/agent/%73ecret", [401, 403, 200]),
        ("/admin", [401, 403, 200]),
        ("/admin/", [401, 403, 200]),
        ("/admin?a=/", [401, 403, 200]),
        // Other ways to say the same are none.
        ("//agent/list", [404, 404, 404]),
        ("///agent/list", [404, 404, 404]),
        ("/agent//list", [404, 404, 404]),
        ("/agent/list//", [404, 404, 404]),
        ("/agent/./list", [404, 404, 404]),
        ("/x/../agent/list", [404, 404, 404]),
        ("/agent/%2e/list", [404, 404, 404]),
        ("/agent%2flist", [404, 404, 404]),
        ("/agent%5clist", [404, 404, 404]),
        ("/agent/index", [404, 404, 404]),
        ("/index", [404, 404, 404]),
        ("/agent/deep/index", [404, 404, 404]),
        ("/agent/list.html", [404, 404, 404]),
        ("/AGENT/list", [404, 404, 404]),
        ("//admin", [404, 404, 404]),
    ] {
        for (sid, status) in ["ended-1", "agent-1", "viewer-1"].iter().zip(expect) {
            let answer = site.ask(get(path).of(sid)).await;
            assert_eq!(answer.status, status, "{path} {sid}: {}", answer.text());
        }
    }
    let list = site.ask(get("/agent/list/").of("agent-1")).await;
    list.expect(200, &["the list of &#x2f;agent&#x2f;list"]);
    // Whose people these are, the host does not know where they sign in.
    let program = get("/agent/list").header("accept", "application/json");
    assert_eq!(
        site.ask(program).await.expect(401, &[]).json()["error"],
        "sign in first"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_only_read() {
    let site = site().await;
    for method in [
        "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE",
    ] {
        let answer = site.ask(crate::site::ask(method, "/")).await;
        assert_eq!(
            (answer.status, answer.header("allow")),
            (405, "GET, HEAD"),
            "{method}"
        );
    }
}
