//! What `gk-register` answers, from the contract's types to the port's. Nothing is
//! checked here: the manager does, for every runtime alike.

use goatkit_runtime as port;
use goatkit_runtime::Extra;

use super::bindings::exports::goatkit::plugin::registration as wit;

/// The registration, with the `extra` of every record gathered under its place.
pub(crate) fn convert(plugin: wit::Plugin) -> port::Registration {
    let mut extras = Extras::default();
    extras.gather(|| "the plugin".to_owned(), plugin.extra);
    port::Registration {
        name: plugin.name,
        version: plugin.version,
        runtime: "wasm".to_owned(),
        functions: each(plugin.functions, |it| function(it, &mut extras)),
        hooks: plugin.hooks,
        menu_items: each(plugin.menu_items, |it| menu_item(it, &mut extras)),
        pages: each(plugin.pages, |it| page(it, &mut extras)),
        routes: each(plugin.routes, |it| route(it, &mut extras)),
        widgets: each(plugin.widgets, |it| widget(it, &mut extras)),
        jobs: each(plugin.jobs, |it| job(it, &mut extras)),
        permissions: plugin.permissions,
        event_authorizer: plugin.event_authorizer,
        mount: plugin.mount.map(access),
        extra: extras.0,
    }
}

/// Extras that are told of: one is enough to refuse a registration.
const MAX_EXTRAS: usize = 20;

#[derive(Default)]
struct Extras(Vec<Extra>);

impl Extras {
    fn gather(&mut self, place: impl Fn() -> String, extra: Vec<(String, String)>) {
        let room = MAX_EXTRAS.saturating_sub(self.0.len());
        let extra = extra.into_iter().take(room);
        self.0.extend(extra.map(|(key, value)| Extra {
            place: shortened(place()),
            key: shortened(key),
            value: shortened(value),
        }));
    }
}

/// Names are checked later; until then one may be as long as an answer.
fn shortened(mut text: String) -> String {
    const MOST: usize = 256;
    text.truncate(text.floor_char_boundary(MOST));
    text
}

fn each<T, U>(list: Vec<T>, convert: impl FnMut(T) -> U) -> Vec<U> {
    list.into_iter().map(convert).collect()
}

fn function(it: wit::Function, extras: &mut Extras) -> port::Function {
    let wit::Function {
        name,
        args,
        returns,
        description,
        expose,
        extra,
    } = it;
    extras.gather(|| format!("function `{name}`"), extra);
    let args = each(args, |arg| {
        let wit::Argument {
            name: argument,
            type_,
            extra,
        } = arg;
        extras.gather(
            || format!("function `{name}`, argument `{argument}`"),
            extra,
        );
        port::Argument {
            name: argument,
            type_name: type_,
        }
    });
    port::Function {
        name,
        args,
        returns,
        description,
        expose,
    }
}

fn menu_item(it: wit::MenuItem, extras: &mut Extras) -> port::MenuItem {
    let wit::MenuItem {
        id,
        label,
        path,
        icon,
        location,
        order,
        access: who,
        parent,
        extra,
    } = it;
    extras.gather(|| format!("menu item `{path}`"), extra);
    let location = match location.as_str() {
        "" => port::MAIN_MENU.to_owned(),
        _ => location,
    };
    port::MenuItem {
        label,
        path,
        icon,
        id,
        location,
        order,
        access: access(who),
        parent,
    }
}

fn page(it: wit::Page, extras: &mut Extras) -> port::Page {
    let wit::Page {
        path,
        template,
        title,
        access: who,
        extra,
    } = it;
    extras.gather(|| format!("page `{path}`"), extra);
    port::Page {
        path,
        template,
        title,
        access: access(who),
    }
}

fn route(it: wit::Route, extras: &mut Extras) -> port::Route {
    let wit::Route {
        method,
        path,
        access: who,
        webhook,
        extra,
    } = it;
    extras.gather(|| format!("route `{method} {path}`"), extra);
    port::Route {
        method,
        path,
        access: access(who),
        webhook,
    }
}

fn widget(it: wit::Widget, extras: &mut Extras) -> port::Widget {
    let wit::Widget {
        id,
        title,
        place,
        function,
        access: who,
        order,
        extra,
    } = it;
    extras.gather(|| format!("widget `{id}`"), extra);
    port::Widget {
        id,
        title,
        place,
        function,
        access: access(who),
        order,
    }
}

fn job(it: wit::Job, extras: &mut Extras) -> port::Job {
    let wit::Job {
        name,
        cron,
        time_zone,
        args,
        extra,
    } = it;
    let (known, extra) = extra.into_iter().partition(|(key, _)| key == "retries");
    extras.gather(|| format!("job `{name}`"), extra);
    let known: Vec<(String, String)> = known;
    let retries = match known.as_slice() {
        [] => None,
        // What is no number is refused with what is out of bounds.
        [.., (_, value)] => Some(value.trim().parse().unwrap_or(u32::MAX)),
    };
    port::Job {
        name,
        cron,
        time_zone,
        args,
        retries,
    }
}

fn access(it: wit::Access) -> port::Access {
    match it {
        wit::Access::Public => port::Access::Public,
        wit::Access::SignedIn => port::Access::SignedIn,
        wit::Access::Permission(name) => port::Access::Permission(name),
    }
}
