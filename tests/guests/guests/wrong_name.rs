//! wrong_name: registers under the name of another plugin.

goatkit_test_guests::registers!(Ok(goatkit_test_guests::plugin(
    "someone_else",
    "1.0.0",
    Vec::new()
)));
