//! Spans on their way to an OpenTelemetry collector, where `[telemetry]` of `DATA/gk.toml` says
//! so: in batches, from a thread of their own, so that no request ever waits for a collector.
//! What does not fit into the queue is dropped, and a collector that is away costs one line of the
//! log.
//!
//! Not here: what a span says. Those that are sent are made for that, with the target
//! [`goatkit_host::SPANS`], and say nothing that may not leave the machine.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use goatkit_host::{SPANS, TelemetrySettings};
use opentelemetry::KeyValue;
use opentelemetry::context::FutureExt;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{Protocol, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::runtime;
use opentelemetry_sdk::trace::span_processor_with_async_runtime::BatchSpanProcessor;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, Sampler, SdkTracerProvider, SpanData, SpanExporter,
};
use tokio::runtime::{Builder, Runtime};
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

/// Spans that wait to be sent: some pages with hundreds of calls, in a few megabytes. More are
/// dropped.
const QUEUE: usize = 4096;

/// Spans of one message to the collector.
const BATCH: usize = 512;

/// How long a span waits for others at most.
const DELAY: Duration = Duration::from_secs(2);

/// How long a collector may take for one batch. The queue fills meanwhile.
const SENDING: Duration = Duration::from_secs(3);

/// How long a host that stops waits for the last batches.
const STOPPING: Duration = Duration::from_secs(5);

/// Whether requests bring traces that they belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Traces {
    /// Every request begins its own: anybody may write a header.
    Own,
    /// A request belongs to the trace that its `traceparent` names.
    Brought,
}

/// What sends spans, until it is stopped.
pub(crate) struct Telemetry {
    provider: SdkTracerProvider,
    /// Where they are sent from: one thread.
    runtime: Runtime,
    traces: Traces,
}

impl Telemetry {
    /// Starts sending, if the operator of a data folder says where to.
    pub(crate) fn start(data: &Path) -> Result<Option<Self>> {
        let settings = TelemetrySettings::read(data)?;
        settings.map(|it| Self::to(&it)).transpose()
    }

    fn to(settings: &TelemetrySettings) -> Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("gk-telemetry")
            .enable_all()
            .build()
            .context("cannot start the thread that sends spans")?;
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_endpoint(&settings.endpoint)
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(SENDING)
            .build()
            .context("cannot send spans as gk.toml says")?;
        let exporter = Warning {
            exporter,
            endpoint: settings.endpoint.clone(),
            away: AtomicBool::new(false),
        };
        let batches = BatchConfigBuilder::default()
            .with_max_queue_size(QUEUE)
            .with_max_export_batch_size(BATCH)
            .with_scheduled_delay(DELAY)
            // The exporter gives up before, and says so.
            .with_max_export_timeout(2 * SENDING)
            .build();
        let within = runtime.enter();
        let processor = BatchSpanProcessor::builder(exporter, runtime::Tokio)
            .with_batch_config(batches)
            .build();
        drop(within);
        // Nothing of the machine or its environment, which a resource has by default.
        let resource = Resource::builder_empty()
            .with_service_name(settings.service_name.clone())
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let part = Sampler::TraceIdRatioBased(settings.sample);
        let provider = SdkTracerProvider::builder()
            .with_resource(resource)
            .with_sampler(Sampler::ParentBased(Box::new(part)))
            .with_span_processor(processor)
            .build();
        Ok(Self {
            provider,
            runtime,
            traces: match settings.accept {
                true => Traces::Brought,
                false => Traces::Own,
            },
        })
    }

    /// What hears the spans that are made to be sent, and nothing else.
    pub(crate) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let ours = filter_fn(|it| it.is_span() && it.target() == SPANS)
            .with_max_level_hint(LevelFilter::TRACE);
        tracing_opentelemetry::layer()
            .with_tracer(self.provider.tracer("goatkit"))
            // Where in our source a span is made, on which thread and how long it was not
            // looked at is nobody's question who asks what a request did.
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_context_activation(false)
            .with_filter(ours)
    }

    /// Whether requests bring traces.
    pub(crate) fn traces(&self) -> Traces {
        self.traces
    }

    /// Sends what waits, for as long as a host that stops may take for it.
    pub(crate) fn stop(self) {
        let (tell, told) = mpsc::channel();
        let provider = self.provider;
        // It waits for a collector, however long that takes.
        std::thread::spawn(move || {
            // Nobody may wait any more, and what could not be sent was told.
            let _ = tell.send(provider.shutdown());
        });
        let _ = told.recv_timeout(STOPPING);
        self.runtime.shutdown_background();
    }
}

/// Sends, and warns once when a collector is away, until it has been there again.
#[derive(Debug)]
struct Warning<E> {
    exporter: E,
    endpoint: String,
    away: AtomicBool,
}

impl<E: SpanExporter> SpanExporter for Warning<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let sent = self.exporter.export(batch).await;
        let was_away = self.away.swap(sent.is_err(), Ordering::Relaxed);
        if let (Err(error), false) = (sent, was_away) {
            tracing::warn!(
                "spans cannot be sent to {}: {error}; those that do not fit into the queue are \
                 dropped, and this is told once",
                self.endpoint
            );
        }
        Ok(())
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

/// Routes whose requests belong to the traces that they bring, where that counts.
pub(crate) fn around(router: Router, traces: Traces) -> Router {
    match traces {
        Traces::Own => router,
        Traces::Brought => router.layer(from_fn(brought)),
    }
}

async fn brought(request: Request, next: Next) -> Response {
    let parent = TraceContextPropagator::new().extract(&Headers(request.headers()));
    next.run(request).with_context(parent).await
}

/// A request's headers, as a trace is read from them.
struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(|name| name.as_str()).collect()
    }
}
