//! log_flood: writes as many lines as it is asked for, each a MiB long.

use goatkit_plugin::{Answer, Arguments, log};

goatkit_test_guests::guest! {
    flood(lines: "integer") -> "json";
    |_, args| {
        let mut args = Arguments::parse(&["lines"], args)?;
        let line = "a".repeat(1 << 20);
        for _ in 0..args.take::<u64>()? {
            log::info(&line);
        }
        ().into_output()
    }
}
