//! not_json: answers a text that says it is JSON and is none.

use goatkit_plugin::Output;

goatkit_test_guests::guest! {
    garble() -> "json";
    |_, _| Ok(Output::Json("{\"value\": ".to_owned()))
}
