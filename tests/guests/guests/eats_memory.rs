//! eats_memory: takes memory until there is none, and then aborts as Rust does.

use std::hint::black_box;

goatkit_test_guests::guest! {
    eat() -> "json";
    |_, _| {
        let mut eaten = Vec::new();
        loop {
            eaten.push(black_box(vec![1_u8; 1 << 20]));
        }
    }
}
