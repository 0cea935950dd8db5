//! bad_registration: registers one of everything that does not hold.

use goatkit_plugin::registration::{Access, MenuItem, Page, Route};
use goatkit_test_guests::{VERSION, function, plugin};

goatkit_test_guests::registers!({
    let functions = vec![
        function("Upper", &[("input", "string")], "json"),
        function("typed", &[("input", "uuid"), ("input", "string")], "number"),
        function("twice", &[], "void"),
        function("twice", &[], "integer?"),
    ];
    let mut plugin = plugin("bad_registration", VERSION, functions);
    plugin.menu_items = vec![
        menu_item("Click\u{7}", "javascript:alert(1)"),
        menu_item("Out", "//example.com/"),
    ];
    plugin.pages = vec![
        page("/plugins/bad-registration/a", "nowhere.html"),
        page("/tickets", "there.html"),
        page("/plugins/bad-registration/../x", "there.html"),
    ];
    plugin.routes = vec![Route {
        method: "GET".to_owned(),
        path: "/plugins/bad-registration/route".to_owned(),
        access: Access::Public,
        webhook: false,
        extra: Vec::new(),
    }];
    plugin.permissions = vec!["admin.all".to_owned(), "bad_registration".to_owned()];
    Ok(plugin)
});

fn menu_item(label: &str, path: &str) -> MenuItem {
    MenuItem {
        id: String::new(),
        label: label.to_owned(),
        path: path.to_owned(),
        icon: String::new(),
        location: String::new(),
        order: 0,
        access: Access::Public,
        parent: None,
        extra: Vec::new(),
    }
}

fn page(path: &str, template: &str) -> Page {
    Page {
        path: path.to_owned(),
        template: template.to_owned(),
        title: "A page".to_owned(),
        access: Access::Public,
        extra: Vec::new(),
    }
}
