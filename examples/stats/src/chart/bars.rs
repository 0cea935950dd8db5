//! Bars that lie on one another, each with its name and its number.

use super::svg::{Anchor, COLOURS, WIDTH, frame, rounded, text};

const ROW: f64 = 26.0;
const THICKNESS: f64 = 16.0;

/// Where bars begin, and the length of the longest. Numbers stand behind them.
const LEFT: f64 = 190.0;
const LONGEST: f64 = 310.0;

/// What is shown of a longer name: as much as there is room for.
const LABEL_CHARACTERS: usize = 24;

/// Bars that one can still compare. The number of those left out stands below them.
const MOST_BARS: usize = 40;

/// One bar.
#[derive(Debug)]
pub(super) struct Bar {
    pub(super) label: String,
    pub(super) length: f64,
    /// The number as it is written.
    pub(super) shown: String,
}

/// The length of the longest bar.
pub(super) fn longest(bars: &[Bar]) -> f64 {
    bars.iter().map(|bar| bar.length).fold(0.0, f64::max)
}

/// A chart of bars; `most` is the length that takes the whole width, and `none` what is said
/// where there is no bar.
pub(super) fn draw(title: &str, bars: &[Bar], most: f64, none: &str) -> String {
    if bars.is_empty() {
        let said = text(WIDTH / 2.0, ROW, Anchor::Middle, none);
        return frame(title, none, 2.0 * ROW, &said);
    }
    let shown = &bars[..bars.len().min(MOST_BARS)];
    let mut drawn: String = shown
        .iter()
        .enumerate()
        .map(|(row, bar)| draw_bar(row as f64 * ROW, bar, most))
        .collect();
    let mut rows = shown.len();
    if bars.len() > rows {
        let more = format!("+ {}", bars.len() - rows);
        drawn += &text(LEFT - 8.0, rows as f64 * ROW + 18.0, Anchor::End, &more);
        rows += 1;
    }
    let words: Vec<String> = bars
        .iter()
        .map(|bar| format!("{}: {}", bar.label, bar.shown))
        .collect();
    frame(title, &words.join("; "), rows as f64 * ROW, &drawn)
}

fn draw_bar(top: f64, bar: &Bar, most: f64) -> String {
    let width = match most {
        most if most > 0.0 => rounded(bar.length / most * LONGEST),
        _ => 0.0,
    };
    let (line, above, colour) = (top + 18.0, top + (ROW - THICKNESS) / 2.0, COLOURS[0]);
    let label = text(LEFT - 8.0, line, Anchor::End, &shortened(&bar.label));
    let number = text(LEFT + width + 6.0, line, Anchor::Start, &bar.shown);
    format!(
        "{label}<rect x=\"{LEFT}\" y=\"{above}\" width=\"{width}\" height=\"{THICKNESS}\" \
         fill=\"{colour}\"/>{number}"
    )
}

fn shortened(label: &str) -> String {
    match label.char_indices().nth(LABEL_CHARACTERS) {
        Some((end, _)) => format!("{}…", &label[..end]),
        None => label.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(label: &str, length: f64) -> Bar {
        Bar {
            label: label.to_owned(),
            length,
            shown: length.to_string(),
        }
    }

    #[test]
    fn bars_are_as_long_as_their_numbers() {
        let bars = [bar("a", 10.0), bar("b", 5.0), bar("c", 0.0), bar("d", 0.1)];
        let chart = draw("T", &bars, longest(&bars), "none");
        for width in ["\"310\"", "\"155\"", "\"0\"", "\"3.1\""] {
            let width = format!("width={width} height=\"16\"");
            assert_eq!(chart.matches(&width).count(), 1, "{width} in {chart}");
        }
        assert!(chart.contains("<title>T</title><desc>a: 10; b: 5; c: 0; d: 0.1</desc>"));
        assert!(chart.contains("viewBox=\"0 0 640 104\""));
    }

    #[test]
    fn what_takes_the_whole_width_can_be_said() {
        let chart = draw("T", &[bar("a", 50.0)], 100.0, "none");
        assert!(chart.contains("width=\"155\""), "{chart}");
        let zeros = draw("T", &[bar("a", 0.0)], 0.0, "none");
        assert!(zeros.contains("width=\"0\""), "{zeros}");
    }

    #[test]
    fn nothing_is_said_in_words() {
        let chart = draw("T", &[], 0.0, "no <tickets>");
        assert!(chart.contains("<desc>no &lt;tickets&gt;</desc>"), "{chart}");
        assert!(chart.contains(">no &lt;tickets&gt;</text>") && !chart.contains("<rect"));
    }

    #[test]
    fn many_bars_are_counted_and_long_names_cut() {
        let name = "ü".repeat(LABEL_CHARACTERS + 1);
        let many: Vec<Bar> = (0..MOST_BARS + 2).map(|_| bar(&name, 1.0)).collect();
        let chart = draw("T", &many, 1.0, "none");
        assert_eq!(chart.matches("<rect").count(), MOST_BARS);
        assert!(chart.contains(">+ 2</text>"));
        let cut = format!(">{}…</text>", "ü".repeat(LABEL_CHARACTERS));
        assert_eq!(chart.matches(&cut).count(), MOST_BARS);
    }

    #[test]
    fn whatever_a_name_holds_stays_text() {
        for evil in [
            "<script>alert(1)</script>",
            "\"><img src=x onerror=alert(1)>",
            "</text></svg><b>",
            "' onload='x",
            "&lt;",
            "]]>",
        ] {
            let chart = draw(evil, &[bar(evil, 1.0)], 1.0, evil);
            let without = chart.replace(&*goatkit_plugin::html::escape(evil), "");
            let plain = draw("", &[bar("", 1.0)], 1.0, "");
            // A name that is cut stands there twice in part: as much markup as without it.
            for mark in ['<', '>', '"', '\''] {
                let count = |text: &str| text.matches(mark).count();
                assert_eq!(count(&without), count(&plain), "{mark} of {evil}: {chart}");
            }
        }
    }
}
