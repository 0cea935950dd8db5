//! Everything that the platform is measured beside, in one run: `cargo gk-bench`. Prints the table
//! and writes it as `BENCHMARKS.md`.
//!
//! `--peers` fetches and builds what is not there yet: Extism, and wasmtime's own command.
//! `--quick` looks whether everything works, and writes nothing: its figures say little.

use std::path::{Path, PathBuf};
use std::time::Duration;

use goatkit_bench::peers::Peers;
use goatkit_bench::rounds::Plan;
use goatkit_bench::{Result, machine, measured, table};

/// Long enough that a round is no accident, and often enough that a median is none.
const PLAN: Plan = Plan {
    rounds: 15,
    time: Duration::from_millis(300),
};

/// To see whether it works.
const QUICK: Plan = Plan {
    rounds: 2,
    time: Duration::from_millis(20),
};

/// What was asked for.
struct Options {
    plan: Plan,
    peers: Peers,
    /// Where the table is written.
    out: Option<PathBuf>,
}

impl Options {
    fn parse(typed: impl Iterator<Item = String>) -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut options = Self {
            plan: PLAN,
            peers: Peers::AsTheyAre,
            out: Some(root.join("BENCHMARKS.md")),
        };
        for word in typed {
            match word.as_str() {
                // cargo says so to every benchmark.
                "--bench" => {}
                "--peers" => options.peers = Peers::Fetched,
                "--quick" => (options.plan, options.out) = (QUICK, None),
                other => {
                    let what = format!("`{other}` is neither `--peers` nor `--quick`");
                    return Err(what.into());
                }
            }
        }
        Ok(options)
    }
}

fn main() -> Result<()> {
    let Options { plan, peers, out } = Options::parse(std::env::args().skip(1))?;
    let sections = measured::all(plan, peers)?;
    let mut facts = machine::facts();
    let Plan { rounds, time } = plan;
    facts.push(("rounds", format!("{rounds}, of {time:?} each")));
    let page = table::page(&facts, &sections);
    print!("{page}");
    if let Some(out) = out {
        std::fs::write(out, page)?;
    }
    Ok(())
}
