//! Plugins of all kinds, good and bad, run through the manager and the wasm runtime. One
//! file per subject; after each mishap the host has to go on serving the others.

#![allow(clippy::unwrap_used, reason = "tests")]

mod counting;
mod expect;

/// No test: what this program does as the process that compiles.
#[test]
fn compiles_when_asked() {
    goatkit_wasm::compile_if_asked();
}

mod asynchronous;
mod attacks;
mod cache;
mod capabilities;
mod choices;
mod compiling;
mod crowds;
mod density;
mod discovery;
mod events;
mod examples;
mod faults;
mod good;
mod grants;
mod hooks;
mod hostile;
mod imports;
mod incoming;
mod installing;
mod jobs;
mod lanes;
mod leaves;
mod limits;
mod loading;
mod menus;
mod no_grant;
mod outside;
mod plugins;
mod pool;
mod registration;
mod reload;
mod routes;
mod sessions;
mod spans;
mod traps;
mod uninstalling;
mod versions;
mod wasi;
mod widgets;
