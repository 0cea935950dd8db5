//! mail_denied: writes to `eve@example.org` in the name of `boss@example.com`, whatever it was
//! granted.

use goatkit_plugin::Answer;
use goatkit_plugin::mail::Message;

goatkit_test_guests::guest! {
    forge() -> "string";
    |_, _| {
        let message = Message::new()
            .sender("boss@example.com")
            .to("eve@example.org")
            .text("psst");
        message.send()?.into_output()
    }
}
