//! registers_too_much: brings ten thousand functions, none of which has a fitting name.

use goatkit_test_guests::{VERSION, function, plugin};

goatkit_test_guests::registers!({
    let name = |number| format!("NOT {number}");
    let functions = (0..10_000).map(|number| function(&name(number), &[], "json"));
    Ok(plugin("registers_too_much", VERSION, functions.collect()))
});
