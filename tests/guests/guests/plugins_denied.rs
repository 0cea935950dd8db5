//! plugins_denied: calls `exposes.who`, whatever it was granted.

use goatkit_plugin::Answer;
use goatkit_plugin::raw::goatkit::plugin::plugins;

goatkit_test_guests::guest! {
    who() -> "string";
    |_, _| plugins::call("exposes", "who", "[]")?.into_output()
}
