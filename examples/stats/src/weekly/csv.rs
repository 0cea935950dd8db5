//! The table as a file, for spreadsheets and programs: RFC 4180, in UTF-8.

use crate::reports::QueueCounts;

const HEAD: &str = "queue,total,open,pending,closed,overdue\r\n";

/// What a spreadsheet takes for the beginning of a formula, or skips before one.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A line for each queue, below one with the names of the columns.
pub(super) fn table(queues: &[QueueCounts]) -> String {
    let line = |it: &QueueCounts| {
        let counts = counts(it).map(|count| count.to_string()).join(",");
        format!("{},{counts}\r\n", cell(&it.queue))
    };
    let lines: String = queues.iter().map(line).collect();
    format!("{HEAD}{lines}")
}

/// The numbers of a line.
pub(super) fn counts(QueueCounts { counts: it, .. }: &QueueCounts) -> [i64; 5] {
    [it.total, it.open, it.pending, it.closed, it.overdue]
}

/// A text that somebody else chose. A quote before it keeps a spreadsheet from computing it.
fn cell(text: &str) -> String {
    let guard = if text.starts_with(FORMULA) { "'" } else { "" };
    if text.contains([',', '"', '\r', '\n']) {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        format!("{guard}{text}")
    }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn cells_are_texts_and_nothing_else() {
        for (text, expect) in [
            ("Desk", "Desk"),
            ("", ""),
            ("a - b = c", "a - b = c"),
            ("a,b", "\"a,b\""),
            ("say \"a\"", "\"say \"\"a\"\"\""),
            ("two\r\nlines", "\"two\r\nlines\""),
            ("two\nlines", "\"two\nlines\""),
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\r=1", "\"'\r=1\""),
            (
                "=HYPERLINK(\"x\",\"y\")",
                "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"",
            ),
            ("Größe", "Größe"),
        ] {
            assert_eq!(cell(text), expect);
        }
    }
}
