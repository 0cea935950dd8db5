//! events_denied: publishes on `updates`, whatever it was granted.

use goatkit_plugin::{Answer, events};

goatkit_test_guests::guest! {
    publish() -> "integer";
    |_, _| events::publish("updates", "added", &1)?.into_output()
}
