//! eats_memory_quietly: asks for memory until it is refused, and carries on. `eat` tells
//! how many pages of 64 KiB it got in all, `hold` keeps them and spins, `panic` panics.

use std::arch::wasm32::{memory_grow, memory_size};

use goatkit_plugin::{Answer, Error};

/// Pages of one step.
const STEP: usize = 16;

goatkit_test_guests::guest! {
    eat() -> "integer",
    hold() -> "json",
    panic() -> "json";
    |function, _| match function {
        "eat" => eat().into_output(),
        "hold" => {
            eat();
            loop {}
        }
        "panic" => panic!("of something else"),
        other => Err(Error::Unknown(other.to_owned())),
    }
}

fn eat() -> usize {
    while memory_grow::<0>(STEP) != usize::MAX {}
    memory_size::<0>()
}
