//! WASI, which compilers drag in whether a plugin uses it or not.
//!
//! Random numbers and clocks are real. Files, environment, arguments, sockets and name
//! look-ups are present and empty. What a guest prints becomes lines of its log.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use goatkit_capability::log::{Level, Log, MAX_LINE_BYTES};
use goatkit_capability::{Rooms, Scope};
use tokio::io::AsyncWrite;
use wasmtime::component::Linker;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};
use wasmtime_wasi::{ResourceTable, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView, async_trait};
use wasmtime_wasi_http::WasiHttpCtx;

use super::wasi_http::{self, Hooks};
use crate::run::State;

/// The version that wasmtime links; compatible ones link as well.
pub(crate) const VERSION: semver::Version = semver::Version::new(0, 2, 12);

/// The interfaces that are linked.
pub(crate) const INTERFACES: &[&str] = &[
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/stderr",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:cli/terminal-input",
    "wasi:cli/terminal-output",
    "wasi:cli/terminal-stderr",
    "wasi:cli/terminal-stdin",
    "wasi:cli/terminal-stdout",
    "wasi:clocks/monotonic-clock",
    "wasi:clocks/wall-clock",
    "wasi:filesystem/preopens",
    "wasi:filesystem/types",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
    "wasi:random/insecure",
    "wasi:random/insecure-seed",
    "wasi:random/random",
    "wasi:sockets/instance-network",
    "wasi:sockets/ip-name-lookup",
    "wasi:sockets/network",
    "wasi:sockets/tcp",
    "wasi:sockets/tcp-create-socket",
    "wasi:sockets/udp",
    "wasi:sockets/udp-create-socket",
];

/// Handles that a guest may have open. An honest one has a dozen streams and pollables; behind
/// each may stand some hundred kilobytes of an HTTP request that nobody sends.
const MAX_HANDLES: usize = 256;

/// Random bytes that one call may ask for: enough for any key, too few to fill memory.
const MAX_RANDOM: u64 = 64 << 10;

pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_async(linker)
}

/// An instance's WASI, made when it first asks: most Rust plugins never do.
#[derive(Default)]
pub(crate) struct Wasi(Option<Box<Made>>);

/// What there is then. `wasi:http` shares the table: a body is a stream.
pub(crate) struct Made {
    /// The first to be dropped: what flows ends before the handles do.
    pub(crate) hooks: Hooks,
    pub(crate) context: WasiCtx,
    pub(crate) table: ResourceTable,
    pub(crate) http: WasiHttpCtx,
}

impl Wasi {
    /// Ends what the call has left open.
    pub(crate) fn end_call(&mut self) {
        if let Some(made) = &mut self.0 {
            made.hooks.end_call();
        }
    }

    pub(crate) fn made(&mut self, rooms: &Rooms) -> &mut Made {
        self.0.get_or_insert_with(|| Box::new(make(rooms)))
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let made = self.wasi.made(&self.rooms);
        WasiCtxView {
            ctx: &mut made.context,
            table: &mut made.table,
        }
    }
}

fn make(rooms: &Rooms) -> Made {
    let log = &rooms.log;
    let context = WasiCtxBuilder::new()
        .stdout(Printed::new(Level::Info, log))
        .stderr(Printed::new(Level::Warn, log))
        .max_random_size(MAX_RANDOM)
        .allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false)
        .build();
    let mut table = ResourceTable::new();
    table.set_max_capacity(MAX_HANDLES);
    Made {
        context,
        table,
        http: wasi_http::context(),
        hooks: Hooks::new(rooms.http.clone()),
    }
}

/// What a guest prints, as lines of its log. A guest may print outside any call, so the
/// lines carry no request.
#[derive(Clone)]
struct Printed {
    level: Level,
    log: Log,
    line: Arc<Mutex<Vec<u8>>>,
}

impl Printed {
    fn new(level: Level, log: &Log) -> Self {
        Self {
            level,
            log: log.clone(),
            line: Arc::default(),
        }
    }

    fn print(&self, bytes: &[u8]) {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        for byte in bytes {
            // A line that never ends is cut where the log would cut it anyway.
            if *byte == b'\n' || line.len() == MAX_LINE_BYTES {
                self.emit(&line);
                line.clear();
            }
            if *byte != b'\n' {
                line.push(*byte);
            }
        }
    }

    fn emit(&self, line: &[u8]) {
        let text = String::from_utf8_lossy(line).into_owned();
        self.log
            .write(&Scope::Registering, self.level, text, Vec::new());
    }
}

impl Drop for Printed {
    fn drop(&mut self) {
        // The last of the clones emits what has no line end.
        if let Some(line) = Arc::get_mut(&mut self.line) {
            let line = std::mem::take(line.get_mut().unwrap_or_else(PoisonError::into_inner));
            if !line.is_empty() {
                self.emit(&line);
            }
        }
    }
}

impl IsTerminal for Printed {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Printed {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }

    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }
}

#[async_trait]
impl OutputStream for Printed {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.print(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(MAX_LINE_BYTES)
    }
}

#[async_trait]
impl Pollable for Printed {
    async fn ready(&mut self) {}
}

impl AsyncWrite for Printed {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.print(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
