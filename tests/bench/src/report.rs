//! The table of ratios, read from what criterion measured in this run.

use std::fs;
use std::path::Path;

use crate::Result;

/// Nanoseconds of one iteration, by benchmark: criterion's median.
pub struct Medians<'a>(pub &'a Path);

impl Medians<'_> {
    /// The median of `group/name`, if it was measured.
    pub fn of(&self, group: &str, name: &str) -> Result<f64> {
        let path = self.0.join(group).join(name).join("new/estimates.json");
        let estimates: serde_json::Value = serde_json::from_slice(&fs::read(&path)?)?;
        estimates["median"]["point_estimate"]
            .as_f64()
            .ok_or_else(|| format!("{} has no median", path.display()).into())
    }
}

/// One line of the table: what, its figure, the peer's, the ratio, the target.
pub fn row(what: &str, ours: f64, peer: f64, target: &str) {
    let ratio = ours / peer;
    println!(
        "| {what} | {} | {} | {ratio:.2} | {target} |",
        time(ours),
        time(peer)
    );
}

/// The head of the table.
pub fn head() {
    println!("\n| what | GoatKit | peer | ratio | target |\n|---|---|---|---|---|");
}

/// A time that a person reads.
pub fn time(nanoseconds: f64) -> String {
    match nanoseconds {
        short if short < 1_000.0 => format!("{short:.0} ns"),
        middle if middle < 1_000_000.0 => format!("{:.2} µs", middle / 1_000.0),
        long => format!("{:.2} ms", long / 1_000_000.0),
    }
}
