//! Ports that nobody listens on.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering};

/// Below the ports that systems give to clients: a client that tries to reach a server that is
/// down would else sooner or later be given the server's own port, and meet itself.
const PORTS: std::ops::Range<u32> = 15_000..30_000;

/// Tests that run at the same time begin far apart.
const APART: u32 = 257;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A port that was free a moment ago. Another process may still be faster.
pub(crate) fn free() -> u16 {
    for _ in PORTS {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let start = std::process::id().wrapping_mul(APART);
        let port = PORTS.start + start.wrapping_add(step) % PORTS.len() as u32;
        let port = u16::try_from(port).unwrap_or_default();
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
    panic!("no loopback port from {PORTS:?} is free");
}
