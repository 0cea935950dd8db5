//! hooks_bad: hooks whatever there is, and does with it what the pages' name says: `page:traps`,
//! `page:endless`, `page:fails`, `page:no-json`, `page:huge`; after something was saved, fails.

use goatkit_plugin::hooks::Hook;
use goatkit_plugin::{Error, json};
use goatkit_test_guests::{VERSION, plugin};

goatkit_test_guests::registers!({
    let mut plugin = plugin("hooks_bad", VERSION, Vec::new());
    plugin.hooks = ["before_render", "after_save", "on_event"]
        .map(str::to_owned)
        .into();
    Ok(plugin)
});

impl goatkit_plugin::Hooks for Guest {
    fn run(hook: Hook) -> Result<Option<String>, Error> {
        match hook.of.as_str() {
            "page:traps" => panic!("as it was told"),
            "page:endless" => loop {},
            "page:no-json" => Ok(Some("{".to_owned())),
            "page:huge" => Ok(Some(json!("a".repeat(9 << 20)).to_string())),
            "page:fine" => Ok(Some("\"fine\"".to_owned())),
            _ => Err(Error::failed("it hooks and does not help")),
        }
    }
}

goatkit_plugin::raw::hooks::export_hooks!(Guest);
