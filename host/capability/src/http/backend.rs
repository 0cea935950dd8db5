//! The only code of the room that touches the network: it finds addresses, connects to those
//! that were checked, and keeps what is shared between the plugins of a host.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use goatkit_package::PluginName;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;

use super::budget::Budget;
use super::link::Link;
use super::pool::Pool;
use super::target::Target;
use super::trust::tls;
use crate::Fault;

/// Requests of one plugin at once. More wait for their turn, until their deadline.
pub const MAX_REQUESTS: usize = 32;

/// Look-ups of one plugin at once: each may hold a thread for as long as the machine's resolver
/// wants, which no deadline ends.
const MAX_LOOKUPS: usize = 4;

/// Look-ups of all plugins at once, for the same reason.
const MAX_LOOKUPS_OF_HOST: usize = 64;

/// Addresses of one host that are tried.
const MAX_TRIES: usize = 8;

/// How long an address has before the next one is tried as well.
const HEAD_START: Duration = Duration::from_millis(250);

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
    fn resolve<'a>(&'a self, host: &'a str) -> Lookup<'a> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
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
pub struct HttpError(pub(super) String);

/// Sends the requests of all plugins.
pub struct HttpClient {
    resolver: Arc<dyn Resolve>,
    tls: Arc<ClientConfig>,
    /// What connections run on; where the request comes from, if the client was made elsewhere.
    runtime: Option<Handle>,
    lookups: Arc<Semaphore>,
    pub(super) pool: Arc<Pool>,
    shares: Mutex<BTreeMap<PluginName, Weak<Share>>>,
}

/// What all versions and instances of one plugin have together.
pub(super) struct Share {
    /// One permit per request.
    pub(super) requests: Arc<Semaphore>,
    lookups: Arc<Semaphore>,
    pub(super) bytes: Arc<Budget>,
}

impl HttpClient {
    /// A client. Reads the machine's certificates; blocks. Connections run on the runtime in
    /// whose context it is made, if it is made in one, else on that of the requests.
    ///
    /// # Errors
    /// [`HttpError`] when a file of certificates cannot be used.
    pub fn new(options: HttpOptions) -> Result<Arc<Self>, HttpError> {
        Ok(Arc::new(Self {
            tls: tls(&options.certificates)?,
            resolver: options.resolver,
            runtime: Handle::try_current().ok(),
            lookups: Arc::new(Semaphore::new(MAX_LOOKUPS_OF_HOST)),
            pool: Pool::new(),
            shares: Mutex::default(),
        }))
    }

    /// What the handles of a plugin share.
    pub(super) fn share(&self, plugin: &PluginName) -> Arc<Share> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = shares.get(plugin).and_then(Weak::upgrade) {
            return share;
        }
        shares.retain(|_, share| share.strong_count() > 0);
        let share = Arc::new(Share {
            requests: Arc::new(Semaphore::new(MAX_REQUESTS)),
            lookups: Arc::new(Semaphore::new(MAX_LOOKUPS)),
            bytes: Budget::of_plugin(),
        });
        shares.insert(plugin.clone(), Arc::downgrade(&share));
        share
    }

    /// What connections run on.
    pub(super) fn runtime(&self) -> Handle {
        self.runtime.clone().unwrap_or_else(Handle::current)
    }

    /// The addresses of a target's host. A look-up goes on when nobody waits for it any more,
    /// and keeps its place until it ends.
    ///
    /// # Errors
    /// [`Fault::Failed`] with `resolve`.
    pub(super) async fn addresses(
        &self,
        share: &Share,
        target: &Target,
    ) -> Result<Vec<IpAddr>, Fault> {
        if let Some(address) = target.address() {
            return Ok(vec![address]);
        }
        let closed = |_| Fault::Unavailable("the host is stopping".to_owned());
        let own = Arc::clone(&share.lookups).acquire_owned();
        let own = own.await.map_err(closed)?;
        let any = Arc::clone(&self.lookups).acquire_owned();
        let any = any.await.map_err(closed)?;
        let (resolver, host) = (Arc::clone(&self.resolver), target.host().to_owned());
        let looking = self.runtime().spawn(async move {
            let found = resolver.resolve(&host).await;
            drop((own, any));
            found
        });
        let failed = |what: &str| {
            let host = target.host();
            Fault::failed("resolve", format!("no address for `{host}`: {what}"))
        };
        match looking.await {
            Ok(Ok(found)) if found.is_empty() => Err(failed("it has none")),
            Ok(Ok(found)) => Ok(found.iter().map(IpAddr::to_canonical).collect()),
            Ok(Err(error)) => Err(failed(&error.to_string())),
            Err(_) => Err(failed("the look-up broke off")),
        }
    }

    /// A new connection to one of these addresses, which were checked; with the address.
    ///
    /// # Errors
    /// [`Fault::Failed`] with `connect` or `tls`.
    pub(super) async fn connect(
        &self,
        target: &Target,
        addresses: &[IpAddr],
    ) -> Result<(Link, IpAddr), Fault> {
        let runtime = self.runtime();
        let dialled = dial(addresses, target.port(), &runtime).await;
        let (stream, address) = dialled.map_err(|error| {
            let place = target.authority();
            Fault::failed("connect", format!("cannot connect to {place}: {error}"))
        })?;
        if !target.is_secure() {
            return Ok((Link::over(stream, &runtime).await?, address));
        }
        let failed = |what: String| {
            let place = target.authority();
            Fault::failed("tls", format!("no trusted connection to {place}: {what}"))
        };
        let name = match target.address() {
            Some(address) => ServerName::from(address),
            None => ServerName::try_from(target.host().to_owned())
                .map_err(|error| failed(error.to_string()))?,
        };
        let connector = TlsConnector::from(Arc::clone(&self.tls));
        let stream = connector.connect(name, stream).await;
        let stream = stream.map_err(|error| failed(error.to_string()))?;
        Ok((Link::over(stream, &runtime).await?, address))
    }
}

/// Connects to the first address that answers. What is tried stops when nobody waits.
async fn dial(
    addresses: &[IpAddr],
    port: u16,
    runtime: &Handle,
) -> io::Result<(TcpStream, IpAddr)> {
    let mut rest = addresses.iter().copied().take(MAX_TRIES).peekable();
    let mut tries = JoinSet::new();
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    loop {
        if let Some(address) = rest.next() {
            tries.spawn_on(to(address, port), runtime);
        }
        let first = match rest.peek() {
            Some(_) => tokio::time::timeout(HEAD_START, tries.join_next()).await,
            None => Ok(tries.join_next().await),
        };
        match first {
            Ok(Some(Ok(Ok(connected)))) => return Ok(connected),
            Ok(Some(Ok(Err(error)))) => last = error,
            Ok(Some(Err(broken))) => last = io::Error::other(broken),
            Ok(None) => return Err(last),
            Err(_) => {}
        }
    }
}

async fn to(address: IpAddr, port: u16) -> io::Result<(TcpStream, IpAddr)> {
    let stream = TcpStream::connect(SocketAddr::new(address, port)).await?;
    stream.set_nodelay(true)?;
    Ok((stream, address))
}
