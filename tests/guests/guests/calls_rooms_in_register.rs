//! calls_rooms_in_register: as calls_context_in_register, of the rooms that can be granted or
//! hold settings: it registers what they answered as the labels of its menu.

use std::fmt::Debug;

use goatkit_plugin::http::Request;
use goatkit_plugin::mail::Message;
use goatkit_plugin::raw::goatkit::plugin::{events, plugins};
use goatkit_plugin::registration::{Access, MenuItem};
use goatkit_plugin::schedule::Plan;
use goatkit_plugin::{Fault, Value, app, cache, config, db, http, json, schedule, templates};
use goatkit_test_guests::{VERSION, plugin};

goatkit_test_guests::registers!({
    let mut plugin = plugin("calls_rooms_in_register", VERSION, Vec::new());
    plugin.menu_items = vec![
        told("config.get", config::get::<Value>("greeting")),
        told("config.secret", config::secret("token")),
        told("config.keys", config::keys()),
        told("db.query", db::query("SELECT 1", [])),
        told(
            "db.execute",
            db::execute("CREATE TABLE p_calls_rooms_in_register__a (b TEXT)", []),
        ),
        told("db.begin", db::begin()),
        told("app.functions", app::functions()),
        told("app.call", app::call::<Value>("desk.echo", &json!({}))),
        told("http.send", http::get("http://127.0.0.1/")),
        told(
            "http.send-many",
            http::send_many([Request::get("http://127.0.0.1/")]),
        ),
        told(
            "mail.send",
            Message::new().to("ada@example.com").text("Hello").send(),
        ),
        told("cache.get", cache::get("a")),
        told("cache.set", cache::set("a", "b", None)),
        told("cache.delete", cache::delete("a")),
        told(
            "schedule.schedule",
            Plan::new("0 7 * * 1", "tidy", &json!({})).schedule(),
        ),
        told(
            "schedule.schedule-job",
            schedule::schedule_job("0 7 * * 1", "tidy", &json!({})),
        ),
        told("schedule.cancel", schedule::cancel("a")),
        told("schedule.list", schedule::list()),
        told("templates.render", templates::render("a.html", &json!({}))),
        told("plugins.functions", plugins::functions()),
        told("plugins.call", plugins::call("kb", "search", "[]")),
        told("events.publish", events::publish("a", "b", "1")),
    ];
    Ok(plugin)
});

fn told<T: Debug>(import: &str, answer: Result<T, impl Into<goatkit_plugin::Error>>) -> MenuItem {
    let label = match answer.map_err(Into::into) {
        Ok(value) => format!("answered {value:?}"),
        Err(goatkit_plugin::Error::Fault(Fault::Unavailable(why))) => format!("unavailable: {why}"),
        Err(other) => format!("refused {other:?}"),
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
