//! Texts of plugins within the errors of this floor: short enough to read and to keep, and
//! without what a terminal or a log would obey. A plugin can make its texts as long as it
//! likes and put anything into them.

use std::fmt::Write;

/// Bytes of an error's text. All that is wrong with a registration fits; a document does
/// not.
const MOST: usize = 4096;

/// The text as errors show it.
pub(crate) fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len().min(MOST));
    for (at, character) in text.char_indices() {
        if shown.len() >= MOST {
            // Writing to a string does not fail.
            let _ = write!(shown, "… and {} bytes more", text.len() - at);
            break;
        }
        match character {
            '\n' | '\t' => shown.push(character),
            control if control.is_control() => shown.extend(control.escape_default()),
            other => shown.push(other),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_honest_text_stays_as_it_is() {
        for text in ["", "its argument `größe` is\n\tmissing", &"a".repeat(MOST)] {
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    fn a_long_text_is_cut_at_a_character() {
        let long = "ü".repeat(MOST);
        let cut = shown(&long);
        assert!(cut.starts_with("üüü"), "{cut}");
        assert!(cut.ends_with("ü… and 4096 bytes more"), "{cut}");
    }

    #[test]
    fn a_terminal_obeys_nothing_of_it() {
        assert_eq!(shown("a\u{1b}[2J\r\u{7}b"), "a\\u{1b}[2J\\r\\u{7}b");
        let hostile = shown(&"\u{1b}".repeat(MOST));
        assert!(hostile.len() < MOST + 100, "{} bytes", hostile.len());
    }
}
