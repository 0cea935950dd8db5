//! The only code of the room that touches the network.

use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

/// What a look-up answers.
pub type Lookup<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>>;

/// Finds the addresses of a host.
pub trait Resolve: Send + Sync + 'static {
    /// The addresses of a name, at least one.
    fn resolve<'a>(&'a self, host: &'a str) -> Lookup<'a>;
}

/// The machine's resolver.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, _host: &'a str) -> Lookup<'a> {
        Box::pin(async { Err(io::Error::other("not built yet")) })
    }
}

/// How the client of a host is made.
#[derive(Clone)]
pub struct HttpOptions {
    /// PEM files of certificates that are trusted besides the machine's.
    pub certificates: Vec<PathBuf>,
    /// Finds the addresses of hosts.
    pub resolver: Arc<dyn Resolve>,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            certificates: Vec::new(),
            resolver: Arc::new(SystemResolver),
        }
    }
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct HttpError(String);

/// Sends the requests of all plugins.
pub struct HttpClient {}

impl HttpClient {
    /// A client.
    ///
    /// # Errors
    /// [`HttpError`] when a file of certificates cannot be used.
    pub fn new(_options: HttpOptions) -> Result<Arc<Self>, HttpError> {
        Ok(Arc::new(Self {}))
    }
}
