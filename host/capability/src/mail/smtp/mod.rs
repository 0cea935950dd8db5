//! A mail server over SMTP: a connection per message, so that a server that is back is used at
//! once, and none that has gone away is.
//!
//! A step at a time, so that an error says how far it came. `options` reads how the server is
//! reached, `wire` is the connection, `faults` says what went wrong.

mod faults;
mod options;
mod wire;

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::Mechanism;
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::{Response, Severity};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout_at;

use super::backend::{Counted, Letter, MailError, Post, Posting};
use crate::Fault;

pub use options::SmtpOptions;

use faults::{
    Failed, broken_off, not_encrypted, not_signed_in, refused, said, stopping, unconfirmed,
    unreached, untrusted,
};
use options::{Security, Server};
use wire::Wire;

/// Connections of the whole host: few enough for any server, which would else refuse some.
const MAX_CONNECTIONS: usize = 8;

/// Bytes of a message that are written at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// How long a server that has taken a message may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

/// How long a password that the server refused is not tried again: a plugin that sends and
/// sends must not get the host banned.
const SIGN_IN_PAUSE: Duration = Duration::from_secs(30);

/// How servers are signed in to, the first that they have.
const MECHANISMS: &[Mechanism] = &[Mechanism::Plain, Mechanism::Login];

/// A mail server.
pub struct Smtp {
    server: Server,
    hello: ClientId,
    connections: Semaphore,
    /// When the server last refused the password.
    refused: Mutex<Option<Instant>>,
    /// Whether the last message met a server that could not be used.
    down: AtomicBool,
}

impl Smtp {
    /// A server that is connected to with the first message. Reads the certificates, and
    /// blocks for that.
    ///
    /// # Errors
    /// [`MailError`] for a URL that is none, or certificates that cannot be read.
    pub fn new(options: SmtpOptions) -> Result<Arc<Self>, MailError> {
        Ok(Arc::new(Self {
            server: Server::read(options)?,
            hello: ClientId::default(),
            connections: Semaphore::new(MAX_CONNECTIONS),
            refused: Mutex::default(),
            down: AtomicBool::new(false),
        }))
    }

    async fn send(
        &self,
        letter: &Letter,
        counted: &Counted,
        deadline: Instant,
    ) -> Result<(), Failed> {
        let _connection = self
            .connections
            .acquire()
            .await
            .map_err(|_| Failed::from(stopping()))?;
        let refused = *self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.is_some_and(|then| then.elapsed() < SIGN_IN_PAUSE) {
            return Err(not_signed_in().into());
        }
        let mut connection = self.connect(deadline).await?;
        self.sign_in(&mut connection).await?;
        announce(&mut connection, letter, counted).await?;
        deliver(&mut connection, &letter.raw, counted).await?;
        // The message is taken: whatever happens now changes nothing.
        let until = deadline.min(Instant::now() + GOODBYE);
        let _ = timeout_at(until.into(), connection.quit()).await;
        Ok(())
    }

    /// A connection that is as secure as the operator wants it, whose server has said hello.
    async fn connect(&self, deadline: Instant) -> Result<AsyncSmtpConnection, Failed> {
        let (stream, peer) = self.reach(deadline).await?;
        let plain = |stream| Box::new(Wire::new(stream, peer)) as Box<dyn AsyncTokioStream>;
        match &self.server.security {
            Security::None => Ok(self.greet(plain(stream)).await?),
            Security::StartTls(tls) => {
                let mut connection = self.greet(plain(stream)).await?;
                if !connection.can_starttls() {
                    return Err(not_encrypted("it does not offer STARTTLS").into());
                }
                let upgraded = connection.starttls(tls.clone(), &self.hello).await;
                upgraded.map_err(|error| match said(&error) {
                    Some(said) => not_encrypted(&said).into(),
                    None => untrusted(&error),
                })?;
                Ok(connection)
            }
            Security::Tls(connector, name) => {
                let encrypted = connector.connect(name.clone(), stream).await;
                let encrypted = encrypted.map_err(|error| untrusted(&error))?;
                Ok(self.greet(Box::new(Wire::new(encrypted, peer))).await?)
            }
        }
    }

    /// Tries the server's addresses one after the other, each for its share of the time.
    async fn reach(&self, deadline: Instant) -> Result<(TcpStream, SocketAddr), Failed> {
        let Server { host, port, .. } = &self.server;
        let found = tokio::net::lookup_host((host.as_str(), *port)).await;
        let addresses: Vec<_> = found.map_err(|error| unreached(&error))?.collect();
        let mut failed = io::Error::from(io::ErrorKind::NotFound);
        for (tried, address) in addresses.iter().enumerate() {
            let others = u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX);
            let time = deadline.saturating_duration_since(Instant::now()) / others;
            match tokio::time::timeout(time, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok((stream, *address)),
                Ok(Err(error)) => failed = error,
                Err(_) => failed = io::ErrorKind::TimedOut.into(),
            }
        }
        Err(unreached(&failed))
    }

    async fn greet(&self, stream: Box<dyn AsyncTokioStream>) -> Result<AsyncSmtpConnection, Fault> {
        let greeted = AsyncSmtpConnection::connect_with_transport(stream, &self.hello).await;
        greeted.map_err(|error| match said(&error) {
            Some(said) => Fault::failed(
                "connect",
                format!("the mail server refuses the host: {said}"),
            ),
            None => broken_off(),
        })
    }

    async fn sign_in(&self, connection: &mut AsyncSmtpConnection) -> Result<(), Fault> {
        let Some(credentials) = &self.server.credentials else {
            return Ok(());
        };
        let answer = connection.auth(MECHANISMS, credentials).await;
        match answer {
            Ok(answer) if is_done(&answer) => Ok(()),
            Err(error) if error.status().is_none() && !error.is_client() => Err(broken_off()),
            // What the server says might repeat the name or the password.
            answer => {
                if answer.is_err_and(|error| error.is_permanent()) {
                    let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
                    *refused = Some(Instant::now());
                }
                Err(not_signed_in())
            }
        }
    }

    /// Tells the operator that the server cannot be used, and that it can again: once each, as
    /// a plugin may try as often as it likes.
    fn note(&self, sent: &Result<(), Failed>, counted: &Counted) {
        let Server { host, port, .. } = &self.server;
        match sent {
            Err(Failed { fault, detail }) if !counted.is_counted() => {
                if !self.down.swap(true, Ordering::Relaxed) {
                    let detail = detail.as_deref().unwrap_or_default();
                    tracing::warn!(detail, "mail over {host}:{port} does not work: {fault}");
                }
            }
            _ => {
                if self.down.swap(false, Ordering::Relaxed) {
                    tracing::info!("mail over {host}:{port} works again");
                }
            }
        }
    }
}

impl Post for Smtp {
    fn post<'a>(
        &'a self,
        letter: &'a Letter,
        counted: &'a Counted,
        deadline: Instant,
    ) -> Posting<'a> {
        Box::pin(async move {
            let sent = timeout_at(deadline.into(), self.send(letter, counted, deadline)).await;
            let sent = sent.unwrap_or_else(|_| Err(Fault::TimedOut.into()));
            self.note(&sent, counted);
            sent.map_err(|failed| failed.fault)
        })
    }
}

/// Tells the server from whom the message is and whom it is for.
async fn announce(
    connection: &mut AsyncSmtpConnection,
    letter: &Letter,
    counted: &Counted,
) -> Result<(), Fault> {
    let sender = address(&letter.sender)?;
    let answer = connection
        .command(Mail::new(Some(sender), Vec::new()))
        .await;
    accepted(answer, counted, || {
        format!("the sender `{}`", letter.sender)
    })?;
    for recipient in &letter.recipients {
        let command = Rcpt::new(address(recipient)?, Vec::new());
        let answer = connection.command(command).await;
        accepted(answer, counted, || format!("the recipient `{recipient}`"))?;
    }
    let answer = connection.command(Data).await;
    match answer {
        Ok(answer) if answer.has_code(354) => Ok(()),
        Ok(_) => Err(broken_off()),
        Err(error) => Err(refused(&error, counted, || "the message".to_owned())),
    }
}

/// Hands the message over.
async fn deliver(
    connection: &mut AsyncSmtpConnection,
    raw: &[u8],
    counted: &Counted,
) -> Result<(), Fault> {
    let chunks = raw.chunks(CHUNK_BYTES);
    // Asked for a chunk behind the last, the client goes on to write the end of the message:
    // from there on the server may have it.
    let end = std::iter::from_fn(|| {
        counted.count();
        None
    });
    let answer = connection.message_iter(chunks.chain(end)).await;
    match answer {
        Ok(answer) if is_done(&answer) => Ok(()),
        Err(error) if error.status().is_some() => {
            Err(refused(&error, counted, || "the message".to_owned()))
        }
        _ if counted.is_counted() => Err(unconfirmed()),
        _ => Err(broken_off()),
    }
}

fn accepted(
    answer: Result<Response, Error>,
    counted: &Counted,
    what: impl FnOnce() -> String,
) -> Result<(), Fault> {
    match answer {
        Ok(answer) if is_done(&answer) => Ok(()),
        Ok(_) => Err(broken_off()),
        Err(error) => Err(refused(&error, counted, what)),
    }
}

fn is_done(answer: &Response) -> bool {
    answer.code().severity == Severity::PositiveCompletion
}

fn address(text: &str) -> Result<Address, Fault> {
    let read = text.parse();
    read.map_err(|_| Fault::Invalid(format!("`{text}` is no address to a mail server")))
}
