//! Plugins of all kinds, good and bad, run through the manager and the wasm runtime. One
//! file per subject; after each mishap the host has to go on serving the others.

#![allow(clippy::unwrap_used, reason = "tests")]

mod counting;
mod expect;

mod attacks;
mod cache;
mod capabilities;
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
mod limits;
mod loading;
mod menus;
mod no_grant;
mod outside;
mod plugins;
mod registration;
mod reload;
mod routes;
mod sessions;
mod traps;
mod versions;
mod wasi;
mod widgets;
