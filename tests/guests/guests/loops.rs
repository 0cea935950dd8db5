//! loops: its function never comes back.

goatkit_test_guests::guest! { spin() -> "json"; |_, _| loop {} }
