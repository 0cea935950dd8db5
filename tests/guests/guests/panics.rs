//! panics: counts its calls, and panics when it is told to.

use std::sync::atomic::{AtomicU64, Ordering};

use goatkit_plugin::{Answer, Error};

static CALLS: AtomicU64 = AtomicU64::new(0);

goatkit_test_guests::guest! {
    count() -> "integer",
    panic() -> "json";
    |function, _| match function {
        "count" => (CALLS.fetch_add(1, Ordering::Relaxed) + 1).into_output(),
        "panic" => panic!("as it was told"),
        other => Err(Error::Unknown(other.to_owned())),
    }
}
