//! mail: messages over the operator's mail server.

mod backend;
mod grant;

pub use backend::{Folder, MailError, NoPost, Post, Smtp, SmtpOptions};
pub use grant::{GRANT, Granted};

use std::sync::Arc;

use crate::audit::Auditor;
use crate::{Clock, Fault, PlatformDb, Scope};

/// The tables of the room in the platform's database.
pub(crate) const LAYOUT: &str = "";

/// A plugin's handle on the room.
#[derive(Clone)]
pub struct Mail {
    auditor: Auditor,
    granted: Granted,
    post: Arc<dyn Post>,
    platform: PlatformDb,
    clock: Arc<dyn Clock>,
}

/// A message that is being put together.
#[derive(Debug, Clone, Default)]
pub struct Message {}

impl Message {
    /// Whom it is from.
    pub fn sender(&mut self, _address: String) -> Result<(), Fault> {
        Err(unbuilt())
    }
    /// Adds a recipient.
    pub fn to(&mut self, _address: String) -> Result<(), Fault> {
        Err(unbuilt())
    }
    /// Adds a recipient of a copy.
    pub fn cc(&mut self, _address: String) -> Result<(), Fault> {
        Err(unbuilt())
    }
    /// Adds a recipient whom the others do not see.
    pub fn bcc(&mut self, _address: String) -> Result<(), Fault> {
        Err(unbuilt())
    }
    /// Adds an address that answers go to.
    pub fn reply_to(&mut self, _address: String) -> Result<(), Fault> {
        Err(unbuilt())
    }
    /// One line.
    pub fn subject(&mut self, _text: String) -> Result<(), Fault> {
        Err(unbuilt())
    }
    /// The body as plain text.
    pub fn text(&mut self, _text: String) -> Result<(), Fault> {
        Err(unbuilt())
    }
    /// The body as HTML.
    pub fn html(&mut self, _html: String) -> Result<(), Fault> {
        Err(unbuilt())
    }
    /// Adds a file.
    pub fn attach(
        &mut self,
        _name: String,
        _content_type: String,
        _content: Vec<u8>,
    ) -> Result<(), Fault> {
        Err(unbuilt())
    }
    /// Bytes that the host holds for it.
    pub fn held(&self) -> usize {
        0
    }
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
        }
    }

    /// Sends a message; the answer is its `Message-ID`.
    pub async fn send(&self, _scope: &Scope, _message: Message) -> Result<String, Fault> {
        let _ = (
            &self.auditor,
            &self.granted,
            &self.post,
            &self.platform,
            &self.clock,
        );
        Err(unbuilt())
    }
}

fn unbuilt() -> Fault {
    Fault::Unavailable("not built yet".to_owned())
}
