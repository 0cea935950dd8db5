//! The door to the mail room.

use goatkit_capability::{Fault, mail};
use wasmtime::component::Resource;

use super::contract::mail::{Host, HostMessage};
use super::drafts::Entry;
use crate::run::State;

type Message = Resource<Entry<mail::Message>>;

impl Host for State {
    async fn send(&mut self, message: Message) -> Result<String, Fault> {
        self.scope.call()?;
        let message = self.drafts.take(message)?;
        self.rooms.mail.send(&self.scope, message).await
    }
}

impl State {
    /// Adds a text to a message.
    fn write(
        &mut self,
        this: &Message,
        text: String,
        add: fn(&mut mail::Message, String) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.draft(this, text.len(), |message| add(message, text))
    }
}

impl HostMessage for State {
    fn new(&mut self) -> wasmtime::Result<Message> {
        self.drafts.begin(mail::Message::default())
    }

    fn sender(&mut self, this: Message, address: String) -> Result<(), Fault> {
        self.write(&this, address, mail::Message::sender)
    }

    fn to(&mut self, this: Message, address: String) -> Result<(), Fault> {
        self.write(&this, address, mail::Message::to)
    }

    fn cc(&mut self, this: Message, address: String) -> Result<(), Fault> {
        self.write(&this, address, mail::Message::cc)
    }

    fn bcc(&mut self, this: Message, address: String) -> Result<(), Fault> {
        self.write(&this, address, mail::Message::bcc)
    }

    fn reply_to(&mut self, this: Message, address: String) -> Result<(), Fault> {
        self.write(&this, address, mail::Message::reply_to)
    }

    fn subject(&mut self, this: Message, text: String) -> Result<(), Fault> {
        self.write(&this, text, mail::Message::subject)
    }

    fn text(&mut self, this: Message, text: String) -> Result<(), Fault> {
        self.write(&this, text, mail::Message::text)
    }

    fn html(&mut self, this: Message, html: String) -> Result<(), Fault> {
        self.write(&this, html, mail::Message::html)
    }

    fn attach(
        &mut self,
        this: Message,
        name: String,
        content_type: String,
        content: Vec<u8>,
    ) -> Result<(), Fault> {
        let bytes = name.len() + content_type.len() + content.len();
        self.draft(&this, bytes, |it: &mut mail::Message| {
            it.attach(name, content_type, content)
        })
    }

    fn drop(&mut self, this: Message) -> wasmtime::Result<()> {
        self.drafts.drop(this);
        Ok(())
    }
}
