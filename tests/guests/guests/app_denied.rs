//! app_denied: calls `ticket.delete`, whatever it was granted.

use goatkit_plugin::{Answer, Value, app, json};

goatkit_test_guests::guest! {
    delete(id: "integer") -> "json";
    |_, args| {
        let id: i64 = goatkit_plugin::Arguments::parse(&["id"], args)?.take()?;
        app::call::<Value>("ticket.delete", &json!({ "id": id }))?.into_output()
    }
}
