//! One call of a plugin's function: arguments to JSON in the registration's order, and the
//! answer to a value.

use goatkit_package::PluginName;
use goatkit_runtime::{Argument, CallErrorKind, Function, Output};
use minijinja::value::{Kwargs, Value, ValueKind};

use super::error::{Problem, RenderErrorKind};
use crate::closed::Open;

/// Puts what a template passed into a JSON array.
pub(super) fn arguments(
    plugin: &PluginName,
    function: &Function,
    passed: &[Value],
) -> Result<String, Problem> {
    let wrong = |what: String| {
        let name = &function.name;
        let message = format!("plugin `{plugin}`, function `{name}`: {what}");
        Problem::new(RenderErrorKind::Call(CallErrorKind::Invalid), message)
    };
    let (positional, keywords) = split(passed);
    if positional.len() > function.args.len() {
        return Err(wrong(format!(
            "it takes {}, and {} were passed",
            counted(&function.args),
            positional.len()
        )));
    }
    let keywords = keywords.map_err(|error| wrong(error.to_string()))?;
    let serialized = |args: &[Value]| {
        serde_json::to_string(args).map_err(|error| wrong(format!("its arguments: {error}")))
    };
    match keywords {
        Some(keywords) => serialized(&by_name(function, positional, &keywords).map_err(&wrong)?),
        None => {
            check_positional(function, positional).map_err(&wrong)?;
            serialized(positional)
        }
    }
}

/// Arguments that were passed without names: those at the end that are optional may be left out.
fn check_positional(function: &Function, passed: &[Value]) -> Result<(), String> {
    for (argument, value) in function.args.iter().zip(passed) {
        check_value(&argument.name, value)?;
    }
    let mut left_out = function.args.iter().skip(passed.len());
    match left_out.find(|argument| !is_optional(argument)) {
        Some(argument) => Err(missing(argument)),
        None => Ok(()),
    }
}

/// The arguments in their order, where some were passed by name. Those at the end that were left
/// out stay out, so that the plugin's own defaults hold.
fn by_name(
    function: &Function,
    positional: &[Value],
    keywords: &Kwargs,
) -> Result<Vec<Value>, String> {
    check_keywords(keywords, &function.args, positional.len())?;
    let mut args: Vec<Value> = Vec::with_capacity(function.args.len());
    let mut given = 0;
    for (at, argument) in function.args.iter().enumerate() {
        let name = &argument.name;
        let value = match positional.get(at) {
            Some(value) => Some(value.clone()),
            None if keywords.has(name) => {
                Some(keywords.get(name).map_err(|error| error.to_string())?)
            }
            None => None,
        };
        match value {
            Some(value) => {
                check_value(name, &value)?;
                args.push(value);
                given = args.len();
            }
            None if is_optional(argument) => args.push(Value::from(())),
            None => return Err(missing(argument)),
        }
    }
    args.truncate(given);
    Ok(args)
}

fn is_optional(argument: &Argument) -> bool {
    argument.type_name.ends_with('?')
}

fn missing(argument: &Argument) -> String {
    format!("the argument `{}` is missing", argument.name)
}

/// Makes a value of an answer.
pub(super) fn answer(
    plugin: &PluginName,
    function: &Function,
    output: Output,
) -> Result<Value, Problem> {
    match output {
        Output::Html(html) => Ok(Value::from_safe_string(html)),
        Output::Json(text) => serde_json::from_str(&text).map_err(|error| {
            let name = &function.name;
            let message =
                format!("plugin `{plugin}`, function `{name}`: its answer is not JSON: {error}");
            Problem::new(RenderErrorKind::Call(CallErrorKind::Malformed), message)
        }),
    }
}

/// An answer whose markup cannot be closed.
pub(super) fn open(plugin: &PluginName, function: &Function, why: Open) -> Problem {
    let name = &function.name;
    let message = format!("plugin `{plugin}`, function `{name}`: {why}");
    Problem::new(RenderErrorKind::Call(CallErrorKind::Malformed), message)
}

/// minijinja passes keyword arguments as a last value of its own kind.
fn split(passed: &[Value]) -> (&[Value], Result<Option<Kwargs>, minijinja::Error>) {
    match passed.split_last() {
        Some((last, positional)) if last.is_kwargs() => {
            (positional, Kwargs::try_from(last.clone()).map(Some))
        }
        _ => (passed, Ok(None)),
    }
}

fn check_keywords(keywords: &Kwargs, args: &[Argument], positional: usize) -> Result<(), String> {
    for keyword in keywords.args() {
        match args.iter().position(|arg| arg.name == keyword) {
            Some(at) if at < positional => {
                return Err(format!("the argument `{keyword}` is passed twice"));
            }
            Some(_) => {}
            None => {
                let known = args.iter().map(|arg| arg.name.as_str());
                let hint = match goatkit_package::nearest(keyword, known) {
                    Some(near) => format!("; did you mean `{near}`?"),
                    None => format!("; it takes {}", counted(args)),
                };
                return Err(format!("it has no argument `{keyword}`{hint}"));
            }
        }
    }
    Ok(())
}

fn check_value(name: &str, value: &Value) -> Result<(), String> {
    match value.kind() {
        ValueKind::Undefined => Err(format!(
            "the value of its argument `{name}` is undefined; pass `none` if that is what is meant"
        )),
        ValueKind::Plain | ValueKind::Invalid => Err(format!(
            "its argument `{name}` is no value that can be passed to a plugin"
        )),
        _ => Ok(()),
    }
}

fn counted(args: &[Argument]) -> String {
    let names: Vec<String> = args.iter().map(|arg| format!("`{}`", arg.name)).collect();
    match names.as_slice() {
        [] => "no arguments".to_owned(),
        [one] => format!("one argument, {one}"),
        many => format!("{} arguments, {}", many.len(), many.join(", ")),
    }
}
