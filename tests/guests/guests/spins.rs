//! spins: never comes back, each function in another way: in the host's own loops over memory, in
//! calls to the host that end at once, in waits that end at once, in its allocator, and from
//! function to function.

use std::hint::black_box;

use goatkit_plugin::{Error, context, log};
use wasip2::clocks::monotonic_clock::subscribe_duration;

/// Enough that the host's loop over it takes longer than a few of the guest's steps.
const BYTES: usize = 16 << 20;

goatkit_test_guests::guest! {
    fills() -> "json",
    copies() -> "json",
    asks() -> "json",
    logs() -> "json",
    naps() -> "json",
    allocates() -> "json",
    bounces() -> "json";
    |function, _| match function {
        "fills" => fills(),
        "copies" => copies(),
        "asks" => loop {
            let _ = black_box(context::now());
        },
        "logs" => loop {
            log::info("again");
        },
        "naps" => loop {
            subscribe_duration(1).block();
        },
        "allocates" => loop {
            black_box(vec![1_u8; 64]);
        },
        "bounces" => bounces(),
        other => Err(Error::Unknown(other.to_owned())),
    }
}

fn fills() -> ! {
    let mut memory = vec![0_u8; BYTES];
    let mut byte = 0_u8;
    loop {
        byte = byte.wrapping_add(1);
        black_box(&mut memory).fill(byte);
    }
}

fn copies() -> ! {
    let mut memory = vec![0_u8; BYTES];
    loop {
        black_box(&mut memory).copy_within(..BYTES / 2, BYTES / 2);
    }
}

/// By a table, so that no loop stands in any function but this one's.
fn bounces() -> ! {
    let there: [fn(usize) -> usize; 2] = [|at| at + 1, |at| at - 1];
    let mut at = 0;
    loop {
        at = black_box(there)[at % 2](at);
    }
}
