//! A server on loopback that counts: connections, and the first line of each request. It
//! answers every request with `hello`, or redirects, as its path says.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use goatkit_test_servers::attacks::jump;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// What reached a server.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Connections that were accepted.
    pub(crate) connections: usize,
    /// Heads of requests, each with its lines.
    pub(crate) requests: Vec<String>,
}

/// The server. It listens until it is dropped.
pub(crate) struct Counting {
    address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    _listening: JoinSet<()>,
}

impl Counting {
    /// One on a free port, also of `::1` where there is one. `/jump?STATUS=PLACE` redirects,
    /// `/endless` has a body without an end, `/silent` never answers.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let sixth = TcpListener::bind(("::1", address.port())).await;
        let seen = Arc::<Mutex<Seen>>::default();
        let mut listening = JoinSet::new();
        for listener in [Some(listener), sixth.ok()].into_iter().flatten() {
            let noted = Arc::clone(&seen);
            listening.spawn(async move {
                let mut served = JoinSet::new();
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    noted.lock().unwrap().connections += 1;
                    served.spawn(serve(stream, Arc::clone(&noted)));
                }
            });
        }
        Self {
            address,
            seen,
            _listening: listening,
        }
    }

    /// Its port.
    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// What reached it so far.
    pub(crate) fn seen(&self) -> Seen {
        self.seen.lock().unwrap().clone()
    }
}

async fn serve(stream: TcpStream, seen: Arc<Mutex<Seen>>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut head = String::new();
        let mut length = 0;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            if let Some(told) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = told.trim().parse().ok()?;
            }
            if line.trim().is_empty() {
                break;
            }
            head.push_str(&line);
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.ok()?;
        let path = head.split(' ').nth(1)?.to_owned();
        seen.lock().unwrap().requests.push(head);
        answer(&mut stream, &path).await?;
    }
}

async fn answer(stream: &mut BufReader<TcpStream>, path: &str) -> Option<()> {
    if path == "/silent" {
        return std::future::pending().await;
    }
    if path == "/endless" {
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        stream.write_all(head.as_bytes()).await.ok()?;
        let piece = format!("{:x}\r\n{}\r\n", 1 << 16, "x".repeat(1 << 16));
        loop {
            stream.write_all(piece.as_bytes()).await.ok()?;
        }
    }
    let answer = match jump(path) {
        Some((status, place)) => {
            format!("HTTP/1.1 {status} Moved\r\nlocation: {place}\r\ncontent-length: 0\r\n\r\n")
        }
        None => "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello".to_owned(),
    };
    stream.write_all(answer.as_bytes()).await.ok()
}
