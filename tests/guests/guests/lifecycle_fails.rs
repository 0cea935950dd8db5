//! lifecycle_fails: refuses to be activated.

use goatkit_plugin::{Answer, Error, Lifecycle};

goatkit_test_guests::guest! { ping() -> "json"; |_, _| ().into_output() }

impl Lifecycle for Guest {
    fn activate(_: Option<String>) -> Result<(), Error> {
        Err(Error::coded("no-table", "its table is missing"))
    }
}

goatkit_plugin::raw::lifecycle::export_lifecycle!(Guest);
