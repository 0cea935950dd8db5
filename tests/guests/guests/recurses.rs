//! recurses: calls itself until the stack is full.

use std::hint::black_box;

use goatkit_plugin::Answer;

goatkit_test_guests::guest! { dive() -> "integer"; |_, _| deeper(0).into_output() }

#[allow(unconditional_recursion)]
fn deeper(depth: u64) -> u64 {
    black_box(deeper(black_box(depth + 1))) + 1
}
