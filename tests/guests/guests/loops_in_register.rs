//! loops_in_register: never answers `gk-register`.

goatkit_test_guests::registers!(loop {});
