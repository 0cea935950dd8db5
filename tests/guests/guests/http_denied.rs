//! http_denied: asks for the metadata of the machine, whatever it was granted.

use goatkit_plugin::{Answer, http};

goatkit_test_guests::guest! {
    metadata() -> "string";
    |_, _| {
        let response = http::get("http://169.254.169.254/latest/meta-data/")?;
        String::from_utf8_lossy(&response.body).into_owned().into_output()
    }
}
