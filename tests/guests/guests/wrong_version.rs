//! wrong_version: registers another version than its manifest's.

goatkit_test_guests::registers!(Ok(goatkit_test_guests::plugin(
    "wrong_version",
    "9.9.9",
    Vec::new()
)));
