//! wants_a_taken_page: registers the page of the example `hello`.

use goatkit_plugin::registration::{Access, Page};
use goatkit_test_guests::{VERSION, plugin};

goatkit_test_guests::registers!({
    let mut plugin = plugin("wants_a_taken_page", VERSION, Vec::new());
    plugin.pages = vec![Page {
        path: "/admin/my-feature".to_owned(),
        template: "mine.html".to_owned(),
        title: "Mine".to_owned(),
        access: Access::Public,
        extra: Vec::new(),
    }];
    Ok(plugin)
});
