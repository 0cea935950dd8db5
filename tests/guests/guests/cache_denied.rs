//! cache_denied: reads the key `a`, whatever it was granted.

use goatkit_plugin::{Answer, cache};

goatkit_test_guests::guest! {
    read() -> "string?";
    |_, _| {
        let value = cache::get("a")?;
        value.map(|it| String::from_utf8_lossy(&it).into_owned()).into_output()
    }
}
