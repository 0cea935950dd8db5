//! reach_all: beyond its own prefix, below `/desk`, and for each who may see it: a page, a route of
//! each method, a widget and a menu item; channels of events by the same names, with an authorizer;
//! functions for templates and for other plugins; and for everybody a route and a function that
//! never end, and a route that takes its time.

use std::time::Duration;

use goatkit_plugin::registration::{Access, MenuItem, Page, Plugin, Route, Widget};
use goatkit_plugin::routes::{Request, Response};
use goatkit_plugin::{Answer, Arguments, Error, Html, Output, Value, context, events, json, log};
use goatkit_test_guests::{VERSION, function, plugin};

struct Guest;

const VIEW: &str = "reach_all.view";

fn accesses() -> [(&'static str, Access); 3] {
    [
        ("public", Access::Public),
        ("signed-in", Access::SignedIn),
        ("permission", Access::Permission(VIEW.to_owned())),
    ]
}

impl goatkit_plugin::Plugin for Guest {
    fn registration() -> Plugin {
        let event = [("channel", "string"), ("kind", "string"), ("data", "json")];
        let mut functions = vec![
            function("shown", &[], "html"),
            function("may_listen", &[("channel", "string")], "boolean"),
            function("publish", &event, "integer"),
            function("hidden", &[], "string"),
            function("loops", &[], "string"),
            function("hello", &[], "string"),
        ];
        if let Some(hello) = functions.last_mut() {
            hello.expose = true;
        }
        let mut plugin = plugin("reach_all", VERSION, functions);
        plugin.permissions = vec![VIEW.to_owned()];
        plugin.event_authorizer = Some("may_listen".to_owned());
        for (name, access) in accesses() {
            plugin.pages.push(Page {
                path: format!("/desk/page-{name}"),
                template: "page.html".to_owned(),
                title: "page.title".to_owned(),
                access: access.clone(),
                extra: Vec::new(),
            });
            plugin.widgets.push(Widget {
                id: name.to_owned(),
                title: format!("Widget {name}"),
                place: "dashboard".to_owned(),
                function: "shown".to_owned(),
                access: access.clone(),
                order: 0,
                extra: Vec::new(),
            });
            plugin.menu_items.push(MenuItem {
                id: name.to_owned(),
                label: format!("Menu {name}"),
                path: "/desk/page-public".to_owned(),
                icon: String::new(),
                location: "main".to_owned(),
                order: 0,
                access: access.clone(),
                parent: None,
                extra: Vec::new(),
            });
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
                let path = format!("/desk/route-{name}");
                plugin.routes.push(route(method, path, access.clone()));
            }
        }
        for name in ["endless", "slow"] {
            let path = format!("/desk/{name}");
            plugin.routes.push(route("GET", path, Access::Public));
        }
        plugin
    }

    fn call(function: &str, args: &str) -> Result<Output, Error> {
        match function {
            "shown" => Html("<b>shown</b>".to_owned()).into_output(),
            "hello" => "hello".into_output(),
            "hidden" => "not for others".into_output(),
            "loops" => loop {},
            "may_listen" => {
                let channel: String = Arguments::parse(&["channel"], args)?.take()?;
                may_listen(&channel)
            }
            "publish" => {
                let mut args = Arguments::parse(&["channel", "kind", "data"], args)?;
                let (channel, kind): (String, String) = (args.take()?, args.take()?);
                let data: Value = args.take()?;
                events::publish(&channel, &kind, &data)?.into_output()
            }
            other => Err(Error::Unknown(other.to_owned())),
        }
    }
}

fn route(method: &str, path: String, access: Access) -> Route {
    Route {
        method: method.to_owned(),
        path,
        access,
        webhook: false,
        extra: Vec::new(),
    }
}

fn may_listen(channel: &str) -> Result<Output, Error> {
    let actor = context::actor()?;
    match channel {
        "public" => true.into_output(),
        "signed-in" => actor.is_some().into_output(),
        "permission" => context::has_permission(VIEW).into_output(),
        "no-boolean" => "true".into_output(),
        "fails" => Err(Error::failed("nobody knows")),
        "traps" => panic!("as it was told"),
        _ => false.into_output(),
    }
}

impl goatkit_plugin::Routes for Guest {
    fn handle(request: Request) -> Result<Response, Error> {
        match request.route.as_str() {
            "/desk/endless" => {
                log::info("it begins");
                loop {}
            }
            "/desk/slow" => {
                let had = context::deadline()?;
                while had.saturating_sub(context::deadline()?) < Duration::from_secs(3) {}
            }
            _ => {}
        }
        Response::json(json!({ "method": request.method }))
    }
}

goatkit_plugin::raw::export_registration!(Guest);
goatkit_plugin::raw::functions::export_functions!(Guest);
goatkit_plugin::raw::routes::export_routes!(Guest);
