//! What all charts have in common: the frame with its name and its content in words, and
//! pieces that are safe whatever a text holds.

use goatkit_plugin::html::escape;

/// Width of every chart, in units that are pixels where there is room.
pub(super) const WIDTH: f64 = 640.0;

/// The colours of what is drawn: they stand out from white and from black, and no two are
/// told apart by colour alone.
pub(super) const COLOURS: [&str; 2] = ["#3b82c4", "#c2640a"];

/// A picture for eyes, and the same in words for whoever does not see it: a screen reader
/// reads the title and the description, and nothing of what is drawn.
pub(super) fn frame(title: &str, description: &str, height: f64, drawn: &str) -> String {
    let (title, description) = (escape(title), escape(description));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 {WIDTH} {height}\" \
         width=\"{WIDTH}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"13\" \
         fill=\"currentColor\"><title>{title}</title><desc>{description}</desc>{drawn}</svg>"
    )
}

/// Where a text stands in relation to its place.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

pub(super) fn text(x: f64, y: f64, anchor: Anchor, shown: &str) -> String {
    let anchor = match anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    };
    let shown = escape(shown);
    format!("<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{shown}</text>")
}

/// A coordinate with one decimal: finer than a screen.
pub(super) fn rounded(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}
