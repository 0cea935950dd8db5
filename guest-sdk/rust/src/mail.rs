//! Mail over the server that the host's operator set up. The sender and the recipients are
//! granted, and how many messages an hour.
//!
//! An address is written `name@example.com` or `Name <name@example.com>`. The codes of
//! [`Fault::Failed`] are `rate-limited`, `rejected`, `connect`, `tls`, `sign-in` and `closed`.
//!
//! ```
//! use goatkit_plugin::Fault;
//! use goatkit_plugin::mail::Message;
//!
//! fn send_report(csv: &str) -> Result<String, Fault> {
//!     Message::new()
//!         .to("Jane <jane@example.com>")
//!         .subject("The week")
//!         .text("The figures are attached.")
//!         .html("<p>The figures are attached.</p>")
//!         .attach("week.csv", "text/csv; charset=utf-8", csv)
//!         .send()
//! }
//! # let session = goatkit_plugin::testing::Session::default()
//! #     .grant("mail: from desk@example.com, to *@example.com");
//! # session.clone().run(|| send_report("a,b").unwrap());
//! # let mail = &session.mails()[0];
//! # assert_eq!(mail.sender, "desk@example.com");
//! # assert_eq!(mail.attachments[0].content, b"a,b");
//! ```

use crate::draft::Draft;
use crate::host;
use crate::types::Fault;

/// A message that is being put together. The first fault of its setters is what sending it
/// answers.
#[derive(Debug)]
#[must_use = "a message is sent by `send`"]
pub struct Message(Draft<host::mail::Message>);

impl Default for Message {
    fn default() -> Self {
        Self::new()
    }
}

impl Message {
    /// An empty one.
    pub fn new() -> Self {
        Self(Draft::new(host::mail::Message::new()))
    }

    /// Whom it is from. Without it, the first sender that was granted by its full address. What is
    /// set twice (this, the subject, the bodies) is what was set last.
    pub fn sender(self, address: &str) -> Self {
        self.with(|it| it.sender(address))
    }

    /// Adds a recipient.
    pub fn to(self, address: &str) -> Self {
        self.with(|it| it.to(address))
    }

    /// Adds a recipient of a copy.
    pub fn cc(self, address: &str) -> Self {
        self.with(|it| it.cc(address))
    }

    /// Adds a recipient whom the others do not see.
    pub fn bcc(self, address: &str) -> Self {
        self.with(|it| it.bcc(address))
    }

    /// Adds an address that answers go to: granted like a recipient.
    pub fn reply_to(self, address: &str) -> Self {
        self.with(|it| it.reply_to(address))
    }

    /// One line.
    pub fn subject(self, text: &str) -> Self {
        self.with(|it| it.subject(text))
    }

    /// The body as plain text.
    pub fn text(self, text: &str) -> Self {
        self.with(|it| it.text(text))
    }

    /// The body as HTML. With a text as well, readers choose.
    pub fn html(self, html: &str) -> Self {
        self.with(|it| it.html(html))
    }

    /// Adds a file. `content_type` such as `text/csv; charset=utf-8`.
    pub fn attach(self, name: &str, content_type: &str, content: impl AsRef<[u8]>) -> Self {
        self.with(|it| it.attach(name, content_type, content.as_ref()))
    }

    /// Sends it, and answers its identifier (`Message-ID`, without the angle brackets) when the
    /// server has taken it over.
    pub fn send(self) -> Result<String, Fault> {
        host::mail::send(self.0.finish()?)
    }

    fn with(self, set: impl FnOnce(&host::mail::Message) -> Result<(), Fault>) -> Self {
        Self(self.0.with(set))
    }
}
