//! Mail: granted by the session and kept for the test. Nothing is sent.

use std::cell::RefCell;

use super::failed;
use crate::testing::{Attachment, Mail, MailGrant, denied, session};
use crate::types::{Fault, Timestamp};

const HOUR_IN_SECONDS: i64 = 60 * 60;

/// A message that is being put together.
#[derive(Debug)]
pub(crate) struct Message(RefCell<Mail>);

impl Message {
    pub(crate) fn new() -> Self {
        Self(RefCell::default())
    }

    pub(crate) fn sender(&self, address: &str) -> Result<(), Fault> {
        self.set(|mail| address.clone_into(&mut mail.sender))
    }

    pub(crate) fn to(&self, address: &str) -> Result<(), Fault> {
        self.set(|mail| mail.to.push(address.to_owned()))
    }

    pub(crate) fn cc(&self, address: &str) -> Result<(), Fault> {
        self.set(|mail| mail.cc.push(address.to_owned()))
    }

    pub(crate) fn bcc(&self, address: &str) -> Result<(), Fault> {
        self.set(|mail| mail.bcc.push(address.to_owned()))
    }

    pub(crate) fn reply_to(&self, address: &str) -> Result<(), Fault> {
        self.set(|mail| mail.reply_to.push(address.to_owned()))
    }

    pub(crate) fn subject(&self, text: &str) -> Result<(), Fault> {
        self.set(|mail| text.clone_into(&mut mail.subject))
    }

    pub(crate) fn text(&self, text: &str) -> Result<(), Fault> {
        self.set(|mail| mail.text = Some(text.to_owned()))
    }

    pub(crate) fn html(&self, html: &str) -> Result<(), Fault> {
        self.set(|mail| mail.html = Some(html.to_owned()))
    }

    pub(crate) fn attach(
        &self,
        name: &str,
        content_type: &str,
        content: &[u8],
    ) -> Result<(), Fault> {
        self.set(|mail| {
            mail.attachments.push(Attachment {
                name: name.to_owned(),
                content_type: content_type.to_owned(),
                content: content.to_vec(),
            });
        })
    }

    fn set(&self, change: impl FnOnce(&mut Mail)) -> Result<(), Fault> {
        change(&mut self.0.borrow_mut());
        Ok(())
    }
}

pub(crate) fn send(message: Message) -> Result<String, Fault> {
    let mut mail = message.0.into_inner();
    let (grant, now) = session(|it| (it.powers.grants.mail.clone(), it.now));
    let grant = grant.ok_or_else(|| {
        let remedy = "write `mail: { from: ADDRESS, to: [ADDRESS] }` under `capabilities` in \
                      manifest.yaml and grant it";
        denied("mail", "send mail".to_owned(), remedy.to_owned())
    })?;
    if mail.sender.is_empty() {
        let full = grant.from.iter().filter(|address| !address.contains('*'));
        mail.sender = full.min().cloned().ok_or_else(|| {
            Fault::Invalid("the message has no sender, and none is granted by its address".into())
        })?;
    }
    check(&mail)?;
    permits(&grant, &mail)?;
    session(|session| {
        let mut world = session.powers.world.borrow_mut();
        let recent = |(sent, _): &&(Timestamp, Mail)| now.seconds - sent.seconds < HOUR_IN_SECONDS;
        let sent = world.mails.iter().filter(recent).count();
        if grant.per_hour.is_some_and(|most| sent >= most) {
            let message = format!("the {sent} messages of this hour are sent");
            return Err(failed("rate-limited", message));
        }
        mail.id = format!("{}@test", world.mails.len() + 1);
        let id = mail.id.clone();
        world.mails.push((now, mail));
        Ok(id)
    })
}

fn permits(grant: &MailGrant, mail: &Mail) -> Result<(), Fault> {
    let sender = bare(&mail.sender);
    if !MailGrant::fits(&grant.from, sender) {
        return Err(missing("from", sender));
    }
    let everyone = [&mail.to, &mail.cc, &mail.bcc, &mail.reply_to];
    let mut addresses = everyone.into_iter().flatten().map(|it| bare(it));
    match addresses.find(|address| !MailGrant::fits(&grant.to, address)) {
        Some(address) => Err(missing("to", address)),
        None => Ok(()),
    }
}

/// What no server could be given.
fn check(mail: &Mail) -> Result<(), Fault> {
    let recipients = [&mail.to, &mail.cc, &mail.bcc];
    if recipients.iter().all(|list| list.is_empty()) {
        return Err(Fault::Invalid("the message has no recipient".to_owned()));
    }
    if mail.text.is_none() && mail.html.is_none() {
        return Err(Fault::Invalid(
            "the message has no text and no HTML".to_owned(),
        ));
    }
    let recipients = recipients.into_iter().flatten().chain(&mail.reply_to);
    for address in recipients.chain([&mail.sender]) {
        if !is_address(bare(address)) {
            return Err(Fault::Invalid(format!("{address:?} is no address")));
        }
    }
    let names = mail.attachments.iter();
    let names = names.flat_map(|it| {
        [
            ("an attachment's name", &it.name),
            ("a content type", &it.content_type),
        ]
    });
    let mut lines = names.chain([("the subject", &mail.subject)]);
    match lines.find(|(_, text)| text.contains(char::is_control)) {
        Some((field, _)) => Err(Fault::Invalid(format!("{field} has a control character"))),
        None => Ok(()),
    }
}

/// The address of `Name <address>`.
fn bare(address: &str) -> &str {
    let inner = address.strip_suffix('>').and_then(|it| it.rsplit_once('<'));
    inner.map_or(address, |(_, inner)| inner)
}

fn is_address(text: &str) -> bool {
    let odd = |c: char| c.is_control() || c.is_whitespace() || "<>,;:\"()[]\\".contains(c);
    let mut parts = text.split('@');
    let two = parts
        .by_ref()
        .take(2)
        .filter(|part| !part.is_empty())
        .count()
        == 2;
    two && parts.next().is_none() && !text.contains(odd)
}

fn missing(key: &str, address: &str) -> Fault {
    denied(
        "mail",
        format!("send {key} {address}"),
        format!("add `{address}` under `capabilities.mail.{key}` in manifest.yaml and grant it"),
    )
}
