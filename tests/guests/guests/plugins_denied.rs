//! plugins_denied: calls `plugins-peer.who`, whatever it was granted.

use goatkit_plugin::{Answer, Value, plugins};

goatkit_test_guests::guest! {
    who() -> "json";
    |_, _| plugins::call::<Value>("plugins-peer", "who", &[(); 0])?.into_output()
}
