//! What a moment shows, and what answers, with plugins that are closures.

mod choices;
mod events;
mod hooks;
mod matrix;
mod peers;
mod shown;
mod widgets;
