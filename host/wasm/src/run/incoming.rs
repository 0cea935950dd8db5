//! The export `wasi:http/incoming-handler`: one call that answers while it still runs.

use http::Request;
use http::uri::Scheme as UriScheme;
use tokio::sync::oneshot;
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, Scheme};
use wasmtime_wasi_http::{WasiBody, WasiHttpView};

use super::instance::Instance;

/// Where the head of an answer goes, as soon as the guest has said it; its body flows on.
pub(crate) type Head = oneshot::Sender<Result<http::Response<WasiBody>, ErrorCode>>;

/// Calls the export with a request. It returns when the guest does, which may be long after the
/// head was sent.
pub(crate) async fn handle_http(
    instance: &mut Instance,
    request: Request<WasiBody>,
    head: Head,
) -> wasmtime::Result<()> {
    let made = instance.made().await?;
    let Some(indices) = &instance.linked.exports.incoming else {
        return Ok(());
    };
    let guest = indices.load(&mut instance.store, &made)?;
    let scheme = match request.uri().scheme() {
        Some(scheme) if *scheme == UriScheme::HTTPS => Scheme::Https,
        _ => Scheme::Http,
    };
    let mut http = instance.store.data_mut().http();
    let request = http.new_incoming_request(scheme, request)?;
    let head = http.new_response_outparam(head)?;
    guest.call_handle(&mut instance.store, request, head).await
}
