//! wrong_export: registers a function and does not export `functions`.

use goatkit_test_guests::{VERSION, function, plugin};

goatkit_test_guests::registers!(Ok(plugin(
    "wrong_export",
    VERSION,
    vec![function("missing", &[], "json")],
)));
