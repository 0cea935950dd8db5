//! A host that answers requests, as an application has one: with a route and a mount of plugins,
//! and with a plugin that many may call at once.

use std::convert::Infallible;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use goatkit_host::{
    Entry, EntryKind, Host, HostBuilder, Output, PluginName, Session, SessionFacts,
};
use goatkit_test_support::{Package, guest};
use http_body_util::{BodyExt, Empty};
use hyper::Request;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tower::ServiceExt;

use crate::{ARGS, FUNCTION, Result};

/// Callers that call one plugin at the same time at most.
pub const MOST_CALLERS: usize = 64;

/// A route whose plugin keeps its instances, so that a request makes none.
pub const WARM_ROUTE: &str = "/plugins/routes-all/content/text";

/// What a plugin answers by WASI's own HTTP, on an instance for each request.
pub const MOUNT: &str = "/plugins/serves-http/";

/// The guest behind [`MOUNT`]: its component runs wherever WASI's HTTP is served.
pub const SERVES_HTTP: &str = "serves_http";

/// The host, which listens on loopback until this is dropped.
pub struct Site {
    host: Arc<Host>,
    address: SocketAddr,
    plugin: PluginName,
    _data: TempDir,
    _serving: JoinSet<()>,
}

impl Site {
    /// Makes the host and listens on a free port. `example` is the component that many call.
    pub async fn start(example: &[u8]) -> Result<Self> {
        let data = tempfile::tempdir()?;
        let plugins = data.path().join("plugins");
        fs::create_dir_all(&plugins)?;
        many(&plugins, example)?;
        Package::of_guest("routes_all")
            .line("isolation: shared")
            .write_zip(&plugins);
        Package::of_guest(SERVES_HTTP).write_zip(&plugins);
        let host = HostBuilder::new(data.path()).grant_everything().build();
        let host = Arc::new(host.await?);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let mut serving = JoinSet::new();
        let serves = Arc::clone(&host);
        serving.spawn(async move {
            // Ends with the site; what went wrong the requests show.
            let _ = serves.serve(listener, std::future::pending()).await;
        });
        let site = Self {
            host,
            address,
            plugin: PluginName::parse("my-plugin")?,
            _data: data,
            _serving: serving,
        };
        for path in [WARM_ROUTE, MOUNT] {
            site.ask(path).await?;
        }
        Ok(site)
    }

    /// The component that any host of WASI's HTTP runs.
    pub fn component() -> Vec<u8> {
        guest(SERVES_HTTP)
    }

    /// Where a path is found.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Asks for a path without a connection, and reads the whole answer.
    pub async fn ask(&self, path: &str) -> Result<Bytes> {
        let request = Request::get(path)
            .header("host", "localhost")
            .body(Empty::<Bytes>::new().map_err(|never: Infallible| match never {}))?;
        let answer = self.host.router().oneshot(request).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        match status.is_success() {
            true => Ok(body),
            false => Err(format!("{path}: {status}: {}", String::from_utf8_lossy(&body)).into()),
        }
    }

    /// A session as a page render has one.
    pub fn session(&self) -> Session {
        self.host.manager().session(SessionFacts {
            actor: None,
            tenant: None,
            locale: "en".to_owned(),
            request_id: "bench".to_owned(),
            deadline: Instant::now() + Duration::from_secs(3600),
            entry: Entry {
                kind: EntryKind::Page,
                name: "/".to_owned(),
            },
        })
    }

    /// One call of the function by one of many callers.
    pub async fn call(&self, session: &Session) -> Result<Output> {
        let manager = self.host.manager();
        let output = manager.call_function(session, &self.plugin, FUNCTION, ARGS.to_owned());
        Ok(output.await?)
    }
}

/// The example, of which [`MOST_CALLERS`] instances may be there.
fn many(plugins: &Path, component: &[u8]) -> Result<()> {
    let page = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../examples/hello/templates/my_feature.html"
    );
    Package::new("my-plugin", component.to_vec())
        .line("reach: { routes: [\"/admin/my-feature\"] }")
        .line(&format!("limits: {{ instances: {MOST_CALLERS} }}"))
        .file("templates/my_feature.html", fs::read(page)?)
        .write_zip(plugins);
    Ok(())
}
