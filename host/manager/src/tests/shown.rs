//! What a moment shows of plugins: each thing in its one place, all of it or nothing.

use goatkit_capability::grants::Policy;
use goatkit_runtime::{Access, MenuItem, Registration};

use crate::snapshot::{MenuEntry, RouteMatch, Snapshot};
use crate::testing::{World, answer, function, item, name, page, registration, route, widget};

const DESK: &str = "reach: { routes: [/desk/*], widgets: [dashboard], hooks: { after_save: [] } }";

async fn shown(plugins: Vec<(Registration, &str)>) -> std::sync::Arc<Snapshot> {
    let world = World::new();
    for (registration, asks) in plugins {
        world.plugin(registration, asks, |_| answer("ok"));
    }
    world.host().await.snapshot()
}

fn with_routes(plugin: &str, routes: &[(&str, &str)]) -> Registration {
    let routes = routes.iter();
    Registration {
        routes: routes
            .map(|(method, path)| route(method, path, Access::Public))
            .collect(),
        ..registration(plugin)
    }
}

#[tokio::test]
async fn a_request_finds_the_route_that_says_most() {
    let kb = with_routes(
        "kb",
        &[
            ("GET", "/desk/{id}"),
            ("GET", "/desk/new"),
            ("POST", "/desk/{name}/notes"),
            ("DELETE", "/desk/{id}"),
            ("GET", "/plugins/kb/files/{*rest}"),
        ],
    );
    let snapshot = shown(vec![(kb, DESK)]).await;
    for (method, path, expect) in [
        ("GET", "/desk/7", r#"kb: /desk/{id} [("id", "7")]"#),
        ("HEAD", "/desk/7", r#"kb: /desk/{id} [("id", "7")]"#),
        ("GET", "/desk/new", "kb: /desk/new []"),
        ("DELETE", "/desk/new", r#"kb: /desk/{id} [("id", "new")]"#),
        (
            "POST",
            "/desk/a b/notes",
            r#"kb: /desk/{name}/notes [("name", "a b")]"#,
        ),
        (
            "GET",
            "/plugins/kb/files/a/b.txt",
            r#"kb: /plugins/kb/files/{*rest} [("rest", "a/b.txt")]"#,
        ),
        ("POST", "/desk/7", r#"only ["DELETE", "GET", "HEAD"]"#),
        ("GET", "/desk/7/notes", r#"only ["POST"]"#),
        ("GET", "/desk", "nothing"),
        ("GET", "/desk/", "nothing"),
        ("GET", "/plugins/kb/files/", "nothing"),
        ("TRACE", "/nowhere", "nothing"),
    ] {
        let found = snapshot.route(method, path);
        assert_eq!(format!("{found:?}"), expect, "{method} {path}");
    }
}

#[tokio::test]
async fn a_wide_pattern_takes_no_ones_prefix_and_nothing_of_the_hosts() {
    let everywhere = "reach: { routes: ['/*'] }";
    let wide = with_routes(
        "all",
        &[("GET", "/{*rest}"), ("GET", "/plugins/all/{*rest}")],
    );
    let kb = with_routes("kb", &[("GET", "/plugins/kb/x")]);
    let snapshot = shown(vec![(wide, everywhere), (kb, "")]).await;
    let files = format!("/plugins/all/{}/static/a.css", "0".repeat(64));
    for (path, expect) in [
        ("/anything/at/all", "all: /{*rest}"),
        ("/plugins/kb/x", "kb: /plugins/kb/x"),
        ("/plugins/all/x", "all: /plugins/all/{*rest}"),
        ("/plugins/kb/y", "nothing"),
        ("/plugins/gone/y", "nothing"),
        ("/plugins/all/events/updates", "nothing"),
        (files.as_str(), "nothing"),
    ] {
        let found = format!("{:?}", snapshot.route("GET", path));
        assert!(found.starts_with(expect), "{path}: {found}");
    }
}

#[tokio::test]
async fn what_two_plugins_want_the_first_has_and_both_are_named() {
    let first = Registration {
        pages: vec![page("/desk/page", Access::Public)],
        ..with_routes("aaa", &[("GET", "/desk/{id}/a"), ("POST", "/desk/form")])
    };
    let second = Registration {
        pages: vec![page("/desk/page", Access::Public)],
        menu_items: vec![item("mine", "/desk/page", None)],
        ..with_routes(
            "bbb",
            &[
                ("GET", "/desk/{name}/a"),
                ("GET", "/desk/{name}/b"),
                ("GET", "/desk/form"),
            ],
        )
    };
    let third = with_routes("ccc", &[("GET", "/desk/page"), ("POST", "/desk/page")]);
    let snapshot = shown(vec![(first, DESK), (second, DESK), (third, DESK)]).await;
    let expect = [
        "plugins `aaa` and `bbb` both want the page /desk/page; the first has it",
        "plugin `aaa` has the route GET /desk/{id}/a, and plugin `bbb` wants GET /desk/{name}/a: \
         nothing tells the two apart; the first has it",
        "plugin `aaa` has a page /desk/page, and plugin `ccc` wants a route GET /desk/page; the \
         page has it",
    ];
    assert_eq!(snapshot.conflicts, expect);
    for (method, path, expect) in [
        ("GET", "/desk/7/a", "aaa: "),
        ("GET", "/desk/7/b", "bbb: "),
        ("POST", "/desk/form", "aaa: "),
        ("GET", "/desk/form", "bbb: "),
        ("POST", "/desk/page", "ccc: "),
        ("DELETE", "/desk/page", r#"only ["GET", "HEAD", "POST"]"#),
        ("GET", "/desk/page", r#"only ["POST"]"#),
    ] {
        let found = format!("{:?}", snapshot.route(method, path));
        assert!(found.starts_with(expect), "{method} {path}: {found}");
    }
    assert!(snapshot.menu.is_empty(), "it would lead to another's page");
}

/// Some of everything.
fn everything() -> Registration {
    Registration {
        functions: vec![function("card", &[], "html")],
        hooks: vec!["after_save:ticket".to_owned()],
        pages: vec![page("/desk/page", Access::Public)],
        menu_items: vec![
            item("page", "/desk/page", None),
            item("route", "/desk/7", None),
        ],
        widgets: vec![widget("card", "dashboard", "card")],
        permissions: vec!["kb.view".to_owned()],
        ..with_routes("kb", &[("GET", "/desk/{id}")])
    }
}

/// How many there are of everything.
fn counted(snapshot: &Snapshot) -> [usize; 6] {
    [
        snapshot.pages.len(),
        snapshot.routes.all().count(),
        snapshot.menu.len(),
        snapshot.widgets.values().map(Vec::len).sum(),
        snapshot.hooks.values().map(Vec::len).sum(),
        snapshot.permissions.len(),
    ]
}

#[tokio::test]
async fn all_of_a_plugin_comes_and_goes_at_once() {
    let world = World::new();
    world.plugin(everything(), DESK, |_| answer("ok"));
    let manager = world.open(Policy::Everything);
    manager.discover();
    assert_eq!(counted(&manager.snapshot()), [0; 6]);
    manager.register_all().await;
    assert_eq!(counted(&manager.snapshot()), [1, 1, 2, 1, 1, 1]);
    world.remove("kb");
    manager.refresh().await;
    assert_eq!(counted(&manager.snapshot()), [0; 6]);
}

#[tokio::test]
async fn what_is_not_granted_is_withheld_with_the_command_that_grants_it() {
    let world = World::new();
    world.plugin(everything(), DESK, |_| answer("ok"));
    let manager = world.open(Policy::Nothing);
    manager.discover();
    let kb = name("kb");
    manager.grant(&kb, &[]).await.unwrap();
    manager.register_all().await;
    assert_eq!(counted(&manager.snapshot()), [1, 1, 2, 1, 1, 1]);
    assert!(manager.snapshot().withheld.is_empty());
    for (item, left, says) in [
        (
            "reach.widgets",
            [1, 1, 2, 0, 1, 1],
            "a widget `card`, and the place `dashboard`",
        ),
        (
            "reach.hooks",
            [1, 1, 2, 1, 0, 1],
            "a hook `after_save:ticket`, and it",
        ),
        (
            "reach.routes",
            [0, 0, 0, 1, 1, 1],
            "a page /desk/page, and the path",
        ),
        (
            "reach.routes",
            [0, 0, 0, 1, 1, 1],
            "a route GET /desk/{id}, and the path",
        ),
    ] {
        let named = [item.to_owned()];
        manager.revoke(&kb, &named).await.unwrap();
        let snapshot = manager.snapshot();
        assert_eq!(counted(&snapshot), left, "{item}");
        let line = format!(
            "plugin `kb` has {says} was not granted: `gk plugin grant kb {item}` grants it"
        );
        assert!(snapshot.withheld.contains(&line), "{:?}", snapshot.withheld);
        manager.grant(&kb, &named).await.unwrap();
    }
    assert_eq!(counted(&manager.snapshot()), [1, 1, 2, 1, 1, 1]);
}

fn at(order: i32, item: MenuItem) -> MenuItem {
    MenuItem { order, ..item }
}

/// `a(b, c) d`
fn tree(entries: &[MenuEntry]) -> String {
    let each = |entry: &MenuEntry| match entry.children.as_slice() {
        [] => entry.item.label.clone(),
        below => format!("{}({})", entry.item.label, tree(below)),
    };
    entries.iter().map(each).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn the_menu_is_a_tree_in_one_order() {
    let other = "/elsewhere";
    let first = Registration {
        menu_items: vec![
            item("a-last", other, Some("a")),
            at(1, item("late", other, None)),
            item("a", other, None),
            at(-1, item("a-first", other, Some("a"))),
            item("a-deep", other, Some("a-last")),
        ],
        ..registration("aaa")
    };
    let second = Registration {
        menu_items: vec![at(-5, item("early", other, None)), item("b", other, None)],
        ..registration("bbb")
    };
    let snapshot = shown(vec![(second, ""), (first, "")]).await;
    assert_eq!(
        tree(&snapshot.menu),
        "early a(a-first a-last(a-deep)) b late"
    );
}

#[tokio::test]
async fn an_item_is_for_those_who_may_see_what_it_leads_to_and_takes_what_is_below_it_along() {
    let secret = || Access::Permission("kb.view".to_owned());
    let public = |id: &str, path: &str, parent| item(id, path, parent);
    let kb = Registration {
        pages: vec![page("/plugins/kb/page", secret())],
        routes: vec![
            route("GET", "/plugins/kb/items/{id}", Access::SignedIn),
            route("POST", "/plugins/kb/form", secret()),
        ],
        permissions: vec!["kb.view".to_owned()],
        menu_items: vec![
            public("page", "/plugins/kb/page", None),
            public("below", "/elsewhere", Some("page")),
            public("item", "/plugins/kb/items/7", None),
            public("form", "/plugins/kb/form", None),
            MenuItem {
                access: secret(),
                ..item("own", "/plugins/kb/items/7", None)
            },
        ],
        ..registration("kb")
    };
    let snapshot = shown(vec![(kb, "")]).await;
    let agent = crate::testing::actor("agent", &["kb.view"]);
    let customer = crate::testing::actor("customer", &[]);
    for (actor, expect) in [
        (None, "form"),
        (Some(&customer), "item form"),
        (Some(&agent), "page(below) item form own"),
    ] {
        assert_eq!(tree(&snapshot.menu_for(actor)), expect, "{actor:?}");
    }
}

#[tokio::test]
async fn a_hook_that_was_granted_in_part_hears_that_part() {
    let kb = Registration {
        hooks: vec!["after_save:*".to_owned(), "after_save:ticket".to_owned()],
        ..registration("kb")
    };
    let snapshot = shown(vec![(kb, "reach: { hooks: { after_save: ['*'] } }")]).await;
    let heard = |name: &str, of: &str| snapshot.hooks_at(name, of).len();
    assert_eq!(
        heard("after_save", "ticket"),
        1,
        "once, however many meet it"
    );
    assert_eq!(heard("after_save", "user"), 1);
    assert_eq!(heard("before_render", "ticket"), 0);
}

#[tokio::test]
async fn a_session_calls_the_version_that_its_moment_shows() {
    let world = World::new();
    let kb = || with_routes("kb", &[("GET", "/plugins/kb/x")]);
    world.plugin(kb(), "", |_| answer("old"));
    let manager = world.host().await;
    let found = manager.snapshot().route("GET", "/plugins/kb/x");
    let newer = Registration {
        version: "2.0.0".to_owned(),
        ..kb()
    };
    let RouteMatch::Found(route, _) = found else {
        panic!("{found:?}")
    };
    // It is loaded while its moment lasts.
    let session = crate::testing::session(&manager, None);
    let asked = || goatkit_runtime::RouteRequest::default();
    let said = |answer: goatkit_runtime::RouteAnswer| format!("{:?}", answer.body);
    let first = manager.handle(&session, &route, asked()).await.unwrap();
    world.plugin(newer, "", |_| answer("new"));
    manager.refresh().await;
    let again = manager.handle(&session, &route, asked()).await.unwrap();
    assert_eq!(
        [said(first), said(again)],
        [r#"Text("old")"#, r#"Text("old")"#]
    );
    let RouteMatch::Found(route, _) = manager.snapshot().route("GET", "/plugins/kb/x") else {
        panic!("it is gone")
    };
    let newest = manager.handle(&session, &route, asked()).await.unwrap();
    assert_eq!(said(newest), r#"Text("new")"#);
}
