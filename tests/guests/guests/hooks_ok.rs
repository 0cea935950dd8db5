//! hooks_ok: before a page is rendered, answers what it was told and for whom; after something was
//! saved, and on events, logs it.

use goatkit_plugin::hooks::Hook;
use goatkit_plugin::{Error, context, json, log};
use goatkit_test_guests::{VERSION, plugin};

goatkit_test_guests::registers!({
    let mut plugin = plugin("hooks_ok", VERSION, Vec::new());
    let hooks = [
        "before_render:page:ticket.*",
        "after_save:ticket",
        "on_event:*",
    ];
    plugin.hooks = hooks.map(str::to_owned).into();
    Ok(plugin)
});

impl goatkit_plugin::Hooks for Guest {
    fn run(hook: Hook) -> Result<Option<String>, Error> {
        let login = context::actor()?.map(|actor| actor.login);
        let Hook {
            of,
            id,
            path,
            locale,
            kind,
            data,
            ..
        } = &hook;
        match hook.name.as_str() {
            "before_render" => {
                let told = json!({
                    "of": of, "path": path, "locale": locale, "data": data, "actor": login,
                });
                Ok(Some(told.to_string()))
            }
            "after_save" => {
                log::info(format!("saved {of} {id} {data} by {login:?}"));
                Ok(None)
            }
            "on_event" => {
                log::info(format!("heard {of} {kind} {data} by {login:?}"));
                Ok(None)
            }
            _ => Err(hook.unknown()),
        }
    }
}

goatkit_plugin::raw::hooks::export_hooks!(Guest);
