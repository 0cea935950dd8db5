//! panics_in_register: breaks off in `gk-register`.

use goatkit_plugin::registration::Plugin as Registration;
use goatkit_plugin::{Error, Output, Plugin};

struct Guest;

impl Plugin for Guest {
    fn registration() -> Registration {
        panic!("before it registered anything")
    }

    fn call(function: &str, _: &str) -> Result<Output, Error> {
        Err(Error::Unknown(function.to_owned()))
    }
}

goatkit_plugin::raw::export_registration!(Guest);
