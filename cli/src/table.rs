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

/// Bytes as a person reads them.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    // Tenths, so that nothing is rounded up to what is not there.
    let mut tenths = u128::from(bytes) * 10 / 1024;
    let mut unit = 0;
    while tenths >= 10 * 1024 && unit + 1 < UNITS.len() {
        tenths /= 1024;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
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
    fn bytes_are_told_in_the_largest_unit() {
        for (bytes, expect) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1_048_575, "1023.9 KiB"),
            (3_145_728, "3.0 MiB"),
            (5_368_709_120, "5.0 GiB"),
            (u64::MAX, "16777215.9 TiB"),
        ] {
            assert_eq!(size(bytes), expect);
        }
    }

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
