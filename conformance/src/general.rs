//! What holds for every package: it loads, it registers the same thing always, and whatever
//! one of its functions is given, and however little the plugin may do, it answers in the
//! contract's words.

use std::sync::Arc;

use goatkit_capability::config::Schema;
use goatkit_capability::grants::Rules;
use goatkit_manager::check_registration;
use goatkit_package::{Manifest, StoredPackage};
use goatkit_runtime::{
    CallError, CallErrorKind, Function, LoadErrorKind, Plugin, Registration, Runtime,
};
use serde_json::{Value, json};

use crate::case::Who;
use crate::pattern::short;
use crate::report::Report;
use crate::world::{World, WorldError, asked};

/// A function that no plugin has.
const UNKNOWN: &str = "no_plugin_has_a_function_of_this_name";

/// Checks a package, and answers with what it registers if that holds.
pub(crate) async fn check(
    package: &StoredPackage,
    runtime: &dyn Runtime,
    report: &mut Report,
) -> Result<Option<Registration>, WorldError> {
    let manifest = package.manifest();
    report.note(
        "manifest",
        "what it asks is understood",
        understood(manifest),
    );
    let fits = match manifest.runtime == runtime.kind() {
        true => Ok(()),
        false => Err("it is for another runtime than this"),
    };
    if report
        .note("manifest", "it is for this runtime", fits)
        .is_none()
    {
        return Ok(None);
    }
    let world = World::with(package)?;
    let Some(plugin) = load(&world, runtime, report).await else {
        return Ok(None);
    };
    let Some(registration) = registration(&*plugin, package, report).await else {
        return Ok(None);
    };
    if plugin.exports().functions {
        let known = answers_unknown(&world, &*plugin).await;
        report.note("functions", "one that it does not have is unknown", known);
    }
    for function in &registration.functions {
        let answered = answers(&world, &*plugin, function).await;
        report.note(&function.name, "it answers, whatever it is given", answered);
    }
    Ok(Some(registration))
}

fn understood(manifest: &Manifest) -> Result<(), String> {
    let rules = asked(manifest).map(drop);
    let schema = manifest.config.as_ref();
    let schema = schema.map_or(Ok(()), |schema| Schema::parse(schema).map(drop));
    rules.and(schema).map_err(|problems| problems.join("; "))
}

/// Loads it with nothing granted.
async fn load(
    world: &World,
    runtime: &dyn Runtime,
    report: &mut Report,
) -> Option<Arc<dyn Plugin>> {
    let loaded = world.load(runtime, Rules::new(), None).await;
    let (imports, loaded) = match loaded {
        Err(error) if error.kind() == LoadErrorKind::Import => {
            (Err(error.message().to_owned()), None)
        }
        loaded => (Ok(()), Some(loaded)),
    };
    let what = "what it imports is there, and its manifest asks for it";
    report.note("component", what, imports);
    let loaded = loaded?.map_err(|error| error.message().to_owned());
    report.note("component", "it loads", loaded)
}

/// What it registers, if it does so always in the same way and the host may keep it.
async fn registration(
    plugin: &dyn Plugin,
    package: &StoredPackage,
    report: &mut Report,
) -> Option<Registration> {
    let answer = plugin.register().await;
    let what = "it answers within its limits, without anything but the log";
    let first = report.note("gk-register", what, answer.map_err(|it| it.message()))?;
    let again = match plugin.register().await {
        Ok(second) if second == first => Ok(()),
        Ok(_) => Err("the second answer is another".to_owned()),
        Err(error) => Err(error.message()),
    };
    report.note("gk-register", "it answers the same again", again);
    let checked = check_registration(first, package, plugin.exports());
    let what = "the answer fits the manifest, the package and the exports";
    report.note("gk-register", what, checked.map_err(|it| it.join("; ")))
}

async fn answers_unknown(world: &World, plugin: &dyn Plugin) -> Result<(), String> {
    let session = world.session(Who::Nobody);
    let answer = plugin.call_function(&session, UNKNOWN, "[]".to_owned());
    match answer.await {
        Ok(_) => Err("it answers as if it had it".to_owned()),
        Err(error) if error.kind() == CallErrorKind::Unknown => Ok(()),
        Err(error) => Err(error.message()),
    }
}

/// Whether each call of a function ends with an answer or one of the contract's errors.
async fn answers(world: &World, plugin: &dyn Plugin, function: &Function) -> Result<(), String> {
    for args in arguments(function) {
        let (session, args) = (world.session(Who::Nobody), args.to_string());
        let answer = plugin.call_function(&session, &function.name, args.clone());
        if let Err(error) = answer.await
            && !is_of_the_contract(&error)
        {
            let (args, error) = (short(&args), error.message());
            return Err(match world.last_line() {
                Some(line) => format!("given {args}: {error}; it logged: {}", short(&line.message)),
                None => format!("given {args}: {error}"),
            });
        }
    }
    Ok(())
}

/// A function that is registered is known; what else went wrong a plugin may say.
fn is_of_the_contract(error: &CallError) -> bool {
    let kind = error.kind();
    matches!(
        kind,
        CallErrorKind::Invalid | CallErrorKind::Fault | CallErrorKind::Failed
    )
}

/// What a function is given: nothing, what fits, what does not, and more than it takes.
fn arguments(function: &Function) -> [Value; 4] {
    let each = |make: fn(&str) -> Value| -> Vec<Value> {
        let types = function.args.iter();
        let types = types.map(|it| it.type_name.trim_end_matches('?'));
        types.map(make).collect()
    };
    let mut more = each(fitting);
    more.push(json!("more"));
    [
        json!([]),
        each(fitting).into(),
        each(unfitting).into(),
        more.into(),
    ]
}

fn fitting(type_name: &str) -> Value {
    match type_name {
        "integer" => json!(1),
        "number" => json!(0.5),
        "boolean" => json!(true),
        "array" => json!([]),
        "object" => json!({}),
        _ => json!("text"),
    }
}

fn unfitting(type_name: &str) -> Value {
    match type_name {
        "string" => json!(5),
        "json" => Value::Null,
        _ => json!("text"),
    }
}

#[cfg(test)]
mod tests {
    use goatkit_runtime::Argument;

    use super::*;

    #[test]
    fn a_function_is_given_what_fits_and_what_does_not() {
        let argument = |type_name: &str| Argument {
            name: "a".to_owned(),
            type_name: type_name.to_owned(),
        };
        let function = Function {
            name: "f".to_owned(),
            args: ["string", "integer?"].map(argument).into(),
            returns: "json".to_owned(),
            description: String::new(),
            expose: false,
        };
        let expect = [
            json!([]),
            json!(["text", 1]),
            json!([5, "text"]),
            json!(["text", 1, "more"]),
        ];
        assert_eq!(arguments(&function), expect);
    }
}
