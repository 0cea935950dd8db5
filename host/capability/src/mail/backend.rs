//! Where messages go: a server, or a folder.

use std::path::PathBuf;
use std::sync::Arc;

/// Takes messages over.
pub trait Post: Send + Sync + 'static {}

/// No mail server is set up.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoPost;

impl Post for NoPost {}

/// A folder that gets an `.eml` file per message.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

impl Folder {
    /// The folder, which is made with the first message.
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }
}

impl Post for Folder {}

/// How a mail server is reached.
#[derive(Clone, Default)]
pub struct SmtpOptions {
    /// `smtp://host:587` (STARTTLS required), `smtps://host` (TLS), or
    /// `smtp://host:25?tls=none`.
    pub url: String,
    /// Whom to sign in as, and with which password.
    pub credentials: Option<(String, String)>,
    /// PEM files of certificates that are trusted besides the machine's.
    pub certificates: Vec<PathBuf>,
}

/// Why a mail server cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct MailError(String);

/// A mail server.
pub struct Smtp {}

impl Smtp {
    /// A server that is connected to with the first message.
    ///
    /// # Errors
    /// [`MailError`] for a URL that is none, or certificates that cannot be read.
    pub fn new(_options: SmtpOptions) -> Result<Arc<Self>, MailError> {
        Err(MailError("not built yet".to_owned()))
    }
}

impl Post for Smtp {}
