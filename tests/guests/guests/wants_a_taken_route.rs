//! wants_a_taken_route: registers what `reach_all` has: a route by another name of its parameter, a
//! route at the path of a page, and a page at that of a page.

use goatkit_plugin::Error;
use goatkit_plugin::registration::{Access, Page, Route};
use goatkit_plugin::routes::{Request, Response};
use goatkit_test_guests::{VERSION, plugin};

goatkit_test_guests::registers!({
    let mut plugin = plugin("wants_a_taken_route", VERSION, Vec::new());
    let route = |method: &str, path: &str| Route {
        method: method.to_owned(),
        path: path.to_owned(),
        access: Access::Public,
        webhook: false,
        extra: Vec::new(),
    };
    plugin.routes = vec![
        route("POST", "/desk/route-public"),
        route("GET", "/desk/page-public"),
        route("GET", "/desk/mine"),
    ];
    plugin.pages = vec![Page {
        path: "/desk/page-signed-in".to_owned(),
        template: "page.html".to_owned(),
        title: "Mine".to_owned(),
        access: Access::Public,
        extra: Vec::new(),
    }];
    Ok(plugin)
});

impl goatkit_plugin::Routes for Guest {
    fn handle(_: Request) -> Result<Response, Error> {
        Ok(Response::text("mine"))
    }
}

goatkit_plugin::raw::routes::export_routes!(Guest);
