//! Where administrators go: the host that works on a data folder, or, where none does, one
//! that is made for what they want to know and decide.

use std::io;
use std::path::{Path, PathBuf};

use axum::body::{Body, Bytes};
use axum::http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::UnixStream;
use tokio::task::JoinHandle;
use tokio::time::{Duration, Instant, sleep};

use crate::follow::Follow;
use crate::seat::{Seat, SeatError, reached, socket};
use crate::{Host, HostBuilder, HostError};

/// Bytes of one answer: a function's answer is at most a fraction of it.
const MAX_ANSWER: usize = 64 << 20;

/// How long a host that has taken its seat may need until it listens.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often somebody looks meanwhile whether it does.
const LOOK: Duration = Duration::from_millis(20);

/// The way to the host of a data folder.
pub struct Office(Way);

enum Way {
    /// It runs, and listens here.
    Running(PathBuf),
    /// It is made for us, and nobody else makes one meanwhile.
    Own { host: Box<Host>, _seat: Seat },
}

/// Why a host was not asked, or what it refused.
#[derive(Debug, thiserror::Error)]
pub enum OfficeError {
    /// The data folder cannot be used.
    #[error(transparent)]
    Seat(#[from] SeatError),
    /// No host could be made on it.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The host that runs there does not answer.
    #[error("the host that runs on this data folder does not answer: {0}")]
    Connection(String),
    /// What the host says.
    #[error("{text}")]
    Refused {
        /// The status of its answer.
        status: u16,
        /// Why.
        text: String,
    },
}

impl Office {
    /// The host that runs on the builder's data folder, or else one that the builder makes.
    ///
    /// # Errors
    /// [`OfficeError`].
    pub async fn of(builder: HostBuilder) -> Result<Self, OfficeError> {
        let data = builder.data.clone();
        let late = Instant::now() + PATIENCE;
        loop {
            if let Some(way) = running(&data).await {
                return Ok(Self(way));
            }
            if let Some(seat) = Seat::try_take(&data)? {
                let host = Box::new(builder.build().await?);
                return Ok(Self(Way::Own { host, _seat: seat }));
            }
            if Instant::now() > late {
                return Err(SeatError::Taken(data).into());
            }
            sleep(LOOK).await;
        }
    }

    /// The host that runs on a data folder, if one does.
    pub async fn running(data: &Path) -> Option<Self> {
        running(data).await.map(Self)
    }

    /// Asks the host for what has no end: what it tells, it tells one JSON object a line.
    ///
    /// # Errors
    /// As [`Office::ask`].
    pub async fn follow(&self, path: &str) -> Result<Follow, OfficeError> {
        let request = request(Method::GET, path, None).map_err(lost)?;
        let (status, body, connection) = self.send(request).await?;
        if status.is_success() {
            return Ok(Follow::new(body, connection));
        }
        Err(refused(status, &collected(body).await?))
    }

    /// Asks the host; routes are those of `goatkit_web::admin_router`.
    ///
    /// # Errors
    /// [`OfficeError::Refused`] with what the host says, or that it does not answer.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, OfficeError> {
        let request = request(method, path, body).map_err(lost)?;
        let (status, body, _connection) = self.send(request).await?;
        let bytes = collected(body).await?;
        match status.is_success() {
            true => serde_json::from_slice(&bytes).map_err(lost),
            false => Err(refused(status, &bytes)),
        }
    }

    async fn send(
        &self,
        request: Request<Body>,
    ) -> Result<(StatusCode, Body, Connection), OfficeError> {
        match &self.0 {
            Way::Own { host, .. } => {
                let (head, body) = host.administer(request).await.into_parts();
                Ok((head.status, body, Connection::none()))
            }
            Way::Running(socket) => send(socket, request).await,
        }
    }

    /// What was counted on the way is written down. One that runs does so by itself.
    pub async fn close(self) {
        if let Way::Own { host, .. } = self.0 {
            host.manager().keep_books().await;
        }
    }
}

/// The host that listens on a data folder, if one does.
async fn running(data: &Path) -> Option<Way> {
    let socket = socket(data);
    match connected(&socket).await {
        Ok(_) => Some(Way::Running(socket)),
        Err(_) => None,
    }
}

async fn connected(socket: &Path) -> io::Result<UnixStream> {
    let (_folder, reached) = reached(socket)?;
    UnixStream::connect(reached).await
}

fn request(
    method: Method,
    path: &str,
    body: Option<&Value>,
) -> Result<Request<Body>, axum::http::Error> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "localhost");
    match body {
        Some(body) => request
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string())),
        None => request.body(Body::empty()),
    }
}

/// What drives a connection, until this is dropped.
pub(crate) struct Connection(Option<JoinHandle<hyper::Result<()>>>);

impl Connection {
    /// Of a host in this process.
    pub(crate) fn none() -> Self {
        Self(None)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(driven) = &self.0 {
            driven.abort();
        }
    }
}

async fn send(
    socket: &Path,
    request: Request<Body>,
) -> Result<(StatusCode, Body, Connection), OfficeError> {
    let stream = connected(socket).await.map_err(lost)?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(lost)?;
    let connection = Connection(Some(tokio::spawn(connection)));
    let (head, body) = sender
        .send_request(request)
        .await
        .map_err(lost)?
        .into_parts();
    Ok((head.status, Body::new(body), connection))
}

/// What the host says to what it does not do.
fn refused(status: StatusCode, bytes: &[u8]) -> OfficeError {
    let answer: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let text = match answer.get("error").and_then(Value::as_str) {
        Some(text) => text.to_owned(),
        None => String::from_utf8_lossy(bytes).into_owned(),
    };
    OfficeError::Refused {
        status: status.as_u16(),
        text,
    }
}

async fn collected(body: Body) -> Result<Bytes, OfficeError> {
    match Limited::new(body, MAX_ANSWER).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) => Err(lost(io::Error::other(error))),
    }
}

pub(crate) fn lost(error: impl std::fmt::Display) -> OfficeError {
    OfficeError::Connection(error.to_string())
}
