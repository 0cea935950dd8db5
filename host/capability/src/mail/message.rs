//! A message that is being put together. Only its size is looked at: what is in it is read
//! when it is sent.

use crate::Fault;

use super::address::MAX_MAILBOX_BYTES;

/// Bytes of a subject: what a header's line may have (RFC 5322, 2.1.1).
pub const MAX_SUBJECT_BYTES: usize = 998;

/// Bytes of the body as text, and as HTML: encoded for mail either may be three times as long.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

/// Recipients, copies and reply-to addresses in sum: one message is no campaign, and counts
/// once against the hour.
pub const MAX_ADDRESSES: usize = 100;

/// Files of one message.
pub const MAX_ATTACHMENTS: usize = 20;

/// Bytes of a file's name: what file systems take.
pub const MAX_FILE_NAME_BYTES: usize = 255;

/// Bytes of a file's content type.
pub const MAX_CONTENT_TYPE_BYTES: usize = 127;

/// Bytes of everything together: the host holds a message several times over while it sends
/// it, and many servers take no more than 25 MiB of what becomes 4/3 of this.
pub const MAX_MESSAGE_BYTES: usize = 10 * 1024 * 1024;

/// A message that is being put together. What is set twice (sender, subject, text, HTML) is
/// what was set last; what was refused leaves the message as it was.
#[derive(Debug, Clone, Default)]
pub struct Message {
    pub(super) sender: Option<String>,
    pub(super) to: Vec<String>,
    pub(super) cc: Vec<String>,
    pub(super) bcc: Vec<String>,
    pub(super) reply_to: Vec<String>,
    pub(super) subject: Option<String>,
    pub(super) text: Option<String>,
    pub(super) html: Option<String>,
    pub(super) files: Vec<File>,
    held: usize,
}

/// A file that is attached.
#[derive(Debug, Clone)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) content_type: String,
    pub(super) content: Vec<u8>,
}

impl Message {
    /// Whom it is from.
    ///
    /// # Errors
    /// [`Fault::TooLarge`] at the room's limits, as for all of these.
    pub fn sender(&mut self, address: String) -> Result<(), Fault> {
        bounded("the sender's address", address.len(), MAX_MAILBOX_BYTES)?;
        let before = self.sender.as_ref().map_or(0, String::len);
        self.hold(address.len(), before)?;
        self.sender = Some(address);
        Ok(())
    }

    /// Adds a recipient.
    ///
    /// # Errors
    /// [`Fault::TooLarge`].
    pub fn to(&mut self, address: String) -> Result<(), Fault> {
        self.address(address, |message| &mut message.to)
    }

    /// Adds a recipient of a copy.
    ///
    /// # Errors
    /// [`Fault::TooLarge`].
    pub fn cc(&mut self, address: String) -> Result<(), Fault> {
        self.address(address, |message| &mut message.cc)
    }

    /// Adds a recipient whom the others do not see.
    ///
    /// # Errors
    /// [`Fault::TooLarge`].
    pub fn bcc(&mut self, address: String) -> Result<(), Fault> {
        self.address(address, |message| &mut message.bcc)
    }

    /// Adds an address that answers go to.
    ///
    /// # Errors
    /// [`Fault::TooLarge`].
    pub fn reply_to(&mut self, address: String) -> Result<(), Fault> {
        self.address(address, |message| &mut message.reply_to)
    }

    /// One line.
    ///
    /// # Errors
    /// [`Fault::TooLarge`].
    pub fn subject(&mut self, text: String) -> Result<(), Fault> {
        bounded("the subject", text.len(), MAX_SUBJECT_BYTES)?;
        let before = self.subject.as_ref().map_or(0, String::len);
        self.hold(text.len(), before)?;
        self.subject = Some(text);
        Ok(())
    }

    /// The body as plain text.
    ///
    /// # Errors
    /// [`Fault::TooLarge`].
    pub fn text(&mut self, text: String) -> Result<(), Fault> {
        bounded("the text", text.len(), MAX_BODY_BYTES)?;
        let before = self.text.as_ref().map_or(0, String::len);
        self.hold(text.len(), before)?;
        self.text = Some(text);
        Ok(())
    }

    /// The body as HTML.
    ///
    /// # Errors
    /// [`Fault::TooLarge`].
    pub fn html(&mut self, html: String) -> Result<(), Fault> {
        bounded("the HTML", html.len(), MAX_BODY_BYTES)?;
        let before = self.html.as_ref().map_or(0, String::len);
        self.hold(html.len(), before)?;
        self.html = Some(html);
        Ok(())
    }

    /// Adds a file. The content type is such as `text/csv; charset=utf-8`.
    ///
    /// # Errors
    /// [`Fault::TooLarge`].
    pub fn attach(
        &mut self,
        name: String,
        content_type: String,
        content: Vec<u8>,
    ) -> Result<(), Fault> {
        if self.files.len() >= MAX_ATTACHMENTS {
            let most = format!("a message has at most {MAX_ATTACHMENTS} attachments");
            return Err(Fault::TooLarge(most));
        }
        bounded("the attachment's name", name.len(), MAX_FILE_NAME_BYTES)?;
        let length = content_type.len();
        bounded(
            "the attachment's content type",
            length,
            MAX_CONTENT_TYPE_BYTES,
        )?;
        self.hold(name.len() + length + content.len(), 0)?;
        self.files.push(File {
            name,
            content_type,
            content,
        });
        Ok(())
    }

    /// Bytes that the host holds for it.
    pub fn held(&self) -> usize {
        self.held
    }

    fn address(
        &mut self,
        address: String,
        list: fn(&mut Self) -> &mut Vec<String>,
    ) -> Result<(), Fault> {
        let lists = [&self.to, &self.cc, &self.bcc, &self.reply_to];
        if lists.iter().map(|it| it.len()).sum::<usize>() >= MAX_ADDRESSES {
            let most = format!("a message has at most {MAX_ADDRESSES} recipients in all");
            return Err(Fault::TooLarge(most));
        }
        bounded("an address", address.len(), MAX_MAILBOX_BYTES)?;
        self.hold(address.len(), 0)?;
        list(self).push(address);
        Ok(())
    }

    /// Counts what comes instead of what was there.
    fn hold(&mut self, comes: usize, goes: usize) -> Result<(), Fault> {
        let held = self.held.saturating_sub(goes).saturating_add(comes);
        bounded("the message with its attachments", held, MAX_MESSAGE_BYTES)?;
        self.held = held;
        Ok(())
    }
}

fn bounded(what: &str, bytes: usize, most: usize) -> Result<(), Fault> {
    if bytes > most {
        return Err(Fault::TooLarge(format!(
            "{what} has {bytes} bytes, and at most {most} are taken"
        )));
    }
    Ok(())
}
