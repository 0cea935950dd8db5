//! widgets_ok: widgets for the place `dashboard`: one for everyone, one for those who are signed
//! in, one that needs a permission, one that fails, one that never ends, and two that say by their
//! order that they are the first and the last.

use goatkit_plugin::registration::{Access, Widget};
use goatkit_plugin::{Answer, Error, Html, Output, context};
use goatkit_test_guests::{VERSION, function, plugin};

struct Guest;

/// Each with the function of its name.
const WIDGETS: [(&str, i32); 7] = [
    ("last", 10),
    ("everyone", 0),
    ("signed_in", 0),
    ("permitted", 0),
    ("fails", 0),
    ("endless", 0),
    ("first", -10),
];

impl goatkit_plugin::Plugin for Guest {
    fn registration() -> goatkit_plugin::registration::Plugin {
        let functions = WIDGETS.map(|(name, _)| function(name, &[], "html"));
        let mut plugin = plugin("widgets_ok", VERSION, functions.into());
        let widget = |(name, order): (&str, i32)| Widget {
            id: name.replace('_', "-"),
            title: format!("Widget {name}"),
            place: "dashboard".to_owned(),
            function: name.to_owned(),
            access: match name {
                "signed_in" => Access::SignedIn,
                "permitted" => Access::Permission("widgets_ok.view".to_owned()),
                _ => Access::Public,
            },
            order,
            extra: Vec::new(),
        };
        plugin.widgets = WIDGETS.map(widget).into();
        plugin.permissions = vec!["widgets_ok.view".to_owned()];
        plugin
    }

    fn call(function: &str, _: &str) -> Result<Output, Error> {
        match function {
            "fails" => Err(Error::failed("no figures today")),
            "endless" => loop {},
            name if WIDGETS.iter().any(|(known, _)| *known == name) => {
                let login = context::actor()?.map(|actor| actor.login);
                let login = login.unwrap_or_else(|| "nobody".to_owned());
                Html(format!("<b>{name}</b> for {login}")).into_output()
            }
            other => Err(Error::Unknown(other.to_owned())),
        }
    }
}

goatkit_plugin::raw::export_registration!(Guest);
goatkit_plugin::raw::functions::export_functions!(Guest);
