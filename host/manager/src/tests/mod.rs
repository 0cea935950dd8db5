//! What a moment shows, and what answers, with plugins that are closures.

mod choices;
mod events;
mod hooks;
mod left_alone;
mod matrix;
mod memory;
mod peers;
mod replaced;
mod shown;
mod stopped;
mod widgets;
