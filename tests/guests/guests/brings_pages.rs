//! brings_pages: a page, a menu item, a permission, and no functions at all.

use goatkit_plugin::registration::{Access, MenuItem, Page};
use goatkit_test_guests::{VERSION, plugin};

goatkit_test_guests::registers!({
    let mut plugin = plugin("brings_pages", VERSION, Vec::new());
    plugin.menu_items = vec![MenuItem {
        id: String::new(),
        label: "Pages".to_owned(),
        path: "/plugins/brings-pages/start".to_owned(),
        icon: "book".to_owned(),
        location: String::new(),
        order: 0,
        access: Access::Public,
        parent: None,
        extra: Vec::new(),
    }];
    plugin.pages = vec![Page {
        path: "/plugins/brings-pages/start".to_owned(),
        template: "start.html".to_owned(),
        title: "Start".to_owned(),
        access: Access::Permission("brings_pages.view".to_owned()),
        extra: Vec::new(),
    }];
    plugin.permissions = vec!["brings_pages.view".to_owned()];
    Ok(plugin)
});
