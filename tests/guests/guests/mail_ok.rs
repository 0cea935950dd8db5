//! mail_ok: writes a report to whom it is told to, and answers the message's identifier. Faults
//! are passed on unchanged.

use goatkit_plugin::mail::Message;
use goatkit_plugin::{Answer, Arguments};

goatkit_test_guests::guest! {
    report(to: "string", subject: "string") -> "string";
    |_, args| {
        let mut args = Arguments::parse(&["to", "subject"], args)?;
        let (to, subject): (String, String) = (args.take()?, args.take()?);
        let message = Message::new()
            .to(&to)
            .subject(&subject)
            .text("Drei Stück")
            .html("<p>Drei Stück</p>")
            .attach("zahlen.csv", "text/csv; charset=utf-8", "a,b\r\n1,2\r\n");
        message.send()?.into_output()
    }
}
