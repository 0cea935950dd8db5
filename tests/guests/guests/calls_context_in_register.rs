//! calls_context_in_register: asks every import while it registers, and registers what
//! they answered as the labels of its menu. What it logs meanwhile goes through.

use std::fmt::Debug;

use goatkit_plugin::registration::{Access, MenuItem};
use goatkit_plugin::{Fault, context, i18n, log};
use goatkit_test_guests::{VERSION, plugin};

goatkit_test_guests::registers!({
    log::info("asking while registering");
    let mut plugin = plugin("calls_context_in_register", VERSION, Vec::new());
    plugin.menu_items = vec![
        told("actor", context::actor()),
        told("has-permission", context::has_permission("desk.close")),
        told("tenant", context::tenant()),
        told("locale", context::locale()),
        told("now", context::now()),
        told("request-id", context::request_id()),
        told("deadline", context::deadline()),
        told("entry", context::entry()),
        told("caller", context::caller()),
        told("translate", i18n::t("key")),
        told("translate-to", i18n::translate_to("de", "key", &[])),
        told("locales", i18n::locales()),
    ];
    Ok(plugin)
});

fn told<T: Debug>(import: &str, answer: Result<T, Fault>) -> MenuItem {
    let label = match answer {
        Ok(value) => format!("answered {value:?}"),
        Err(fault) => fault.to_string(),
    };
    MenuItem {
        id: String::new(),
        label,
        path: format!("/{import}"),
        icon: String::new(),
        location: String::new(),
        order: 0,
        access: Access::Public,
        parent: None,
        extra: Vec::new(),
    }
}
