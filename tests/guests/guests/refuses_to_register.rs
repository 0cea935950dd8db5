//! refuses_to_register: answers `gk-register` with an error of its own.

use goatkit_plugin::Error;

goatkit_test_guests::registers!(Err(Error::coded("no-licence", "the licence has run out")));
