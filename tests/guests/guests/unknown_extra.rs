//! unknown_extra: asks under `extra` for what only a later host could know.

use goatkit_test_guests::{VERSION, plugin};

goatkit_test_guests::registers!({
    let mut plugin = plugin("unknown_extra", VERSION, Vec::new());
    plugin
        .extra
        .push(("theme".to_owned(), "\"dark\"".to_owned()));
    Ok(plugin)
});
