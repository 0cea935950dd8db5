//! mail: messages over the operator's mail server.
//!
//! Gives: messages with text, HTML and files, from senders and to recipients that are granted,
//! and no more within an hour than is granted. Never: a header that the plugin wrote itself, an
//! address that was compared in another form than it is sent in, or a message in another's
//! name.
//!
//! In reading order: `message` (what a plugin puts together), `draft` (reads it), `address`,
//! `grant` (may it go), `compose` (writes it down), `hour` (counts it), `backend` (where it
//! goes: `folder`, `smtp`).

mod address;
mod backend;
mod compose;
mod draft;
mod folder;
mod grant;
mod hour;
mod message;
mod smtp;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

pub use backend::{Counted, Letter, MailError, NoPost, Post, Posting};
pub use folder::Folder;
pub use grant::{DEFAULT_PER_HOUR, GRANT, Granted, MAX_PER_HOUR};
pub use message::{
    MAX_ADDRESSES, MAX_ATTACHMENTS, MAX_BODY_BYTES, MAX_CONTENT_TYPE_BYTES, MAX_FILE_NAME_BYTES,
    MAX_MESSAGE_BYTES, MAX_SUBJECT_BYTES, Message,
};
pub use smtp::{Smtp, SmtpOptions};

use std::sync::Arc;
use std::time::Instant;

use goatkit_package::PluginName;
use tokio::sync::Semaphore;
use tokio::task::{JoinError, spawn_blocking};

use crate::audit::Auditor;
use crate::{Clock, Fault, PlatformDb, PlatformError, Scope};

use compose::{Stamp, compose};
use draft::Draft;
use hour::Place;

/// Forgets how many messages a plugin that is gone has sent. Blocks.
///
/// # Errors
/// [`PlatformError`] when it cannot be forgotten.
pub fn forget_sent(platform: &PlatformDb, plugin: &PluginName) -> Result<(), PlatformError> {
    let delete = "DELETE FROM mail_sent WHERE plugin = ?";
    platform.with(|db| db.execute(delete, [plugin.as_str()]))?;
    Ok(())
}

/// The tables of the room in the platform's database.
pub(crate) const LAYOUT: &str = hour::LAYOUT;

/// Messages of one plugin that are on their way at the same time: the others wait for their
/// turn. Each holds some [`MAX_MESSAGE_BYTES`] several times over, and a connection.
const MAX_AT_ONCE: usize = 2;

/// A plugin's handle on the room.
#[derive(Clone)]
pub struct Mail {
    auditor: Auditor,
    granted: Granted,
    post: Arc<dyn Post>,
    platform: PlatformDb,
    clock: Arc<dyn Clock>,
    turns: Arc<Semaphore>,
}

impl Mail {
    /// A handle of the auditor's plugin.
    pub fn new(
        auditor: Auditor,
        granted: Granted,
        post: Arc<dyn Post>,
        platform: PlatformDb,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            auditor,
            granted,
            post,
            platform,
            clock,
            turns: Arc::new(Semaphore::new(MAX_AT_ONCE)),
        }
    }

    /// Sends a message; the answer is its `Message-ID` without the angle brackets, when the
    /// server has taken it over.
    ///
    /// A message counts against the hour as soon as the server may have it, or has refused it
    /// or a recipient. While the server cannot be reached, nothing counts.
    ///
    /// # Errors
    /// [`Fault::Invalid`] for a field that is none, with its name; [`Fault::Denied`] for a
    /// sender, a recipient or a `reply-to` that is not granted; [`Fault::Failed`] with
    /// `rate-limited`, `connect`, `tls`, `sign-in`, `rejected` or `closed`;
    /// [`Fault::TimedOut`] at the deadline; [`Fault::Unavailable`] while the plugin registers,
    /// and where no server is set up.
    pub async fn send(&self, scope: &Scope, message: Message) -> Result<String, Fault> {
        let answer = self.sent(scope, message).await;
        self.auditor.heard(scope, answer)
    }

    async fn sent(&self, scope: &Scope, message: Message) -> Result<String, Fault> {
        let deadline = scope.call()?.deadline;
        let draft = Draft::read(message, || self.granted.default_sender())?;
        let most = self.granted.permits(&draft.from.address, draft.reached())?;
        if deadline <= Instant::now() {
            return Err(Fault::TimedOut);
        }
        let sending = Box::pin(self.pass_on(draft, most, deadline));
        let sent = tokio::time::timeout_at(deadline.into(), sending).await;
        sent.unwrap_or(Err(Fault::TimedOut))
    }

    async fn pass_on(&self, draft: Draft, most: u32, deadline: Instant) -> Result<String, Fault> {
        let _turn = self.turns.acquire().await.map_err(|_| stopping())?;
        let stamp = Stamp::new(self.auditor.plugin().clone(), self.clock.now())?;
        let letter = spawn_blocking(move || compose(draft, &stamp));
        let letter = letter.await.map_err(|error| broken(&error))??;
        let place = self.take_place(most).await?;
        let posted = self.post.post(&letter, place.counted(), deadline).await;
        if posted.is_ok() {
            place.counted().count();
        }
        if !place.counted().is_counted() {
            // Waited for, so that the plugin's next message finds the place free.
            let settling = spawn_blocking(move || place.settle());
            settling.await.map_err(|error| broken(&error))?;
        }
        posted.map(|()| letter.id)
    }

    async fn take_place(&self, most: u32) -> Result<Place, Fault> {
        let (platform, plugin) = (self.platform.clone(), self.auditor.plugin().clone());
        let now = self.clock.now();
        let taking = spawn_blocking(move || Place::take(&platform, &plugin, most, now));
        taking.await.map_err(|error| broken(&error))?
    }
}

/// What was done beside the call did not end: the host stops, or has a bug.
fn broken(error: &JoinError) -> Fault {
    if !error.is_panic() {
        return stopping();
    }
    tracing::error!("a message could not be handled: {error}");
    Fault::failed("failed", "the host could not handle the message")
}

fn stopping() -> Fault {
    Fault::Unavailable("the host is stopping".to_owned())
}
