//! The examples are plugins as anybody writes them: what they test of themselves holds.

use goatkit_test_support::test_example;

#[test]
fn hello() {
    test_example("hello");
}

#[test]
fn stats() {
    test_example("stats");
}

#[test]
fn notes() {
    test_example("notes");
}
