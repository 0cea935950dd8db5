//! The function of `examples/hello` as a plugin of Extism: the same arguments, read in the same
//! way, and the same answer.

use extism_pdk::{FnResult, plugin_fn};
use serde::Serialize;

#[derive(Serialize)]
struct Stats {
    value: usize,
}

/// Counts the characters of a text.
#[plugin_fn]
pub fn calculate_something(args: String) -> FnResult<String> {
    let [input]: [String; 1] = serde_json::from_str(&args)?;
    let value = input.chars().count();
    Ok(serde_json::to_string(&Stats { value })?)
}
