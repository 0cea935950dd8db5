//! Hooks and widgets as a plugin's author writes them, the registration of both, and which
//! function is told of what.
#![allow(missing_docs, clippy::unwrap_used)]

use goatkit_plugin::hooks::Hook;
use goatkit_plugin::registration::Access;
use goatkit_plugin::testing::{Session, take_log};
use goatkit_plugin::{Error, Fault, Hooks as _, Plugin as _, Value, json};

#[goatkit_plugin::plugin(
    menu(label = "Desk", path = "start", id = "desk", location = "admin", order = -5),
    menu(label = "Sub", path = "sub", parent = "desk", permission = "desk.view"),
    page(path = "start", template = "start.html", title = "Start"),
    permissions("desk.view")
)]
mod desk {
    use goatkit_plugin::hooks::Hook;
    use goatkit_plugin::{Error, Fault, Html, Json, Value, context, json, log};
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Shown {
        title: String,
    }

    #[hook("before_render:page:ticket.*")]
    fn more(hook: Hook) -> Result<Json<usize>, Error> {
        let shown: Shown = hook.data()?;
        Ok(Json(shown.title.len()))
    }

    #[hook("before_render:page:markup")]
    fn markup() -> Html {
        Html("<b>".to_owned())
    }

    /// Less particular, and therefore last.
    #[hook("before_render")]
    fn any(hook: Hook) -> Option<Value> {
        (hook.locale == "de").then(|| json!([hook.path]))
    }

    #[hook("after_save:ticket")]
    #[hook("after_save:article")]
    fn saved(hook: Hook) {
        log::info(format!("{} {} {}", hook.name, hook.of, hook.id));
    }

    #[hook("on_event:stats.*")]
    pub fn heard(hook: Hook) -> Result<(), Fault> {
        let nobody = context::actor()?.is_none();
        let Hook {
            plugin,
            channel,
            kind,
            ..
        } = hook;
        log::info(format!("{plugin} {channel} {kind} {nobody}"));
        Err(Fault::TimedOut)
    }

    /// Cards
    #[widget(place = "dashboard", title = "cards", permission = "desk.view")]
    #[widget(place = "ticket.side", title = "Side", id = "side", public, order = 3)]
    #[expose]
    pub fn open_cards() -> Result<Html, Error> {
        Ok(Html("<b>".to_owned()))
    }

    #[authorizes_events]
    pub fn may_listen(channel: &str) -> bool {
        channel == "updates"
    }
}

use desk::Plugin;

fn told(name: &str, of: &str, payload: Value) -> Result<Option<Value>, Error> {
    let session = Session::default().signed_in("jane", "agent");
    session.hook::<Plugin>(name, of, payload)
}

#[test]
fn the_registration_has_hooks_widgets_and_what_is_exposed() {
    let plugin = Plugin::registration();
    assert_eq!(
        plugin.hooks,
        [
            "before_render:page:ticket.*",
            "before_render:page:markup",
            "before_render",
            "after_save:ticket",
            "after_save:article",
            "on_event:stats.*",
        ]
    );
    let widgets = plugin.widgets.into_iter();
    let widgets: Vec<_> = widgets
        .map(|it| {
            (
                [it.id, it.title, it.place, it.function],
                it.access,
                it.order,
            )
        })
        .collect();
    let view = Access::Permission("desk.view".to_owned());
    let row = |texts: [&str; 4], access, order| (texts.map(str::to_owned), access, order);
    assert_eq!(
        widgets,
        [
            row(["open-cards", "cards", "dashboard", "open_cards"], view, 0),
            row(
                ["side", "Side", "ticket.side", "open_cards"],
                Access::Public,
                3
            ),
        ]
    );
    let functions: Vec<_> = plugin
        .functions
        .iter()
        .map(|it| (&*it.name, &*it.returns, it.expose))
        .collect();
    assert_eq!(
        functions,
        [
            ("open_cards", "html", true),
            ("may_listen", "boolean", false)
        ]
    );
    assert_eq!(plugin.event_authorizer.as_deref(), Some("may_listen"));
    assert_eq!(plugin.mount, None);
}

#[test]
fn the_registration_has_the_menu() {
    let plugin = Plugin::registration();
    let [desk, sub] = &plugin.menu_items[..] else {
        panic!("{:?}", plugin.menu_items)
    };
    let start = format!("/plugins/{}/start", env!("CARGO_PKG_NAME"));
    assert_eq!((&desk.path, &plugin.pages[0].path), (&start, &start));
    assert_eq!(
        [&*desk.id, &*desk.location, &*desk.icon],
        ["desk", "admin", ""]
    );
    assert_eq!((desk.order, sub.order), (-5, 0));
    assert_eq!((&desk.access, &desk.parent), (&Access::Public, &None));
    assert_eq!([&*sub.id, &*sub.location], ["", ""]);
    assert_eq!(sub.access, Access::Permission("desk.view".to_owned()));
    assert_eq!(sub.parent.as_deref(), Some("desk"));
}

#[test]
fn the_first_function_that_hooks_something_is_told() {
    let page = |title| json!({ "data": { "title": title }, "locale": "de", "path": "/t" });
    let of_ticket = told("before_render", "page:ticket.zoom", page(json!("Fire")));
    assert_eq!(of_ticket, Ok(Some(json!(4))));
    let of_other = told("before_render", "page:queue", page(json!("Fire")));
    assert_eq!(of_other, Ok(Some(json!(["/t"]))));
    assert_eq!(told("before_render", "page:queue", json!({})), Ok(None));
    assert_eq!(
        told("before_render", "page:ticket.zoom", page(json!(5))),
        Err(Error::invalid(
            "the data of `before_render:page:ticket.zoom`: invalid type: integer `5`, \
             expected a string"
        ))
    );
    let markup = told("before_render", "page:markup", json!({}));
    assert!(markup.unwrap_err().to_string().contains("plain JSON"));

    for (of, id) in [("ticket", json!(7)), ("article", json!("a-7"))] {
        assert_eq!(told("after_save", of, json!({ "id": id })), Ok(None));
    }
    assert_eq!(told("after_save", "queue", json!({ "id": 7 })), Ok(None));
    let event = json!({ "plugin": "stats", "channel": "a.b", "kind": "added", "data": 1 });
    let heard = told("on_event", "stats.a.b", event);
    assert_eq!(heard, Err(Fault::TimedOut.into()));
    let messages: Vec<_> = take_log().into_iter().map(|line| line.message).collect();
    assert_eq!(
        messages,
        [
            "after_save ticket 7",
            "after_save article a-7",
            "stats a.b added true"
        ]
    );
}

#[test]
fn what_nobody_hooks_is_unknown() {
    let hook = |name: &str, of: &str| Hook {
        name: name.to_owned(),
        of: of.to_owned(),
        ..Hook::default()
    };
    for (name, of) in [("after_save", "queue"), ("on_event", "stat.a"), ("x", "y")] {
        let unknown = Err(Error::Unknown(format!("{name}:{of}")));
        assert_eq!(Plugin::run(hook(name, of)), unknown);
    }
    for (registered, name, of, expect) in [
        ("after_save", "after_save", "ticket", true),
        ("after_save:*", "after_save", "ticket", true),
        ("after_save:ticket", "after_save", "ticket", true),
        ("after_save:ticket", "after_save", "tickets", false),
        ("after_save:ticket", "on_event", "ticket", false),
        ("on_event:stats.*", "on_event", "stats.a.b", true),
        ("on_event:stats.*", "on_event", "stats", false),
    ] {
        let fits = hook(name, of).is_for(registered);
        assert_eq!(fits, expect, "{registered}: {name} of {of}");
    }
}
