//! hostile_paths: registers menu items that lead where the attacks of `tests/browser/attacks.txt`
//! want to lead.

#[path = "shared/attacks.rs"]
mod attacks;

use goatkit_plugin::registration::{Access, MenuItem};
use goatkit_test_guests::{VERSION, plugin};

goatkit_test_guests::registers!({
    let mut plugin = plugin("hostile_paths", VERSION, Vec::new());
    let item = |it: attacks::Attack| MenuItem {
        id: it.name.to_owned(),
        label: format!("{} {}", it.place, it.name),
        path: it.content,
        icon: String::new(),
        location: "main".to_owned(),
        order: 0,
        access: Access::Public,
        parent: None,
        extra: Vec::new(),
    };
    plugin.menu_items = attacks::attacks(&["path"]).into_iter().map(item).collect();
    Ok(plugin)
});
