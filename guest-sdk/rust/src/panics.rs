//! A panic's message and place go to the plugin's log; then the guest traps.
//!
//! The wasm target has no standard error, so that without this a panic would be a bare
//! `unreachable`. Called by every export; deliberately not here: any attempt to go on.

use std::panic::{PanicHookInfo, set_hook};
use std::sync::Once;

use crate::log;

/// Sees to it that a panic is told. Cheap after the first call.
pub(crate) fn tell() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| set_hook(Box::new(hook)));
}

fn hook(panic: &PanicHookInfo<'_>) {
    let message = panic.payload_as_str().unwrap_or("a value that is no text");
    match panic.location() {
        Some(place) => log::error(format!("panicked at {place}: {message}")),
        None => log::error(format!("panicked: {message}")),
    }
}
