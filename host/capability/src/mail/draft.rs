//! What a plugin wrote, read at the door: a draft has addresses that are addresses and no text
//! that could become a header of its own.

use lettre::message::header::ContentType;

use super::address::{Address, MAX_SHOWN_BYTES, Mailbox, changes_direction, has_controls};
use super::message::{File, Message};
use crate::Fault;
use crate::json_schema::shortened;

/// A message whose fields were checked.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) from: Mailbox,
    pub(super) to: Vec<Mailbox>,
    pub(super) cc: Vec<Mailbox>,
    pub(super) bcc: Vec<Mailbox>,
    pub(super) reply_to: Vec<Mailbox>,
    pub(super) subject: String,
    pub(super) text: Option<String>,
    pub(super) html: Option<String>,
    pub(super) files: Vec<Attached>,
}

/// A file whose name and content type were checked.
#[derive(Debug)]
pub(super) struct Attached {
    pub(super) name: String,
    pub(super) content_type: ContentType,
    pub(super) content: Vec<u8>,
}

impl Draft {
    /// Reads a message; `default` says whom it is from if it does not.
    ///
    /// # Errors
    /// [`Fault::Invalid`], which names the field; those of `default`.
    pub(super) fn read(
        message: Message,
        default: impl FnOnce() -> Result<Address, Fault>,
    ) -> Result<Self, Fault> {
        let from = match message.sender {
            Some(text) => mailbox("sender", &text)?,
            None => Mailbox {
                name: None,
                address: default()?,
            },
        };
        let draft = Self {
            from,
            to: mailboxes("to", &message.to)?,
            cc: mailboxes("cc", &message.cc)?,
            bcc: mailboxes("bcc", &message.bcc)?,
            reply_to: mailboxes("reply-to", &message.reply_to)?,
            subject: subject(message.subject.unwrap_or_default())?,
            text: message.text,
            html: message.html,
            files: message
                .files
                .into_iter()
                .map(file)
                .collect::<Result<_, _>>()?,
        };
        if draft.recipients().next().is_none() {
            return Err(Fault::Invalid(
                "the message has no recipient: name one with `to`, `cc` or `bcc`".to_owned(),
            ));
        }
        Ok(draft)
    }

    /// The addresses that get the message.
    pub(super) fn recipients(&self) -> impl Iterator<Item = &Address> + Clone {
        let all = self.to.iter().chain(&self.cc).chain(&self.bcc);
        all.map(|it| &it.address)
    }

    /// The addresses that have to be granted: whoever answers writes to `reply-to`.
    pub(super) fn reached(&self) -> impl Iterator<Item = &Address> + Clone {
        self.recipients()
            .chain(self.reply_to.iter().map(|it| &it.address))
    }
}

fn mailboxes(field: &str, texts: &[String]) -> Result<Vec<Mailbox>, Fault> {
    texts.iter().map(|text| mailbox(field, text)).collect()
}

fn mailbox(field: &str, text: &str) -> Result<Mailbox, Fault> {
    Mailbox::parse(text).map_err(|wrong| {
        let text = shortened(text, MAX_SHOWN_BYTES);
        Fault::Invalid(format!("`{field}`: {text:?} is no address: {wrong}"))
    })
}

/// A subject with `=?` in it would be decoded into something that nobody has looked at.
fn subject(text: String) -> Result<String, Fault> {
    if has_controls(&text) {
        return Err(Fault::Invalid(
            "`subject` has a line break or another control character: it is one line".to_owned(),
        ));
    }
    if text.contains("=?") {
        return Err(Fault::Invalid(
            "`subject` has a `=?`: write the characters, the host encodes them".to_owned(),
        ));
    }
    Ok(text)
}

fn file(file: File) -> Result<Attached, Fault> {
    let File {
        name,
        content_type,
        content,
    } = file;
    if !is_file_name(&name) {
        let name = shortened(&name, MAX_SHOWN_BYTES);
        return Err(Fault::Invalid(format!(
            "`attach`: {name:?} is no file's name: it has no `/`, `\\`, `\"` or control \
             character, and is not empty, `.` or `..`"
        )));
    }
    let read = media_type(&content_type).map_err(|wrong| {
        let shown = shortened(&content_type, MAX_SHOWN_BYTES);
        Fault::Invalid(format!("`attach`: the content type {shown:?}: {wrong}"))
    })?;
    Ok(Attached {
        name,
        content_type: read,
        content,
    })
}

fn is_file_name(name: &str) -> bool {
    let strange = has_controls(name) || changes_direction(name) || name.contains(['/', '\\', '"']);
    // A reader might decode `=?` in a name, though nobody should.
    !strange && !name.contains("=?") && !matches!(name.trim(), "" | "." | "..")
}

/// Reads `type/subtype; key=value`, in which everything is a plain word.
fn media_type(text: &str) -> Result<ContentType, &'static str> {
    let mut parts = text.split(';').map(|it| it.trim_matches(' '));
    let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
    let (kind_of, subtype) = kind
        .split_once('/')
        .filter(|(kind, subtype)| is_token(kind) && is_token(subtype))
        .ok_or("write it as in `text/csv; charset=utf-8`")?;
    if matches!(kind_of, "message" | "multipart") {
        return Err("an attachment is one file, and no message: neither message/* nor multipart/*");
    }
    let mut normal = format!("{kind_of}/{subtype}");
    for parameter in parts {
        let (key, value) = parameter
            .split_once('=')
            .filter(|(key, value)| is_token(key) && is_token(value))
            .ok_or("behind the `;` stands a plain key=value, as in `charset=utf-8`")?;
        let key = key.to_ascii_lowercase();
        // A star continues or encodes another parameter.
        if key.contains('*') || matches!(key.as_str(), "name" | "filename" | "boundary") {
            return Err("name, filename, boundary and keys with a `*` are the host's to write");
        }
        normal.push_str(&format!("; {key}={value}"));
    }
    ContentType::parse(&normal).map_err(|_| "write it as in `text/csv; charset=utf-8`")
}

/// A token of RFC 2045.
fn is_token(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&^_.+-*".contains(&byte);
    !text.is_empty() && text.bytes().all(fits)
}
