//! events_denied: publishes on `updates`, whatever it was granted.

use goatkit_plugin::Answer;
use goatkit_plugin::raw::goatkit::plugin::events;

goatkit_test_guests::guest! {
    publish() -> "integer";
    |_, _| events::publish("updates", "added", "1")?.into_output()
}
