//! What the host counts, in the form that Prometheus reads. The recorder belongs to the process:
//! it is installed here, before a host is made, and nowhere else.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use goatkit_host::Figures;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::time::{MissedTickBehavior, interval};

/// Seconds of a call that are told apart: from one that never leaves the caller's thread to a
/// job that runs to its limit.
const CALLS: &[f64] = &[
    0.000_01, 0.000_05, 0.000_2, 0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0, 300.0,
];

/// Seconds of loading and compiling that are told apart: from code that was kept to a large component that is
/// compiled.
const LOADS: &[f64] = &[0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 30.0, 60.0];

/// How often what was measured is put into its buckets: until then each measurement takes some
/// bytes, whether anybody ever asks for the figures or not.
const UPKEEP: Duration = Duration::from_secs(5);

/// What was counted since it was started.
pub(crate) struct Counting(PrometheusHandle);

impl Counting {
    /// Counts from now on.
    pub(crate) fn start() -> Result<Self> {
        let buckets = |builder: PrometheusBuilder, name: &str, seconds: &[f64]| {
            builder.set_buckets_for_metric(Matcher::Full(name.to_owned()), seconds)
        };
        let builder = buckets(PrometheusBuilder::new(), "goatkit_call_seconds", CALLS)
            .and_then(|builder| buckets(builder, "goatkit_load_seconds", LOADS))
            .and_then(|builder| buckets(builder, "goatkit_compile_seconds", LOADS));
        let installed = builder.and_then(PrometheusBuilder::install_recorder);
        installed.map(Self).context("cannot count what happens")
    }

    /// Prints what was counted whenever it is asked.
    pub(crate) fn figures(&self) -> Figures {
        let handle = self.0.clone();
        Arc::new(move || handle.render())
    }

    /// Keeps what is counted small, for as long as this is polled.
    pub(crate) async fn keep(self) {
        let mut times = interval(UPKEEP);
        times.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            times.tick().await;
            self.0.run_upkeep();
        }
    }
}
