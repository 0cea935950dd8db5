//! templates_ok: renders a template of its package with what it is told to. Faults are passed on
//! unchanged.

use goatkit_plugin::{Answer, Arguments, Value, templates};

goatkit_test_guests::guest! {
    render(name: "string", data: "json") -> "string";
    |_, args| {
        let mut args = Arguments::parse(&["name", "data"], args)?;
        let (name, data): (String, Value) = (args.take()?, args.take()?);
        templates::render(&name, &data)?.into_output()
    }
}
