//! What is measured beside what, section by section. Called by the benchmark `side_by_side`, which
//! writes the sections down.

mod callers;
mod calls;
mod http;
mod layers;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};

use crate::Result;
use crate::peers::Peers;
use crate::peers::extism::Extism;
use crate::platform::Platform;
use crate::rounds::Plan;
use crate::samples::Samples;
use crate::site::Site;
use crate::table::{Outcome, Row, Section, Target, Unit};

/// What everything is measured with.
struct Bench {
    plan: Plan,
    runtime: Runtime,
    platform: Platform,
    site: Arc<Site>,
}

impl Bench {
    /// Does something so many times, one after the other.
    fn timed(&self, times: u64, mut once: impl AsyncFnMut() -> Result<()>) -> Result<Duration> {
        self.runtime.block_on(async {
            let begin = Instant::now();
            for _ in 0..times {
                once().await?;
            }
            Ok(begin.elapsed())
        })
    }
}

/// Measures all of it.
pub fn all(plan: Plan, peers: Peers) -> Result<Vec<Section>> {
    // First what may take minutes, or fail: a run that ends half-way is a run for nothing.
    let mut extism = Extism::start(peers)?;
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    let platform = runtime.block_on(Platform::start())?;
    let site = Arc::new(runtime.block_on(Site::start(platform.component()))?);
    let bench = Bench {
        plan,
        runtime,
        platform,
        site,
    };
    let served = http::section(&bench, peers)?;
    Ok(vec![
        calls::section(&bench, &mut extism)?,
        layers::section(&bench)?,
        callers::section(&bench)?,
        served,
    ])
}

/// A line about times that were both measured.
fn row(what: &str, peer: &str, ours: &Samples, theirs: &Samples, target: Option<Target>) -> Row {
    Row {
        what: what.to_owned(),
        peer: peer.to_owned(),
        unit: Unit::Time,
        outcome: Outcome::Measured {
            ours: ours.clone(),
            peer: theirs.clone(),
        },
        target,
    }
}
