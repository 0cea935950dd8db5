//! The table of what was measured beside what, as Markdown. Pure: it is given samples, and the
//! reasons where there are none.

use std::fmt::Write;

use crate::report;
use crate::samples::{Samples, Spread};

/// What a figure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Nanoseconds: less is better.
    Time,
    /// How many in a second: more is better.
    PerSecond,
}

/// What was to be reached, as a ratio to the peer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target {
    /// Not more than so many times.
    AtMost(f64),
    /// Not less.
    AtLeast(f64),
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Both were measured, in turns.
    Measured {
        /// The platform.
        ours: Samples,
        /// What it is held beside.
        peer: Samples,
    },
    /// The peer is not there; says what to do.
    Missing(String),
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What was done.
    pub what: String,
    /// What it is held beside.
    pub peer: String,
    /// What the figures are.
    pub unit: Unit,
    /// What came of it.
    pub outcome: Outcome,
    /// What was to be reached, if anything was.
    pub target: Option<Target>,
}

/// Lines under a heading, with what has to be known to read them.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// The heading.
    pub title: &'static str,
    /// What was measured, in a sentence or two.
    pub about: &'static str,
    /// The lines.
    pub rows: Vec<Row>,
}

const HEAD: &str = "| what | peer | GoatKit | the peer | ratio (least–most) | target | reached |\n\
                    |---|---|---|---|---|---|---|\n";

/// All sections below the facts about the run.
pub fn page(facts: &[(&str, String)], sections: &[Section]) -> String {
    let mut page = String::from(
        "# Benchmarks\n\n\
         Written by `cargo gk-bench`, which measures everything here in one run, in turns: each \
         figure is the median of its rounds, each ratio the median of the rounds' own ratios. A \
         ratio that was missed stands here like one that was reached.\n\n\
         | | |\n|---|---|\n",
    );
    for (name, fact) in facts {
        line(&mut page, &[name, fact]);
    }
    for Section { title, about, rows } in sections {
        let _ = write!(page, "\n## {title}\n\n{about}\n\n{HEAD}");
        rows.iter().for_each(|row| row.write(&mut page));
    }
    page
}

impl Row {
    fn write(&self, page: &mut String) {
        let target = self.target.map(Target::text).unwrap_or_default();
        let (what, peer) = (self.what.as_str(), self.peer.as_str());
        let (ours, theirs) = match &self.outcome {
            Outcome::Measured { ours, peer } => (ours, peer),
            Outcome::Missing(why) => {
                let why = format!("not measured: {why}");
                return line(page, &[what, peer, "–", "–", &why, &target, "–"]);
            }
        };
        let Some(ratio) = ours.beside(theirs).map(|it| it.spread()) else {
            return line(page, &[what, peer, "–", "–", "no ratio", &target, "–"]);
        };
        let reached = self.target.map(|it| it.reached(ratio));
        let reached = reached.map_or("–", |yes| if yes { "yes" } else { "**no**" });
        let figure = |samples: &Samples| self.unit.text(samples.spread().median);
        let (ours, theirs, shown) = (figure(ours), figure(theirs), shown(ratio));
        let cells = [what, peer, &ours, &theirs, &shown, &target, reached];
        line(page, &cells);
    }
}

impl Unit {
    fn text(self, figure: f64) -> String {
        match self {
            Self::Time => report::time(figure),
            Self::PerSecond => format!("{figure:.0} /s"),
        }
    }
}

impl Target {
    fn text(self) -> String {
        match self {
            Self::AtMost(most) => format!("≤ {most}"),
            Self::AtLeast(least) => format!("≥ {least}"),
        }
    }

    /// By the median: the rest is what the machine did.
    fn reached(self, ratio: Spread) -> bool {
        match self {
            Self::AtMost(most) => ratio.median <= most,
            Self::AtLeast(least) => ratio.median >= least,
        }
    }
}

fn shown(ratio: Spread) -> String {
    let Spread {
        least,
        median,
        most,
    } = ratio;
    format!("{median:.2} ({least:.2}–{most:.2})")
}

/// What is in a cell does not end it.
fn line(page: &mut String, cells: &[&str]) {
    page.push('|');
    for cell in cells {
        let _ = write!(page, " {} |", cell.replace('|', "\\|"));
    }
    page.push('\n');
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn row(ours: &[f64], peer: &[f64], unit: Unit, target: Option<Target>) -> String {
        let samples = |measured: &[f64]| Samples::of(measured.to_vec()).unwrap();
        let row = Row {
            what: "a call".to_owned(),
            peer: "bare".to_owned(),
            unit,
            outcome: Outcome::Measured {
                ours: samples(ours),
                peer: samples(peer),
            },
            target,
        };
        let mut page = String::new();
        row.write(&mut page);
        page
    }

    #[test]
    fn what_was_reached_and_what_was_not_stands_there_alike() {
        let (time, often) = (Unit::Time, Unit::PerSecond);
        for (line, expect) in [
            (
                row(
                    &[2_000.0, 2_200.0, 2_400.0],
                    &[1_000.0; 3],
                    time,
                    Some(Target::AtMost(2.5)),
                ),
                "| a call | bare | 2.20 µs | 1.00 µs | 2.20 (2.00–2.40) | ≤ 2.5 | yes |\n",
            ),
            (
                row(&[3_000.0], &[1_000.0], time, Some(Target::AtMost(2.5))),
                "| a call | bare | 3.00 µs | 1.00 µs | 3.00 (3.00–3.00) | ≤ 2.5 | **no** |\n",
            ),
            (
                row(&[900.0], &[1_000.0], often, Some(Target::AtLeast(1.0))),
                "| a call | bare | 900 /s | 1000 /s | 0.90 (0.90–0.90) | ≥ 1 | **no** |\n",
            ),
            (
                row(&[900.0], &[300.0], time, None),
                "| a call | bare | 900 ns | 300 ns | 3.00 (3.00–3.00) |  | – |\n",
            ),
            (
                row(&[900.0], &[0.0], time, None),
                "| a call | bare | – | – | no ratio |  | – |\n",
            ),
        ] {
            assert_eq!(line, expect);
        }
    }

    #[test]
    fn a_page_has_its_facts_and_says_what_is_missing() {
        let missing = Row {
            what: "a call".to_owned(),
            peer: "a|b".to_owned(),
            unit: Unit::Time,
            outcome: Outcome::Missing("install it".to_owned()),
            target: Some(Target::AtMost(1.5)),
        };
        let section = Section {
            title: "Calls",
            about: "About calls.",
            rows: vec![missing],
        };
        let page = page(&[("cores", "2".to_owned())], &[section]);
        assert!(page.starts_with("# Benchmarks\n\n"), "{page}");
        assert!(page.contains("\n| cores | 2 |\n"), "{page}");
        let end = "\n## Calls\n\nAbout calls.\n\n".to_owned()
            + HEAD
            + "| a call | a\\|b | – | – | not measured: install it | ≤ 1.5 | – |\n";
        assert!(page.ends_with(&end), "{page}");
    }
}
