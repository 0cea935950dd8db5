//! What the host counts, in the form that Prometheus reads. The recorder belongs to the process:
//! it is installed here, before a host is made, and nowhere else.

use std::sync::Arc;

use anyhow::{Context, Result};
use goatkit_host::Figures;
use metrics_exporter_prometheus::PrometheusBuilder;

/// Counts from now on, and prints what was counted whenever it is asked.
pub(crate) fn counted() -> Result<Figures> {
    let installed = PrometheusBuilder::new().install_recorder();
    let handle = installed.context("cannot count what happens")?;
    Ok(Arc::new(move || handle.render()))
}
