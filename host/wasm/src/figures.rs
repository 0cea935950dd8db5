//! What of instances and compiling is counted, for whoever has installed a recorder of the
//! crate `metrics`. Each figure is noted where it changes, by a function here.
//!
//! Not here: how many calls there were and how they ended, traps among that (`goatkit-manager`), and in which
//! form it is shown (`gk`).

use std::time::Duration;

use metrics::{counter, gauge, histogram};

/// An instance is there, or gone.
pub(crate) fn instance_made() {
    gauge!("goatkit_instances").increment(1.0);
}

/// See [`instance_made`].
pub(crate) fn instance_dropped() {
    gauge!("goatkit_instances").decrement(1.0);
}

/// Memories and tables of guests have grown by so many bytes.
pub(crate) fn memory_grown(bytes: u64) {
    gauge!("goatkit_guest_memory_bytes").increment(figure(bytes));
}

/// An instance with so many bytes is gone.
pub(crate) fn memory_dropped(bytes: u64) {
    gauge!("goatkit_guest_memory_bytes").decrement(figure(bytes));
}

/// A call has computed for a tick, and goes on in the slow lane.
pub(crate) fn moved_to_the_slow_lane() {
    counter!("goatkit_slow_lane_moves_total").increment(1);
}

/// Compiling one component took so long, and ended so.
pub(crate) fn compiled(took: Duration, outcome: &'static str) {
    histogram!("goatkit_compile_seconds", "outcome" => outcome).record(took.as_secs_f64());
}

/// No host has so many bytes that this is not exact.
#[allow(clippy::cast_precision_loss)]
fn figure(bytes: u64) -> f64 {
    bytes as f64
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;

    #[test]
    fn what_changes_is_shown() {
        let recorder = PrometheusBuilder::new().build_recorder();
        metrics::with_local_recorder(&recorder, || {
            instance_made();
            instance_made();
            instance_dropped();
            memory_grown(70_000);
            memory_dropped(5_000);
            moved_to_the_slow_lane();
            compiled(Duration::from_millis(1500), "compiled");
        });
        let shown = recorder.handle().render();
        for line in [
            "goatkit_instances 1",
            "goatkit_guest_memory_bytes 65000",
            "goatkit_slow_lane_moves_total 1",
            "goatkit_compile_seconds_sum{outcome=\"compiled\"} 1.5",
        ] {
            assert!(shown.contains(line), "{line} is not in {shown}");
        }
    }
}
