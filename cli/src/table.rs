//! Tables on standard output: columns as wide as what stands in them.

use std::time::SystemTime;

/// Characters that a column is widened to; a longer text pushes only its own row.
const WIDEST: usize = 40;

/// Rows under their heads. Nothing in them may break a line.
pub(crate) fn table<const N: usize>(
    heads: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let heads = heads.map(str::to_owned);
    let rows: Vec<[String; N]> = [heads].into_iter().chain(rows).collect();
    let widths: [usize; N] = std::array::from_fn(|column| {
        let widths = rows.iter().map(|row| row[column].chars().count());
        widths.max().unwrap_or_default().min(WIDEST)
    });
    rows.iter()
        .map(|row| {
            let cells = row.iter().zip(widths);
            let cells: Vec<String> = cells
                .map(|(cell, width)| format!("{cell:<width$}"))
                .collect();
            format!("{}\n", cells.join("  ").trim_end())
        })
        .collect()
}

/// A time to the second; people do not plan finer.
pub(crate) fn time(time: SystemTime) -> String {
    let time = jiff::Timestamp::try_from(time).unwrap_or(jiff::Timestamp::MAX);
    format!("{time:.0}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_as_wide_as_what_stands_in_it() {
        let row = |one: &str, two: &str| [one.to_owned(), two.to_owned()];
        let long = "x".repeat(50);
        let text = table(["A", "B"], [row("äöü", "1"), row("", "2"), row(&long, "3")]);
        assert!(text.starts_with("A  "), "{text}");
        assert!(
            text.contains(&format!("äöü{}1\n", " ".repeat(39))),
            "{text}"
        );
        assert!(text.ends_with(&format!("{long}  3\n")), "{text}");
        assert_eq!(table(["A", "B"], []), "A  B\n");
    }
}
