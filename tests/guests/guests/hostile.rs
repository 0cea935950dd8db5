//! hostile: plants the attacks of `tests/browser/attacks.txt` that a plugin can plant, each at the
//! place that its line names: pages for those in templates, titles and translations, a function
//! and a widget each for those in HTML, menu items, and a route for those in answers. The
//! templates, files and texts come with its package.

#[path = "shared/attacks.rs"]
mod attacks;

use goatkit_plugin::registration::{Access, MenuItem, Page, Route, Widget};
use goatkit_plugin::routes::{Content, Request, Response};
use goatkit_plugin::{Answer, Error, Html, Output};
use goatkit_test_guests::{VERSION, function, plugin};

use attacks::{Attack, attacks};

struct Guest;

impl goatkit_plugin::Plugin for Guest {
    fn registration() -> goatkit_plugin::registration::Plugin {
        let widgets = attacks(&["widget"]);
        let shown = widgets.iter().map(|it| function(&word(it), &[], "html"));
        let output = function("output", &[("name", "string")], "html");
        let functions = shown.chain([output]).collect();
        let mut plugin = plugin("hostile", VERSION, functions);
        plugin.widgets = widgets.iter().map(widget).collect();
        plugin.pages = attacks(&["template", "title", "translation", "script"])
            .iter()
            .map(page)
            .collect();
        plugin.menu_items = attacks(&["label", "icon"]).iter().map(menu_item).collect();
        plugin.routes = vec![Route {
            method: "GET".to_owned(),
            path: "/plugins/hostile/answer/{name}".to_owned(),
            access: Access::Public,
            webhook: false,
            extra: Vec::new(),
        }];
        plugin
    }

    fn call(function: &str, args: &str) -> Result<Output, Error> {
        let asked = |it: &Attack| match it.place {
            "output" => function == "output" && args == format!("[\"{}\"]", it.name),
            _ => function == word(it),
        };
        let all = attacks(&["output", "widget"]);
        let attack = all.into_iter().find(asked);
        let attack = attack.ok_or_else(|| Error::Unknown(function.to_owned()))?;
        Html(attack.content).into_output()
    }
}

impl goatkit_plugin::Routes for Guest {
    fn handle(request: Request) -> Result<Response, Error> {
        let name: String = request.param("name")?;
        let all = attacks(&["header", "body", "redirect"]);
        let attack = all.into_iter().find(|it| it.name == name);
        let Attack { place, content, .. } = attack.ok_or_else(|| Error::not_found(name))?;
        Ok(match (place, content.split_once(": ")) {
            ("redirect", _) => Response::redirect(&content),
            ("header", Some((header, value))) => {
                Response::bytes("text/html", "<p>an answer</p>").header(header, value)
            }
            _ => body(&content),
        })
    }
}

/// A type, a space, and a body of that type.
fn body(content: &str) -> Response {
    let (kind, body) = content.split_once(' ').unwrap_or_default();
    match kind {
        "-" => Response {
            body: Content::Bytes(body.into()),
            ..Response::empty().status(200)
        },
        kind => Response::bytes(kind, body),
    }
}

/// Its name as one of a function.
fn word(attack: &Attack) -> String {
    attack.name.replace('-', "_")
}

fn widget(attack: &Attack) -> Widget {
    Widget {
        id: attack.name.to_owned(),
        title: "A widget".to_owned(),
        // A place of its own, so that each is seen alone.
        place: attack.name.to_owned(),
        function: word(attack),
        access: Access::Public,
        order: 0,
        extra: Vec::new(),
    }
}

fn page(attack: &Attack) -> Page {
    let title = match attack.place {
        "title" => attack.name,
        _ => "A page",
    };
    Page {
        path: format!("/plugins/hostile/page/{}", attack.name),
        template: format!("{}.html", attack.name),
        title: title.to_owned(),
        access: Access::Public,
        extra: Vec::new(),
    }
}

fn menu_item(attack: &Attack) -> MenuItem {
    let (label, icon) = match attack.place {
        "icon" => ("An item", attack.content.as_str()),
        // A key of the package's texts.
        _ => (attack.name, "x"),
    };
    MenuItem {
        id: attack.name.to_owned(),
        label: label.to_owned(),
        path: format!("/plugins/hostile/answer/{}", attack.name),
        icon: icon.to_owned(),
        // A menu of its own, so that each is seen alone.
        location: attack.name.to_owned(),
        order: 0,
        access: Access::Public,
        parent: None,
        extra: Vec::new(),
    }
}

goatkit_plugin::raw::export_registration!(Guest);
goatkit_plugin::raw::functions::export_functions!(Guest);
goatkit_plugin::raw::routes::export_routes!(Guest);
