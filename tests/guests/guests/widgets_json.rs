//! widgets_json: registers a widget whose function says that it returns HTML, and answers JSON.

use goatkit_plugin::registration::{Access, Plugin, Widget};
use goatkit_plugin::{Answer, Error, Output, json};
use goatkit_test_guests::{VERSION, function, plugin};

struct Guest;

impl goatkit_plugin::Plugin for Guest {
    fn registration() -> Plugin {
        let functions = vec![function("figures", &[], "html")];
        let mut plugin = plugin("widgets_json", VERSION, functions);
        plugin.widgets = vec![Widget {
            id: "figures".to_owned(),
            title: "Figures".to_owned(),
            place: "dashboard".to_owned(),
            function: "figures".to_owned(),
            access: Access::Public,
            order: 0,
            extra: Vec::new(),
        }];
        plugin
    }

    fn call(_: &str, _: &str) -> Result<Output, Error> {
        json!({ "html": "<b>no markup</b>" }).into_output()
    }
}

goatkit_plugin::raw::export_registration!(Guest);
goatkit_plugin::raw::functions::export_functions!(Guest);
