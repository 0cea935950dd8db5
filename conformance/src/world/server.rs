//! The table's own server, on loopback: a few paths, one answer to a connection.
//!
//! | path | answer |
//! |---|---|
//! | `/read/…` | method, path and query as text, with the header `x-desk` |
//! | `/echo` | the request's header `x-colour`, a space, and its body |
//! | `/gone` | 410 |
//! | `/away` | a redirect to `/read/hello` |
//! | `/inside` | a redirect to the metadata address of a cloud |

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Bytes of a body that is read: the rows send a few.
const MAX_BODY: usize = 1 << 20;

/// A server that listens until it is dropped.
pub(super) struct Server {
    address: SocketAddr,
    _listening: JoinSet<()>,
}

impl Server {
    /// One on a free port.
    pub(super) fn start() -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let listener = TcpListener::from_std(listener)?;
        let mut listening = JoinSet::new();
        listening.spawn(async move {
            let mut served = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                // Whoever breaks off sees to it; the row says what it expected.
                served.spawn(async move { serve(stream).await.ok() });
            }
        });
        Ok(Self {
            address,
            _listening: listening,
        })
    }

    /// Its address, as URLs have it.
    pub(super) fn address(&self) -> String {
        self.address.to_string()
    }
}

async fn serve(stream: TcpStream) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut first = String::new();
    stream.read_line(&mut first).await?;
    let (mut length, mut colour) = (0, Vec::new());
    loop {
        let mut line = Vec::new();
        stream.read_until(b'\n', &mut line).await?;
        let line = line.trim_ascii_end();
        if line.is_empty() {
            break;
        }
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            continue;
        };
        let (name, value) = line.split_at(colon);
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        match name.to_ascii_lowercase().as_slice() {
            b"content-length" => {
                let text = std::str::from_utf8(value).unwrap_or_default();
                length = text.parse().unwrap_or(0).min(MAX_BODY);
            }
            b"x-colour" => colour = value.to_vec(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    let mut words = first.split_ascii_whitespace();
    let (method, path) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let answer = match path {
        "/gone" => answer("410 Gone", "", b""),
        "/away" => answer("302 Found", "location: /read/hello\r\n", b""),
        "/inside" => answer(
            "302 Found",
            "location: http://169.254.169.254/latest/\r\n",
            b"",
        ),
        "/echo" => answer("200 OK", "", &[colour, b" ".to_vec(), body].concat()),
        path if path.starts_with("/read/") => answer(
            "200 OK",
            "x-desk: yes\r\n",
            format!("{method} {path}").as_bytes(),
        ),
        _ => answer("404 Not Found", "", b""),
    };
    stream.write_all(&answer).await?;
    stream.shutdown().await
}

fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}
