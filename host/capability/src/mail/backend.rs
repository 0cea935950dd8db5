//! Where messages go: what a server or a folder is to the room.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Instant, SystemTime};

use goatkit_package::PluginName;

use crate::Fault;

/// A message as it goes out.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Who sends it.
    pub plugin: PluginName,
    /// When, by the room's clock.
    pub at: SystemTime,
    /// Its `Message-ID`, without the angle brackets.
    pub id: String,
    /// The address in whose name it goes to the server.
    pub sender: String,
    /// The addresses that get it, hidden ones among them; each once.
    pub recipients: Vec<String>,
    /// The message: lines of at most 998 bytes of ASCII that end in CRLF.
    pub raw: Vec<u8>,
}

/// Whether a message counts against its plugin's hour. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Counted(Arc<AtomicBool>);

impl Counted {
    /// Notes that it counts: a server is about to have it, or has refused it. One that was
    /// never reached leaves the plugin its message.
    pub fn count(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether it counts.
    pub fn is_counted(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// A message on its way. It may be dropped at any time: the message then arrives as a whole, or
/// not at all.
pub type Posting<'a> = Pin<Box<dyn Future<Output = Result<(), Fault>> + Send + 'a>>;

/// Takes messages over.
pub trait Post: Send + Sync + 'static {
    /// Sends a message until `deadline`. Success means that it was taken over.
    ///
    /// The errors are those of the contract: [`Fault::TimedOut`], [`Fault::Unavailable`], and
    /// [`Fault::Failed`] with `connect`, `tls`, `sign-in`, `rejected` or `closed`.
    fn post<'a>(
        &'a self,
        letter: &'a Letter,
        counted: &'a Counted,
        deadline: Instant,
    ) -> Posting<'a>;

    /// The messages of a plugin that lie here. What was sent is with those who got it. Blocks.
    ///
    /// # Errors
    /// What the system says when they cannot be looked for.
    fn kept(&self, _plugin: &PluginName) -> io::Result<u64> {
        Ok(0)
    }

    /// Removes these. Blocks.
    ///
    /// # Errors
    /// What the system says when one cannot be removed.
    fn forget(&self, _plugin: &PluginName) -> io::Result<()> {
        Ok(())
    }
}

/// No mail server is set up.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoPost;

impl Post for NoPost {
    fn post<'a>(&'a self, _: &'a Letter, _: &'a Counted, _: Instant) -> Posting<'a> {
        Box::pin(async {
            Err(Fault::Unavailable(
                "no mail server is set: set [mail] in gk.toml".to_owned(),
            ))
        })
    }
}

/// Why a mail server cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct MailError(pub(super) String);
