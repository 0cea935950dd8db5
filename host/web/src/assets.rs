//! The static files of packages, under the package's digest, so that they never change.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use goatkit_package::{Asset, PluginName, StoredPackage};

use crate::frame;
use crate::router::Web;

/// A file under its digest is the same for ever.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// A document of a package is opened in an origin of its own and can do nothing.
pub(crate) const SANDBOX: &str =
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/// `GET /plugins/{name}/{digest}/static/{path}`
pub(crate) async fn serve(
    State(web): State<Web>,
    Path((name, digest, path)): Path<(String, String, String)>,
) -> Response {
    let Some(package) = served(&web, &name, &digest) else {
        return frame::not_found(&format!("/plugins/{name}/{digest}"));
    };
    let shown = path.clone();
    match read(&package, path).await {
        Ok(Some(asset)) => answer(asset),
        Ok(None) => frame::not_found(&shown),
        Err(why) => broken(&why),
    }
}

/// A file below `static/` of a package, or why it cannot be read.
pub(crate) async fn read(package: &StoredPackage, path: String) -> Result<Option<Asset>, String> {
    let package = package.clone();
    match tokio::task::spawn_blocking(move || package.asset(&path)).await {
        Ok(Ok(asset)) => Ok(asset),
        Ok(Err(error)) => Err(error.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

/// The package that is in service under this name, if it is the one of this digest.
fn served(web: &Web, name: &str, digest: &str) -> Option<StoredPackage> {
    let name = PluginName::parse(name).ok()?;
    let snapshot = web.manager.snapshot();
    let package = snapshot.plugins.get(&name)?.package();
    (package.digest().to_string() == digest).then(|| package.clone())
}

fn answer(asset: Asset) -> Response {
    let headers = [
        (CONTENT_TYPE, asset.content_type),
        (CACHE_CONTROL, FOR_EVER),
    ];
    let sandbox = asset
        .document
        .then_some([(CONTENT_SECURITY_POLICY, SANDBOX)]);
    match sandbox {
        Some(sandbox) => (headers, sandbox, asset.bytes).into_response(),
        None => (headers, asset.bytes).into_response(),
    }
}

pub(crate) fn broken(why: &str) -> Response {
    tracing::error!("a static file cannot be served: {why}");
    frame::error(
        StatusCode::INTERNAL_SERVER_ERROR,
        "This file cannot be served",
        why,
    )
}
