//! events_ok: publishes what it is told to, and answers how many listened.

use goatkit_plugin::{Answer, Arguments, Value, events};

goatkit_test_guests::guest! {
    publish(channel: "string", kind: "string", data: "json") -> "integer";
    |_, args| {
        let mut args = Arguments::parse(&["channel", "kind", "data"], args)?;
        let (channel, kind): (String, String) = (args.take()?, args.take()?);
        let data: Value = args.take()?;
        events::publish(&channel, &kind, &data)?.into_output()
    }
}
