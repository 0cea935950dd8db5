//! loops_in_start: never comes out of its start function, which runs when an instance is
//! made, before any export is called.

use goatkit_plugin::Answer;

goatkit_test_guests::guest! { ping() -> "json"; |_, _| ().into_output() }

#[unsafe(no_mangle)]
extern "C" fn _initialize() {
    loop {}
}
