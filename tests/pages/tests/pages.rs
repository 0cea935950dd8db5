//! What plugins show and answer over HTTP, asked as browsers and programs ask: a whole host for
//! each test, with real guests. One file per subject.

#![allow(clippy::unwrap_used, reason = "tests")]

mod site;

mod bodies;
mod conflicts;
mod events;
mod forms;
mod gone;
mod headers;
mod hooks;
mod left_alone;
mod matrix;
mod mounts;
mod paths;
mod reloads;
mod routes;
mod script;
mod sign_in;
mod storm;
mod uses;
mod widgets;
