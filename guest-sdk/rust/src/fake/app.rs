//! The application's functions, as the session has them.

use serde_json::Value;

use crate::app::Function;
use crate::testing::session;
use crate::types::Fault;

pub(crate) fn functions() -> Result<Vec<Function>, Fault> {
    let names = session(|session| session.powers.granted_functions());
    let function = |name| Function {
        name,
        description: String::new(),
        schema: r#"{"type":"object"}"#.to_owned(),
    };
    Ok(names.into_iter().map(function).collect())
}

pub(crate) fn call(name: &str, args: &str) -> Result<String, Fault> {
    // Out of the session first: the function may ask for the session itself.
    let function = session(|session| session.powers.granted_function(name))?;
    let args: Value = serde_json::from_str(args)
        .map_err(|error| Fault::Invalid(format!("the arguments of `{name}`: {error}")))?;
    if !args.is_object() {
        return Err(Fault::Invalid(format!(
            "the arguments of `{name}` must be a JSON object"
        )));
    }
    function(args).map(|answer| answer.to_string())
}
