//! loops_in_activate: never comes back from `activate`.

use goatkit_plugin::{Answer, Error, Lifecycle};

goatkit_test_guests::guest! { ping() -> "json"; |_, _| ().into_output() }

impl Lifecycle for Guest {
    fn activate(_: Option<String>) -> Result<(), Error> {
        loop {}
    }
}

goatkit_plugin::raw::lifecycle::export_lifecycle!(Guest);
