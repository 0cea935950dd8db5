//! From a draft to the bytes that go to the server: 7-bit lines of a bounded length, whatever
//! is in the draft.
//!
//! Texts are always quoted-printable and files always base64. So none of their lines has a line
//! break that servers disagree about, and none is a boundary: `=_` is written by neither
//! encoding. A dot that begins a line is doubled where the message goes over the wire.

use std::collections::BTreeSet;
use std::time::SystemTime;

use goatkit_package::PluginName;
use lettre::address::Envelope;
use lettre::message::header::{
    Cc, ContentTransferEncoding, ContentType, From, HeaderName, HeaderValue, ReplyTo, To,
};
use lettre::message::{
    Attachment, Body, Mailbox as Header, Mailboxes, MessageBuilder, MultiPart, SinglePart,
};
use rustls::crypto::aws_lc_rs::default_provider;

use super::address::{Address, Mailbox};
use super::backend::Letter;
use super::draft::{Attached, Draft};
use crate::Fault;
use crate::timestamp::{of_seconds, seconds};

/// Bytes of one line, without its end (RFC 5321, 4.5.3.1.6).
const MAX_LINE_BYTES: usize = 998;

/// What a message is written with besides its draft.
#[derive(Debug, Clone)]
pub(super) struct Stamp {
    pub(super) plugin: PluginName,
    pub(super) at: SystemTime,
    /// Not guessed by anybody, and never used before.
    pub(super) nonce: u128,
}

impl Stamp {
    /// A stamp with a new nonce.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] where the machine has no randomness.
    pub(super) fn new(plugin: PluginName, at: SystemTime) -> Result<Self, Fault> {
        let mut bytes = [0; 16];
        let filled = default_provider().secure_random.fill(&mut bytes);
        filled.map_err(|_| Fault::Unavailable("the host has no randomness".to_owned()))?;
        let nonce = u128::from_ne_bytes(bytes);
        Ok(Self { plugin, at, nonce })
    }
}

/// Writes a draft down. Takes time that grows with the draft: up to some tenths of a second.
///
/// # Errors
/// [`Fault::Invalid`] for what cannot be written as mail.
pub(super) fn compose(draft: Draft, stamp: &Stamp) -> Result<Letter, Fault> {
    let id = format!("{:032x}@{}", stamp.nonce, draft.from.address.domain());
    let sender = draft.from.address.clone();
    let recipients: BTreeSet<Address> = draft.recipients().cloned().collect();
    let envelope = envelope(&sender, &recipients)?;
    let builder = headers(&draft, stamp, &id)?.envelope(envelope);
    let bodies = bodies(draft.text, draft.html, stamp)?;
    let message = match (bodies, draft.files.is_empty()) {
        (Bodies::One(part), true) => builder.singlepart(part),
        (Bodies::Both(parts), true) => builder.multipart(parts),
        (bodies, false) => builder.multipart(mixed(bodies, draft.files, stamp)?),
    };
    let message = message.map_err(|error| unwritable(&error.to_string()))?;
    let raw = message.formatted();
    if !is_plain(&raw) {
        return Err(unwritable("it has a line that no server takes"));
    }
    Ok(Letter {
        plugin: stamp.plugin.clone(),
        at: stamp.at,
        id,
        sender: sender.to_string(),
        recipients: recipients.iter().map(Address::to_string).collect(),
        raw,
    })
}

fn headers(draft: &Draft, stamp: &Stamp, id: &str) -> Result<MessageBuilder, Fault> {
    // Header lists are set at once: adding to one reads what is there again.
    let mut builder = MessageBuilder::new()
        .date(of_seconds(seconds(stamp.at)))
        .header(From::from(list(std::slice::from_ref(&draft.from))?));
    if !draft.reply_to.is_empty() {
        builder = builder.header(ReplyTo::from(list(&draft.reply_to)?));
    }
    if !draft.to.is_empty() {
        builder = builder.header(To::from(list(&draft.to)?));
    }
    if !draft.cc.is_empty() {
        builder = builder.header(Cc::from(list(&draft.cc)?));
    }
    let raw = |name, value: &str| {
        HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
    };
    Ok(builder
        .subject(draft.subject.as_str())
        .message_id(Some(format!("<{id}>")))
        .raw_header(raw("Auto-Submitted", "auto-generated"))
        .raw_header(raw("X-GoatKit-Plugin", stamp.plugin.as_str())))
}

fn list(mailboxes: &[Mailbox]) -> Result<Mailboxes, Fault> {
    let mut list = Mailboxes::new();
    for Mailbox { name, address } in mailboxes {
        list.push(Header::new(name.clone(), ready(address)?));
    }
    Ok(list)
}

fn envelope(sender: &Address, recipients: &BTreeSet<Address>) -> Result<Envelope, Fault> {
    let to: Result<Vec<_>, _> = recipients.iter().map(ready).collect();
    let envelope = Envelope::new(Some(ready(sender)?), to?);
    envelope.map_err(|error| unwritable(&error.to_string()))
}

fn ready(address: &Address) -> Result<lettre::Address, Fault> {
    let read = address.as_str().parse();
    read.map_err(|_| unwritable(&format!("`{address}` is no address to a mail server")))
}

enum Bodies {
    One(SinglePart),
    Both(MultiPart),
}

fn bodies(text: Option<String>, html: Option<String>, stamp: &Stamp) -> Result<Bodies, Fault> {
    let plain = |text: &str| body(text, ContentType::TEXT_PLAIN);
    Ok(match (text, html) {
        (text, None) => Bodies::One(plain(text.as_deref().unwrap_or_default())?),
        (None, Some(html)) => Bodies::One(body(&html, ContentType::TEXT_HTML)?),
        (Some(text), Some(html)) => Bodies::Both(
            MultiPart::alternative()
                .boundary(boundary("a", stamp))
                .singlepart(plain(&text)?)
                .singlepart(body(&html, ContentType::TEXT_HTML)?),
        ),
    })
}

fn mixed(bodies: Bodies, files: Vec<Attached>, stamp: &Stamp) -> Result<MultiPart, Fault> {
    let mixed = MultiPart::mixed().boundary(boundary("m", stamp));
    let mut mixed = match bodies {
        Bodies::One(part) => mixed.singlepart(part),
        Bodies::Both(parts) => mixed.multipart(parts),
    };
    for file in files {
        let content = Body::new_with_encoding(file.content, ContentTransferEncoding::Base64);
        let content = content.map_err(|_| unwritable("a file cannot be encoded"))?;
        mixed = mixed.singlepart(Attachment::new(file.name).body(content, file.content_type));
    }
    Ok(mixed)
}

fn body(text: &str, content_type: ContentType) -> Result<SinglePart, Fault> {
    let encoding = ContentTransferEncoding::QuotedPrintable;
    let body = Body::new_with_encoding(with_line_ends(text), encoding);
    let body = body.map_err(|_| unwritable("its text cannot be encoded"))?;
    Ok(SinglePart::builder().header(content_type).body(body))
}

/// Line breaks of every kind as mail has them. Done here in one pass: the library puts each
/// missing byte into the text by moving the rest.
fn with_line_ends(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 32);
    let mut rest = text;
    while let Some(at) = rest.find(['\r', '\n']) {
        let (line, behind) = rest.split_at(at);
        out.push_str(line);
        out.push_str("\r\n");
        let single = behind.get(1..).unwrap_or_default();
        rest = behind.strip_prefix("\r\n").unwrap_or(single);
    }
    out.push_str(rest);
    out
}

fn boundary(which: &str, stamp: &Stamp) -> String {
    // Not the message's identifier, which is known before the message is written.
    format!("=_{which}_{:032x}", stamp.nonce.rotate_left(64))
}

/// Whether servers agree about the lines: CR and LF together, no NUL, 7 bits, no longer than a
/// line may be. The second wall behind the encodings.
fn is_plain(raw: &[u8]) -> bool {
    let lines = raw.strip_suffix(b"\r\n");
    lines.is_some_and(|lines| {
        let mut lines = lines.split(|byte| *byte == b'\n').peekable();
        let mut fits = true;
        while let Some(line) = lines.next() {
            let line = match (lines.peek(), line.strip_suffix(b"\r")) {
                (Some(_), Some(line)) => line,
                (Some(_), None) => return false,
                (None, _) => line,
            };
            fits &= line.len() <= MAX_LINE_BYTES && !line.contains(&b'\r');
            fits &= line.is_ascii() && !line.contains(&0);
        }
        fits
    })
}

fn unwritable(why: &str) -> Fault {
    Fault::Invalid(format!("the message cannot be written as mail: {why}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_line_break_becomes_one_of_mail() {
        for (text, expect) in [
            ("", ""),
            ("a", "a"),
            ("a\n", "a\r\n"),
            ("a\r", "a\r\n"),
            ("a\r\n", "a\r\n"),
            ("\n\r", "\r\n\r\n"),
            ("\r\r\n\n", "\r\n\r\n\r\n"),
            ("\u{e4}\nb\rc\r\nd", "\u{e4}\r\nb\r\nc\r\nd"),
        ] {
            assert_eq!(with_line_ends(text), expect, "{text:?}");
        }
    }

    #[test]
    fn lines_that_servers_disagree_about_are_not_plain() {
        let line = |bytes: usize| format!("a\r\n{}\r\n", "x".repeat(bytes)).into_bytes();
        for (raw, expect) in [
            (b"a\r\n".to_vec(), true),
            (b"a\r\n\r\n.\r\n".to_vec(), true),
            (line(998), true),
            (line(999), false),
            (b"".to_vec(), false),
            (b"a".to_vec(), false),
            (b"a\n".to_vec(), false),
            (b"a\nb\r\n".to_vec(), false),
            (b"a\rb\r\n".to_vec(), false),
            (b"a\r\r\n".to_vec(), false),
            (b"a\r\nb\r\r\n".to_vec(), false),
            (b"a\0\r\n".to_vec(), false),
            ("\u{e4}\r\n".as_bytes().to_vec(), false),
        ] {
            assert_eq!(
                is_plain(&raw),
                expect,
                "{:?}",
                String::from_utf8_lossy(&raw)
            );
        }
    }
}
