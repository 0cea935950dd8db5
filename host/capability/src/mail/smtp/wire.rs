//! The connection to a mail server, as the SMTP client sees it: what the server says comes in
//! single lines, and only so much of it.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, BufReader, ReadBuf};

/// Bytes that a server says during one message: certificates and a line per recipient. The
/// client keeps a line until it ends, and a server's need not end.
const MAX_SAID_BYTES: usize = 512 * 1024;

/// A stream that is read line by line.
///
/// A line at a time, so that the client never holds more than it has asked for: what somebody
/// put behind the answer to STARTTLS, in the clear, is then read by TLS, which refuses it, and
/// not taken for the server's word.
pub(super) struct Wire<S> {
    inner: BufReader<S>,
    peer: SocketAddr,
    left: usize,
}

impl<S: AsyncRead> Wire<S> {
    pub(super) fn new(stream: S, peer: SocketAddr) -> Self {
        Self {
            inner: BufReader::new(stream),
            peer,
            left: MAX_SAID_BYTES,
        }
    }
}

impl<S> fmt::Debug for Wire<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").field("peer", &self.peer).finish()
    }
}

impl<S> AsyncTokioStream for Wire<S>
where
    S: AsyncRead + AsyncWrite + Send + Sync + Unpin,
{
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let said = ready!(Pin::new(&mut this.inner).poll_fill_buf(context))?;
        let line = said.iter().position(|byte| *byte == b'\n');
        let length = line.map_or(said.len(), |end| end + 1).min(into.remaining());
        let Some(left) = this.left.checked_sub(length) else {
            return Poll::Ready(Err(io::Error::other("the server says too much")));
        };
        into.put_slice(said.get(..length).unwrap_or_default());
        this.left = left;
        Pin::new(&mut this.inner).consume(length);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        from: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write(context, from)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(context)
    }
}
