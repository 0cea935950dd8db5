//! Listening, and stopping when the system asks: what `serve` and `demo` share.

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use axum::Router;
use goatkit_host::{AdminSiteSettings, Host, HostBuilder};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::descriptors;
use crate::failure::hinted;
use crate::figures::Counting;
use crate::telemetry::{self, Traces};
use crate::workbench;

/// An address of this machine that no other machine reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Loopback(SocketAddr);

impl Loopback {
    /// Checks what was typed.
    pub(crate) fn parse(typed: &str) -> Result<Self> {
        let example = "write an address and a port, as in 127.0.0.1:8080";
        let numbers = match typed.strip_prefix("localhost:") {
            Some(port) => format!("127.0.0.1:{port}"),
            None => typed.to_owned(),
        };
        let address: SocketAddr = numbers
            .parse()
            .map_err(|_| hinted(format!("`{typed}` is no address to listen on"), example))?;
        if address.ip().is_loopback() {
            return Ok(Self(address));
        }
        Err(hinted(
            format!(
                "refusing to listen on {address}: gk speaks plain HTTP, in which passwords can be \
                 read on the way, so it listens on loopback addresses only"
            ),
            format!(
                "use 127.0.0.1:{}, and put a server that speaks TLS before it",
                address.port()
            ),
        ))
    }

    /// Takes the port.
    pub(crate) fn bind(self) -> Result<TcpListener> {
        let Self(address) = self;
        let listener = TcpListener::bind(address).map_err(|error| match error.kind() {
            io::ErrorKind::AddrInUse => hinted(
                format!("cannot listen on {address}: the port is in use"),
                "stop the program that has it, or choose another with `--listen`; port 0 takes \
                 a free one",
            ),
            io::ErrorKind::PermissionDenied => hinted(
                format!("cannot listen on {address}: {error}"),
                "choose a port from 1024 on with `--listen`",
            ),
            _ => anyhow::anyhow!("cannot listen on {address}: {error}"),
        })?;
        // tokio drives it.
        listener.set_nonblocking(true)?;
        Ok(listener)
    }
}

/// What is served, once a host is ready.
pub(crate) struct Ready {
    /// The host's routes, or an application's with the host's among them.
    pub(crate) router: Router,
    /// What is said to whoever started it, after where it listens.
    pub(crate) says: String,
}

/// Where a host listens.
pub(crate) struct Listeners {
    application: TcpListener,
    /// The socket in the data folder is there besides.
    administrators: Option<TcpListener>,
}

impl Listeners {
    /// Checks both addresses that were typed, and takes the ports.
    pub(crate) fn bind(application: &str, administrators: Option<&str>) -> Result<Self> {
        let application = Loopback::parse(application)?;
        let administrators = administrators.map(Loopback::parse).transpose()?;
        Ok(Self {
            application: application.bind()?,
            administrators: administrators.map(Loopback::bind).transpose()?,
        })
    }
}

/// Makes a host, readies it and serves it on `listeners` until SIGTERM or SIGINT; a second one
/// waits for nothing. `traces` says whether requests bring their own.
pub(crate) fn serve(
    listeners: Listeners,
    mut host: HostBuilder,
    traces: Traces,
    ready: impl AsyncFnOnce(&Arc<Host>) -> Result<Ready>,
) -> Result<()> {
    descriptors::raise_limit();
    let mut counting = None;
    if listeners.administrators.is_some() {
        let started = Counting::start()?;
        host = host.admin_site(AdminSiteSettings {
            figures: Some(started.figures()),
            ..AdminSiteSettings::default()
        });
        counting = Some(started);
    }
    let runtime = workbench::runtime()?;
    let served = runtime.block_on(async {
        // Before anything else, so that a signal that comes early is not lost.
        let signals = counted((
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
        ));
        if let Some(counting) = counting {
            tokio::spawn(counting.keep());
        }
        let host = Arc::new(host.loopback_hosts_only().build().await?);
        let mut attended = host.attend().await?;
        let Ready { router, says } = ready(&host).await?;
        let mut more = String::new();
        if let Some(listener) = listeners.administrators {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            more = format!("admin on http://{}\n", name(listener.local_addr()?));
            attended = attended.with_admin_site(&host, listener).await?;
        }
        more += &says;
        let listener = tokio::net::TcpListener::from_std(listeners.application)?;
        announce(listener.local_addr()?, &more)?;
        let stop = come(signals.clone(), 1);
        let router = telemetry::around(router, traces);
        tokio::select! {
            served = attended.serve_with(listener, router, stop) => Ok(served?),
            () = come(signals, 2) => bail!("stopped at once: a second signal came"),
        }
    });
    // What still compiles need not be waited for.
    runtime.shutdown_background();
    served
}

fn announce(address: SocketAddr, says: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    let written = write!(out, "listening on http://{address}\n{says}").and_then(|()| out.flush());
    written.context("cannot write to standard output")
}

/// What the site for administrators is best called: by another name than the application, where
/// both are on this address, since browsers do not tell cookies of one name apart by ports.
fn name(address: SocketAddr) -> String {
    match address.ip() == Ipv4Addr::LOCALHOST {
        true => format!("localhost:{}", address.port()),
        false => address.to_string(),
    }
}

/// How many signals have come by now.
fn counted((mut terminate, mut interrupt): (Signal, Signal)) -> watch::Receiver<u32> {
    let (count, counted) = watch::channel(0);
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            count.send_modify(|count| *count += 1);
        }
    });
    counted
}

/// Ends when as many have come.
async fn come(mut signals: watch::Receiver<u32>, count: u32) {
    // They are counted for as long as the runtime is there.
    let _ = signals.wait_for(|come| *come >= count).await;
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn loopback_addresses_are_taken() {
        for (typed, expect) in [
            ("127.0.0.1:8080", "127.0.0.1:8080"),
            ("127.1.2.3:0", "127.1.2.3:0"),
            ("[::1]:80", "[::1]:80"),
            ("localhost:99", "127.0.0.1:99"),
        ] {
            let Loopback(address) = Loopback::parse(typed).unwrap();
            assert_eq!(address.to_string(), expect);
        }
    }

    #[test]
    fn administrators_call_it_by_another_name() {
        for (address, expect) in [
            ("127.0.0.1:81", "localhost:81"),
            ("127.0.0.2:81", "127.0.0.2:81"),
            ("[::1]:81", "[::1]:81"),
        ] {
            assert_eq!(name(address.parse().unwrap()), expect);
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for (typed, expect) in [
            ("0.0.0.0:8080", "plain HTTP"),
            ("[::]:80", "plain HTTP"),
            ("192.168.1.1:80", "plain HTTP"),
            ("127.0.0.1", "no address to listen on"),
            ("8080", "no address to listen on"),
            ("localhost:http", "no address to listen on"),
            ("example.com:80", "no address to listen on"),
            ("", "no address to listen on"),
        ] {
            let error = Loopback::parse(typed).unwrap_err().to_string();
            assert!(error.contains(expect), "{typed}: {error}");
        }
    }
}
