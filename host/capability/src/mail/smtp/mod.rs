//! A mail server over SMTP: a connection per message, so that a server that is back is used at
//! once, and none that has gone away is.
//!
//! A step at a time, so that an error says how far it came. `options` reads how the server is
//! reached, `wire` is the connection.

mod options;
mod wire;

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lettre::Address;
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
use crate::json_schema::shortened;

pub use options::SmtpOptions;

use options::{Security, Server};
use wire::Wire;

/// Connections of the whole host: few enough for any server, which would else refuse some.
const MAX_CONNECTIONS: usize = 8;

/// Bytes of a message that are written at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// How long a server that has taken a message may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

/// Bytes of what a server said, in an error.
const MAX_TOLD_BYTES: usize = 300;

/// How servers are signed in to, the first that they have.
const MECHANISMS: &[Mechanism] = &[Mechanism::Plain, Mechanism::Login];

type Smtped<T> = Result<T, lettre::transport::smtp::Error>;

/// A mail server.
pub struct Smtp {
    server: Server,
    hello: ClientId,
    connections: Semaphore,
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
        }))
    }

    async fn send(
        &self,
        letter: &Letter,
        counted: &Counted,
        deadline: Instant,
    ) -> Result<(), Fault> {
        let _connection = self.connections.acquire().await.map_err(|_| stopping())?;
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
    async fn connect(&self, deadline: Instant) -> Result<AsyncSmtpConnection, Fault> {
        let (stream, peer) = self.reach(deadline).await?;
        let plain = |stream| Box::new(Wire::new(stream, peer)) as Box<dyn AsyncTokioStream>;
        match &self.server.security {
            Security::None => self.greet(plain(stream)).await,
            Security::StartTls(tls) => {
                let mut connection = self.greet(plain(stream)).await?;
                if !connection.can_starttls() {
                    return Err(not_encrypted("it does not offer STARTTLS"));
                }
                let upgraded = connection.starttls(tls.clone(), &self.hello).await;
                upgraded.map_err(|error| not_encrypted(&innermost(&error)))?;
                Ok(connection)
            }
            Security::Tls(connector, name) => {
                let encrypted = connector.connect(name.clone(), stream).await;
                let encrypted = encrypted.map_err(|error| not_encrypted(&innermost(&error)))?;
                self.greet(Box::new(Wire::new(encrypted, peer))).await
            }
        }
    }

    /// Tries the server's addresses one after the other, each for its share of the time.
    async fn reach(&self, deadline: Instant) -> Result<(TcpStream, SocketAddr), Fault> {
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
            _ => Err(not_signed_in()),
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
            let sent = sent.unwrap_or(Err(Fault::TimedOut));
            if let Err(fault) = &sent {
                let Server { host, port, .. } = &self.server;
                // Where the server is, is the operator's to know and not the plugin's.
                tracing::warn!(plugin = %letter.plugin, "mail over {host}:{port}: {fault}");
            }
            sent
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
        _ if counted.is_counted() => Err(Fault::failed(
            "closed",
            "the connection to the mail server broke off before it confirmed the message: it may \
             have taken it",
        )),
        _ => Err(broken_off()),
    }
}

fn accepted(
    answer: Smtped<Response>,
    counted: &Counted,
    what: impl FnOnce() -> String,
) -> Result<(), Fault> {
    match answer {
        Ok(answer) if is_done(&answer) => Ok(()),
        Ok(_) => Err(broken_off()),
        Err(error) => Err(refused(&error, counted, what)),
    }
}

/// What the server refused. It counts: else a plugin could try addresses without end.
fn refused(
    error: &lettre::transport::smtp::Error,
    counted: &Counted,
    what: impl FnOnce() -> String,
) -> Fault {
    let Some(said) = said(error) else {
        return broken_off();
    };
    // 530: it wants to know who asks before it looks at anything.
    if error.status().is_some_and(|code| code.to_string() == "530") {
        return not_signed_in();
    }
    counted.count();
    let what = what();
    Fault::failed(
        "rejected",
        format!("the mail server refuses {what}: {said}"),
    )
}

/// What the server answered that is not yes: its code and its words, on one line.
fn said(error: &lettre::transport::smtp::Error) -> Option<String> {
    let code = error.status()?;
    let words = error.source().map(ToString::to_string).unwrap_or_default();
    let words = shortened(&words, MAX_TOLD_BYTES);
    Some(format!("{code} {}", words.replace(char::is_control, " ")))
}

fn is_done(answer: &Response) -> bool {
    answer.code().severity == Severity::PositiveCompletion
}

fn address(text: &str) -> Result<Address, Fault> {
    let read = text.parse();
    read.map_err(|_| Fault::Invalid(format!("`{text}` is no address to a mail server")))
}

fn unreached(error: &io::Error) -> Fault {
    Fault::failed(
        "connect",
        format!("the mail server cannot be reached: {}", error.kind()),
    )
}

fn not_encrypted(why: &str) -> Fault {
    let why = shortened(why, MAX_TOLD_BYTES).replace(char::is_control, " ");
    Fault::failed(
        "tls",
        format!("the connection to the mail server cannot be encrypted: {why}"),
    )
}

fn not_signed_in() -> Fault {
    Fault::failed(
        "sign-in",
        "the mail server does not let the host sign in: the operator sets `user` and `password` \
         of [mail] in gk.toml",
    )
}

fn broken_off() -> Fault {
    Fault::failed(
        "closed",
        "the mail server broke the connection off, or does not speak SMTP: the message was not \
         sent",
    )
}

fn stopping() -> Fault {
    Fault::Unavailable("the host is stopping".to_owned())
}

/// The error that the others are about.
fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}
