//! A registration of everything, changed in one place at a time: each rule has a case that it
//! permits and one that it refuses.

use std::fs;

use goatkit_package::{Store, StoredPackage};
use goatkit_runtime::{Access, Exports, MenuItem, Registration, Route};
use tempfile::TempDir;

use super::check_registration;
use crate::testing::{self, function, page, registration, widget};

const REACH: &str = "reach:
  routes: [/desk/*, /start]
  hooks: { before_render: ['page:ticket.*'], after_save: [] }
  widgets: [dashboard]
";

/// The package of the plugin `kb`, with this reach.
fn package(data: &TempDir, reach: &str) -> StoredPackage {
    let folder = data.path().join("kb");
    fs::create_dir_all(folder.join("templates")).unwrap();
    let manifest = format!("name: kb\nversion: \"1.0.0\"\nruntime: wasm\n{reach}");
    fs::write(folder.join("manifest.yaml"), manifest).unwrap();
    fs::write(folder.join("plugin.wasm"), b"\0asm").unwrap();
    fs::write(folder.join("templates/a.html"), "a").unwrap();
    let store = Store::open(&data.path().join("data")).unwrap();
    store.admit(&folder).unwrap()
}

const EVERYTHING: Exports = Exports {
    functions: true,
    lifecycle: true,
    jobs: true,
    hooks: true,
    routes: true,
    incoming_http: false,
};

/// One of everything, all of it sound.
fn sound() -> Registration {
    Registration {
        functions: vec![
            function("card", &["string?"], "html"),
            function("may_listen", &["string"], "boolean"),
        ],
        hooks: vec!["after_save:ticket".to_owned()],
        menu_items: vec![item("top", None), item("below", Some("top"))],
        pages: vec![page("/plugins/kb/a", permission("kb.view"))],
        routes: vec![route("GET", "/plugins/kb/items/{id}")],
        widgets: vec![widget("card", "dashboard", "card")],
        permissions: vec!["kb.view".to_owned()],
        ..registration("kb")
    }
}

fn item(id: &str, parent: Option<&str>) -> MenuItem {
    testing::item(id, "/plugins/kb/a", parent)
}

fn route(method: &str, path: &str) -> Route {
    testing::route(method, path, Access::SignedIn)
}

/// What is wrong with a registration that was changed so; nothing where `says` is empty.
fn check(what: &str, change: impl Fn(&mut Registration), says: &str) {
    check_with(what, REACH, EVERYTHING, change, says);
}

fn check_with(
    what: &str,
    reach: &str,
    exports: Exports,
    change: impl Fn(&mut Registration),
    says: &str,
) {
    let data = tempfile::tempdir().unwrap();
    let mut registration = sound();
    change(&mut registration);
    let problems = check_registration(registration, &package(&data, reach), exports);
    let problems = problems.err().unwrap_or_default().join("\n");
    match says {
        "" => assert_eq!(problems, "", "{what}"),
        says => assert!(
            problems.contains(says),
            "{what}: {problems:?} lacks {says:?}"
        ),
    }
}

fn permission(name: &str) -> Access {
    Access::Permission(name.to_owned())
}

#[test]
fn exports_answer_what_is_registered() {
    let without = |change: fn(&mut Exports)| {
        let mut exports = EVERYTHING;
        change(&mut exports);
        exports
    };
    for (exports, says) in [
        (EVERYTHING, ""),
        (
            without(|it| it.routes = false),
            "registers routes, and its component does not export `goatkit:plugin/routes`",
        ),
        (
            without(|it| it.hooks = false),
            "registers hooks, and its component does not export `goatkit:plugin/hooks`",
        ),
    ] {
        check_with("exports", REACH, exports, |_| {}, says);
    }
    let nothing_registered = |it: &mut Registration| {
        it.routes.clear();
        it.hooks.clear();
    };
    let without_both = without(|it| (it.routes, it.hooks) = (false, false));
    check_with("nothing", REACH, without_both, nothing_registered, "");
    let mounted = |it: &mut Registration| it.mount = Some(Access::Public);
    check(
        "mount",
        mounted,
        "does not export `wasi:http/incoming-handler`",
    );
    let exports = Exports {
        incoming_http: true,
        ..EVERYTHING
    };
    check_with("mount", REACH, exports, mounted, "");
    let data = tempfile::tempdir().unwrap();
    let package = package(&data, REACH);
    let mount = |exports| {
        check_registration(sound(), &package, exports)
            .unwrap()
            .mount
    };
    let said = "where nothing is said";
    assert_eq!(mount(exports), Some(Access::SignedIn), "{said}");
    assert_eq!(mount(EVERYTHING), None, "nothing is mounted");
}

#[test]
fn paths_of_routes_are_patterns_within_reach() {
    let long = format!("/desk/{}", "x".repeat(600));
    let many: String = (0..17).map(|at| format!("/{{a{at}}}")).collect();
    let enough: String = (0..16).map(|at| format!("/{{a{at}}}")).collect();
    let (many, enough) = (format!("/desk{many}"), format!("/desk{enough}"));
    let files = format!("/plugins/kb/{}/static/x", "0".repeat(64));
    for (path, says) in [
        ("/plugins/kb/x", ""),
        ("/plugins/kb/{*rest}", ""),
        ("/plugins/kb/{a}/{b}", ""),
        ("/plugins/kb/events", ""),
        ("/desk", ""),
        ("/desk/{id}", ""),
        ("/desk/a/{*rest}", ""),
        ("/start", ""),
        (enough.as_str(), ""),
        (many.as_str(), "has 17 parameters, and 16 are allowed"),
        ("/start/{id}", "outside of its reach: add `/start/*`"),
        ("/{*rest}", "outside of its reach: add `/*`"),
        ("/{desk}/x", "outside of its reach"),
        ("/desks", "outside of its reach"),
        (
            "/plugins/stats/x",
            "is outside of its reach: put it below /plugins/kb/",
        ),
        (
            "/plugins/{any}/x",
            "is outside of its reach: put it below /plugins/kb/",
        ),
        ("/desk/../x", "has no path of this application"),
        ("/desk//x", "has no path of this application"),
        ("desk/x", "has no path of this application"),
        ("/desk/a{id}", "has no path of this application"),
        ("/desk/{id", "has no path of this application"),
        ("/desk/%2e%2e", "has no path of this application"),
        ("/desk/x?y", "has no path of this application"),
        (long.as_str(), "a name of"),
        (
            "/desk/{Id}",
            "parameter `Id` has a name that templates cannot write",
        ),
        ("/desk/{}", "parameter `` has a name"),
        ("/desk/{a}/{a}", "has the parameter `a` twice"),
        ("/desk/{*a}/b", "goes on after `{*a}`"),
        ("/plugins/kb/events/{channel}", "is the host's"),
        (files.as_str(), "is the host's"),
    ] {
        let change = |it: &mut Registration| it.routes = vec![route("GET", path)];
        check(path, change, says);
    }
}

#[test]
fn all_is_reached_by_all_and_nobody_elses_prefix() {
    let reach = "reach: { routes: ['/*'], hooks: { after_save: [] }, widgets: [dashboard] }\n";
    for (path, says) in [
        ("/{*rest}", ""),
        ("/a/b", ""),
        ("/plugins/stats/x", "outside of its reach"),
    ] {
        let change = |it: &mut Registration| it.routes = vec![route("GET", path)];
        check_with(path, reach, EVERYTHING, change, says);
    }
}

#[test]
fn routes_have_methods_and_places_of_their_own() {
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        let change = |it: &mut Registration| it.routes = vec![route(method, "/desk")];
        check(method, change, "");
    }
    for method in ["HEAD", "OPTIONS", "get", "TRACE", ""] {
        let change = |it: &mut Registration| it.routes = vec![route(method, "/desk")];
        check(
            method,
            change,
            "has a method that is none of GET, POST, PUT, PATCH, DELETE",
        );
    }
    for (one, other, says) in [
        (("GET", "/desk/{id}"), ("POST", "/desk/{id}"), ""),
        (("GET", "/desk/{id}"), ("GET", "/desk/new"), ""),
        (
            ("GET", "/desk/{id}"),
            ("GET", "/desk/{name}"),
            "route `GET /desk/{name}` and its route `/desk/{id}` are one",
        ),
        (("GET", "/desk/{id}"), ("GET", "/desk/{*rest}"), "are one"),
        (("GET", "/desk"), ("GET", "/desk"), "are one"),
        (
            ("GET", "/plugins/kb/a"),
            ("POST", "/desk"),
            "route `GET /plugins/kb/a` and its page `/plugins/kb/a` are one",
        ),
        (("POST", "/plugins/kb/a"), ("POST", "/desk"), ""),
    ] {
        let change = |it: &mut Registration| {
            it.routes = vec![route(one.0, one.1), route(other.0, other.1)];
        };
        check(&format!("{one:?} {other:?}"), change, says);
    }
    for (access, says) in [
        (Access::Public, ""),
        (Access::SignedIn, "is a webhook, and not public"),
        (permission("kb.view"), "is a webhook, and not public"),
    ] {
        let change = |it: &mut Registration| {
            it.routes[0].webhook = true;
            it.routes[0].access = access.clone();
        };
        check(&format!("webhook {access:?}"), change, says);
    }
}

#[test]
fn permissions_are_the_plugins_own_or_the_applications() {
    let unknown = "asks for the permission `kb.veiw`, which is unknown: the plugin does not \
                   register it; did you mean `kb.view`?";
    for (name, says) in [
        ("kb.view", ""),
        ("ticket.read", ""),
        ("kb.veiw", unknown),
        ("kb", "permission `kb` is not like `my_plugin.view`"),
        ("kb.View", "is not like"),
    ] {
        let places: [fn(&mut Registration, Access); 4] = [
            |it, access| it.pages[0].access = access,
            |it, access| it.routes[0].access = access,
            |it, access| it.widgets[0].access = access,
            |it, access| it.menu_items[0].access = access,
        ];
        for place in places {
            check(name, |it| place(it, permission(name)), says);
        }
    }
}

#[test]
fn widgets_show_a_function_in_a_place_that_was_asked_for() {
    for (shown, says) in [
        (widget("a", "dashboard", "card"), ""),
        (
            widget("A", "dashboard", "card"),
            "widget `A` has an id that is none",
        ),
        (widget("", "dashboard", "card"), "has an id that is none"),
        (
            widget("a", "dashbord", "card"),
            "outside of its reach: add it under `reach.widgets` of manifest.yaml; did you mean \
             `dashboard`?",
        ),
        (
            widget("a", "dashboard", "crad"),
            "names a function `crad` that it does not register; did you mean `card`?",
        ),
        (
            widget("a", "dashboard", "may_listen"),
            "that is `boolean`: it must be `html`",
        ),
    ] {
        let what = format!("{shown:?}");
        check(&what, |it| it.widgets = vec![shown.clone()], says);
    }
    let twice = |it: &mut Registration| it.widgets.push(widget("card", "dashboard", "card"));
    check("twice", twice, "it registers widget `card` twice");
    let needs = |it: &mut Registration| it.functions[0] = function("card", &["string"], "html");
    check("needs", needs, "its argument `a0` must be passed");
}

#[test]
fn hooks_are_known_and_asked_for() {
    let long = format!("after_save:{}", "x".repeat(129));
    for (hook, says) in [
        ("before_render:page:ticket.show", ""),
        ("before_render:page:ticket.*", ""),
        ("after_save", ""),
        ("after_save:ticket", ""),
        ("after_save:*", ""),
        (
            "before_render",
            "add `before_render: []` under `reach.hooks` of manifest.yaml",
        ),
        (
            "before_render:page:*",
            "add `before_render: [\"page:*\"]` under `reach.hooks` of manifest.yaml",
        ),
        ("on_event:stats.*", "is outside of its reach"),
        (
            "before_rendre",
            "is none of before_render, after_save, on_event; did you mean `before_render`?",
        ),
        ("after_save:", "is of nothing that can be named"),
        ("after_save:a*b", "is of nothing that can be named"),
        ("after_save:a b", "is of nothing that can be named"),
        (long.as_str(), "is of nothing that can be named"),
    ] {
        check(hook, |it| it.hooks = vec![hook.to_owned()], says);
    }
    let twice = |it: &mut Registration| it.hooks.push("after_save:ticket".to_owned());
    check(
        "twice",
        twice,
        "it registers hook `after_save:ticket` twice",
    );
}

#[test]
fn menus_are_trees_of_a_few_levels() {
    let deep = ["a", "b", "c", "d"];
    let chain = |levels: usize| -> Vec<MenuItem> {
        let parent = |at: usize| at.checked_sub(1).map(|above| deep[above]);
        (0..levels).map(|at| item(deep[at], parent(at))).collect()
    };
    for (what, items, says) in [
        ("three", chain(3), ""),
        ("four", chain(4), "menu item `d` stands more than 3 deep"),
        (
            "itself",
            vec![item("a", Some("a"))],
            "`a` stands below itself",
        ),
        (
            "circle",
            vec![item("a", Some("b")), item("b", Some("a"))],
            "menu item `b` stands below itself",
        ),
        (
            "nowhere",
            vec![item("notes", None), item("a", Some("ntoes"))],
            "`a` stands below `ntoes`, which it does not register; did you mean `notes`?",
        ),
        (
            "twice",
            vec![item("a", None), item("a", None)],
            "it registers menu item `a` twice",
        ),
        (
            "id",
            vec![item("A b", None)],
            "menu item `A b` has an id that is none",
        ),
    ] {
        check(what, |it| it.menu_items = items.clone(), says);
    }
    for (location, says) in [
        ("main", ""),
        ("admin", ""),
        ("side-bar", ""),
        ("Main", "stands in a menu `Main`, which is no name"),
        ("", "stands in a menu ``, which is no name"),
    ] {
        let change = |it: &mut Registration| it.menu_items[0].location = location.to_owned();
        check(location, change, says);
    }
    for (path, says) in [
        ("/anywhere", ""),
        ("https://example.com/", "has no path of this application"),
        ("javascript:alert(1)", "has no path of this application"),
        ("//example.com/", "has no path of this application"),
        ("/a/../b", "has no path of this application"),
    ] {
        let change = |it: &mut Registration| it.menu_items[0].path = path.to_owned();
        check(path, change, says);
    }
}

#[test]
fn the_event_authorizer_gets_a_channel_and_says_yes_or_no() {
    for (name, says) in [
        ("may_listen", ""),
        ("may_lisen", "did you mean `may_listen`?"),
        (
            "card",
            "must take one `string`, the channel, and return `boolean`",
        ),
    ] {
        let change = |it: &mut Registration| it.event_authorizer = Some(name.to_owned());
        check(name, change, says);
    }
}

#[test]
fn a_few_problems_stand_for_many() {
    let data = tempfile::tempdir().unwrap();
    let mut registration = sound();
    let name = |at: usize| format!("x{at}_{}", "y".repeat(500));
    registration.widgets = (0..500)
        .map(|at| widget(&name(at), &name(at), &name(at)))
        .collect();
    registration.hooks = (0..500).map(name).collect();
    let problems = check_registration(registration, &package(&data, REACH), EVERYTHING);
    assert_eq!(problems.unwrap_err().len(), super::MAX_PROBLEMS);
}
