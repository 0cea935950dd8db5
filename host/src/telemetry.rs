//! `[telemetry]` in `DATA/gk.toml`: where spans go, if the operator says so. What is sent is
//! decided where spans are made; whoever runs the process installs what sends them, because what
//! listens to spans belongs to the process.

use std::path::Path;

use axum::http::Uri;
use serde::Deserialize;

use crate::settings::{Settings, SettingsError};

/// What spans are told to be from, where nobody says.
const SERVICE: &str = "goatkit";

/// Bytes of a service's name: it is a word in other people's lists.
const MAX_SERVICE_BYTES: usize = 128;

/// Where a collector takes spans, below its address.
const PATH: &str = "v1/traces";

/// What was written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TelemetryFile {
    otlp: String,
    service_name: Option<String>,
    sample: Option<f64>,
    #[serde(default)]
    accept: bool,
}

/// Where spans go, and which.
#[derive(Debug, Clone, PartialEq)]
pub struct TelemetrySettings {
    /// Where a collector takes spans by OTLP over HTTP.
    pub endpoint: String,
    /// What they are told to be from.
    pub service_name: String,
    /// The part of requests that spans are sent of, from 0 to 1. A request is sent whole or not.
    pub sample: f64,
    /// Whether a request's own `traceparent` counts: then its spans belong to that trace, and
    /// whoever sent it says whether they are sent.
    pub accept: bool,
}

impl TelemetrySettings {
    /// What `DATA/gk.toml` says; nothing where it does not speak of it.
    ///
    /// # Errors
    /// [`SettingsError`]: the file cannot be used.
    pub fn read(data: &Path) -> Result<Option<Self>, SettingsError> {
        Settings::read(data).map(|settings| settings.telemetry)
    }
}

impl TelemetryFile {
    pub(crate) fn read(self) -> Result<TelemetrySettings, String> {
        let service_name = self.service_name.unwrap_or_else(|| SERVICE.to_owned());
        if !(1..=MAX_SERVICE_BYTES).contains(&service_name.len()) {
            return Err(format!(
                "telemetry.service_name: write 1 to {MAX_SERVICE_BYTES} bytes"
            ));
        }
        let sample = self.sample.unwrap_or(1.0);
        if !(0.0..=1.0).contains(&sample) {
            return Err("telemetry.sample: write a part of all, from 0.0 to 1.0".to_owned());
        }
        Ok(TelemetrySettings {
            endpoint: endpoint(&self.otlp)?,
            service_name,
            sample,
            accept: self.accept,
        })
    }
}

/// A collector's address with the path for spans. A collector listens beside what it collects:
/// what goes further, and by TLS, is its business.
fn endpoint(written: &str) -> Result<String, String> {
    let uri: Option<Uri> = written.parse().ok();
    let is_address = |uri: &Uri| {
        let authority = uri.authority().map_or("", |it| it.as_str());
        uri.scheme_str() == Some("http")
            && !authority.is_empty()
            && !authority.contains('@')
            && matches!(uri.path(), "" | "/")
            && uri.query().is_none()
    };
    if !uri.as_ref().is_some_and(is_address) {
        return Err(
            "telemetry.otlp: write where a collector listens by HTTP, as in \
             `http://127.0.0.1:4318`, without a path or a password"
                .to_owned(),
        );
    }
    Ok(format!("{}/{PATH}", written.trim_end_matches('/')))
}
