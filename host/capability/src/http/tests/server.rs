//! A server that says exactly what a test tells it, and counts what reaches it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// What becomes of a connection after a request.
pub(super) enum Reply {
    /// These bytes, and the next request.
    Keep(Vec<u8>),
    /// These bytes, and the end.
    Close(Vec<u8>),
    /// These bytes, then these again and again.
    Endless(Vec<u8>, Vec<u8>),
    /// These bytes, then nothing, with the connection open.
    Silent(Vec<u8>),
}

/// An answer with a body and a length.
pub(super) fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

pub(super) fn ok(body: &str) -> Reply {
    Reply::Keep(answer("200 OK", "", body.as_bytes()))
}

type Answering = Arc<dyn Fn(&str) -> Reply + Send + Sync>;

/// Counts what reaches a server.
#[derive(Default)]
struct Counted {
    connections: AtomicUsize,
    requests: Mutex<Vec<String>>,
}

pub(super) struct Server {
    pub(super) port: u16,
    counted: Arc<Counted>,
    /// One word per connection that the other side has closed.
    pub(super) closed: mpsc::UnboundedReceiver<()>,
    accepting: JoinSet<()>,
}

impl Server {
    /// One on 127.0.0.1, and on ::1 where there is one.
    pub(super) async fn start(answering: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        Self::run(0, None, Arc::new(answering)).await
    }

    /// One on a port that another server had.
    pub(super) async fn again(
        port: u16,
        answering: impl Fn(&str) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::run(port, None, Arc::new(answering)).await
    }

    pub(super) async fn secure(acceptor: TlsAcceptor) -> Self {
        Self::run(0, Some(acceptor), Arc::new(|_: &str| ok("secure"))).await
    }

    async fn run(port: u16, tls: Option<TlsAcceptor>, answering: Answering) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let counted = Arc::new(Counted::default());
        let (closes, closed) = mpsc::unbounded_channel();
        let mut accepting = JoinSet::new();
        let mut listeners = vec![listener];
        listeners.extend(TcpListener::bind(("::1", port)).await.ok());
        for listener in listeners {
            let (counted, closes) = (Arc::clone(&counted), closes.clone());
            let (tls, answering) = (tls.clone(), Arc::clone(&answering));
            accepting.spawn(async move {
                let mut open = JoinSet::new();
                while let Ok((stream, _)) = listener.accept().await {
                    counted.connections.fetch_add(1, Ordering::SeqCst);
                    let (counted, closes) = (Arc::clone(&counted), closes.clone());
                    let (tls, answering) = (tls.clone(), Arc::clone(&answering));
                    open.spawn(async move {
                        match tls {
                            None => serve(stream, &counted, &answering).await,
                            Some(tls) => {
                                if let Ok(stream) = tls.accept(stream).await {
                                    serve(stream, &counted, &answering).await;
                                }
                            }
                        }
                        let _ = closes.send(());
                    });
                }
            });
        }
        Self {
            port,
            counted,
            closed,
            accepting,
        }
    }

    pub(super) fn connections(&self) -> usize {
        self.counted.connections.load(Ordering::SeqCst)
    }

    /// The requests that came, heads and bodies.
    pub(super) fn requests(&self) -> Vec<String> {
        self.counted.requests.lock().unwrap().clone()
    }

    /// Closes everything, and returns when the port is free.
    pub(super) async fn stop(mut self) -> u16 {
        self.accepting.shutdown().await;
        self.port
    }
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    counted: &Counted,
    answering: &Answering,
) {
    let mut buffer = Vec::new();
    while let Some(request) = read(&mut stream, &mut buffer).await {
        counted.requests.lock().unwrap().push(request.clone());
        match answering(&request) {
            Reply::Keep(bytes) => {
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
            }
            Reply::Close(bytes) => {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.shutdown().await;
                return;
            }
            Reply::Endless(head, part) => {
                let mut sent = stream.write_all(&head).await;
                while sent.is_ok() {
                    sent = stream.write_all(&part).await;
                }
                return;
            }
            Reply::Silent(bytes) => {
                let _ = stream.write_all(&bytes).await;
                let mut rest = Vec::new();
                let _ = stream.read_to_end(&mut rest).await;
                return;
            }
        }
    }
}

/// The next request with its body, which has a length or comes in pieces.
async fn read(stream: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>) -> Option<String> {
    loop {
        if let Some(end) = end_of(buffer) {
            let request: Vec<u8> = buffer.drain(..end).collect();
            return Some(String::from_utf8_lossy(&request).into_owned());
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
}

fn end_of(bytes: &[u8]) -> Option<usize> {
    let at = |bytes: &[u8], text: &[u8]| bytes.windows(text.len()).position(|it| it == text);
    let head = at(bytes, b"\r\n\r\n")? + 4;
    let lower = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
    if lower.contains("transfer-encoding: chunked") {
        return Some(at(&bytes[head - 2..], b"\r\n0\r\n\r\n")? + head + 5);
    }
    let length = lower.split("content-length: ").nth(1);
    let length = length.and_then(|rest| rest.split('\r').next()?.parse::<usize>().ok());
    let end = head + length.unwrap_or(0);
    (bytes.len() >= end).then_some(end)
}
