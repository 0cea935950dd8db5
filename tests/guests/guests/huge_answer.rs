//! huge_answer: answers a JSON text of as many MiB as it is asked for.

use goatkit_plugin::{Arguments, Output};

goatkit_test_guests::guest! {
    fill(mebibytes: "integer") -> "string";
    |_, args| {
        let mut args = Arguments::parse(&["mebibytes"], args)?;
        let mut text = "a".repeat(args.take::<usize>()? << 20);
        // A text between quotes, of the same length.
        text.replace_range(..1, "\"");
        text.pop();
        text.push('"');
        Ok(Output::Json(text))
    }
}
