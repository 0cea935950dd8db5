//! The filters, tests and functions of package templates: minijinja's own, each of which
//! pays for what it reads before it runs and for what it made afterwards.
//!
//! What they answer is copied (`Meter::own`), so that nothing is computed later. Escaped
//! text that was taken apart is escaped again when it is shown: else replacing `&lt;` would
//! be another way to write `x|safe`.

use std::time::Instant;

use minijinja::value::{Kwargs, ObjectRepr, Rest, Value, ValueKind, ValueOrKwargs};
use minijinja::{Environment, Error, State, filters, functions, tests};

use super::APPLICATION;
use super::error::{Problem, RenderErrorKind};
use super::helpers::Helper;
use super::meter::Meter;
use super::print::names;
use crate::closed::closed;

/// What is special about a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nature {
    /// Its answer is as large as what it reads.
    Plain,
    /// Its answer may be shown as it is, because it escapes.
    Escapes,
    /// It compares items with each other.
    Compares,
    /// It puts a text between items.
    Joins,
    /// It puts a text in place of another.
    Replaces,
    /// It divides a text.
    Splits,
    /// A number says how much it adds.
    Widens,
    /// It adds up, which with texts or lists would copy them at every step.
    Sums,
    /// Only the application's layouts may use it.
    Layouts,
}

/// How much a filter that compares does per byte: a logarithm of what the allowance holds.
const COMPARISONS: u64 = 16;

/// Fills an empty environment.
pub(super) fn install(env: &mut Environment<'_>) {
    for (name, nature, filter) in filters_of_packages() {
        env.add_filter(
            name,
            move |state: &mut State<'_, '_>, args: Rest<ValueOrKwargs>| {
                apply(state, name, nature, &filter, &args.into_values())
            },
        );
    }
    for (name, _, test) in tests_of_packages() {
        env.add_test(
            name,
            move |state: &mut State<'_, '_>, args: Rest<ValueOrKwargs>| {
                let args = args.into_values();
                with_meter(state, |meter| {
                    args.iter().try_for_each(|arg| meter.value(arg, 1))
                })?;
                test.call(state, &args).map(|answer| answer.is_true())
            },
        );
    }
    env.add_filter(names::CLOSED, closed_block);
    env.add_function("range", functions::range);
    env.add_function("dict", functions::dict);
    env.add_function("namespace", functions::namespace);
}

/// What a package filled a block of a layout with: it leaves nothing open there.
fn closed_block(state: &mut State<'_, '_>, html: &str) -> Result<Value, Error> {
    let render = Helper::render(state);
    let deadline = render.map_or_else(Instant::now, |it| it.session.facts().deadline);
    let html = closed(html, deadline).map_err(Problem::open)?;
    Ok(Value::from_safe_string(html))
}

fn apply(
    state: &mut State<'_, '_>,
    name: &str,
    nature: Nature,
    filter: &Value,
    args: &[Value],
) -> Result<Value, Error> {
    if nature == Nature::Layouts && !state.name().starts_with(APPLICATION) {
        let what = format!("the filter `{name}` is not there in a package's templates");
        return Err(Problem::new(RenderErrorKind::Denied, what).into());
    }
    with_meter(state, |meter| {
        args.iter().try_for_each(|arg| meter.value(arg, 1))?;
        before(meter, nature, args)
    })?;
    let answer = filter.call(state, args)?;
    let render = Helper::render(state);
    let Some(meter) = render.as_ref().and_then(|render| render.meter.as_ref()) else {
        return Ok(answer);
    };
    if answer
        .as_object()
        .is_some_and(|object| object.repr() == ObjectRepr::Plain)
    {
        return Ok(answer);
    }
    let answer = meter.own(&answer)?;
    match nature {
        Nature::Replaces | Nature::Splits => Ok(unmarked(answer)),
        _ => Ok(answer),
    }
}

/// The same text, to be escaped when it is shown.
fn unmarked(answer: Value) -> Value {
    match answer.as_str() {
        Some(text) => Value::from(text),
        None => answer
            .try_iter()
            .map(|items| items.map(unmarked).collect())
            .unwrap_or_default(),
    }
}

/// Pays for what a filter makes beyond what it reads.
fn before(meter: &Meter, nature: Nature, args: &[Value]) -> Result<(), Problem> {
    let input = args.first().cloned().unwrap_or_default();
    let length = input.len().unwrap_or_default() as u64;
    match nature {
        Nature::Plain | Nature::Escapes | Nature::Layouts | Nature::Splits => Ok(()),
        Nature::Compares => meter.value(&input, COMPARISONS),
        Nature::Joins => meter.charge(length.saturating_mul(longest(args))),
        Nature::Replaces => {
            let [text, from, to] = [0, 1, 2].map(|at| args.get(at).and_then(Value::as_str));
            let (text, from, to) = (
                text.unwrap_or_default(),
                from.unwrap_or_default(),
                to.unwrap_or_default(),
            );
            meter.charge((text.matches(from).count() as u64).saturating_mul(to.len() as u64))
        }
        Nature::Widens => {
            let lines = input
                .as_str()
                .map_or(length, |text| text.matches('\n').count() as u64);
            meter.charge((lines + 2).saturating_mul(widest(args)).saturating_mul(32))
        }
        Nature::Sums => {
            let starts = |value: &Value| matches!(value.kind(), ValueKind::Number);
            let start = args.get(2).cloned().filter(|value| !value.is_kwargs());
            let start = start.or_else(|| keywords(args)?.peek::<Value>("start").ok());
            match start {
                Some(start) if !starts(&start) => Err(Problem::bad(
                    "in a package's template `sum` adds numbers only",
                )),
                _ => Ok(()),
            }
        }
    }
}

fn longest(args: &[Value]) -> u64 {
    parameters(args)
        .filter_map(|arg| Some(arg.as_str()?.len()))
        .max()
        .unwrap_or_default() as u64
}

fn widest(args: &[Value]) -> u64 {
    let amount = |arg: Value| match u64::try_from(arg.clone()) {
        Ok(number) => Some(number),
        Err(_) if arg.is_number() => Some(u64::MAX),
        Err(_) => arg.as_str().map(|text| text.len() as u64),
    };
    parameters(args)
        .filter_map(amount)
        .max()
        .unwrap_or_default()
}

/// What a filter was given besides its input, by place and by name.
fn parameters(args: &[Value]) -> impl Iterator<Item = Value> + '_ {
    let named = keywords(args).into_iter().flat_map(|keywords| {
        let values: Vec<Value> = keywords
            .args()
            .filter_map(|name| keywords.peek(name).ok())
            .collect();
        values
    });
    args.iter()
        .skip(1)
        .filter(|arg| !arg.is_kwargs())
        .cloned()
        .chain(named)
}

fn keywords(args: &[Value]) -> Option<Kwargs> {
    let last = args.last().filter(|last| last.is_kwargs())?;
    Kwargs::try_from(last.clone()).ok()
}

fn with_meter(
    state: &State<'_, '_>,
    count: impl FnOnce(&Meter) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let render = Helper::render(state);
    match render.as_ref().and_then(|render| render.meter.as_ref()) {
        Some(meter) => count(meter),
        None => Ok(()),
    }
}

macro_rules! table {
    ($module:ident: $($names:literal => $nature:expr, $function:ident;)*) => {
        vec![$(($names, $nature, Value::from_function($module::$function))),*]
    };
}

fn filters_of_packages() -> Vec<(&'static str, Nature, Value)> {
    use Nature::{Compares, Escapes, Joins, Layouts, Plain, Replaces, Splits, Sums, Widens};
    table! { filters:
        "escape" => Escapes, escape;
        "e" => Escapes, escape;
        "tojson" => Widens, tojson;
        "safe" => Layouts, safe;
        "pprint" => Layouts, pprint;
        "format" => Layouts, format;
        "chain" => Layouts, chain;
        "zip" => Layouts, zip;
        "lower" => Plain, lower;
        "upper" => Plain, upper;
        "title" => Plain, title;
        "capitalize" => Plain, capitalize;
        "trim" => Plain, trim;
        "replace" => Replaces, replace;
        "split" => Splits, split;
        "lines" => Splits, lines;
        "indent" => Widens, indent;
        "join" => Joins, join;
        "length" => Plain, length;
        "count" => Plain, length;
        "default" => Plain, default;
        "d" => Plain, default;
        "string" => Plain, string;
        "bool" => Plain, bool;
        "int" => Plain, int;
        "float" => Plain, float;
        "abs" => Plain, abs;
        "round" => Plain, round;
        "sum" => Sums, sum;
        "min" => Compares, min;
        "max" => Compares, max;
        "sort" => Compares, sort;
        "unique" => Compares, unique;
        "groupby" => Compares, groupby;
        "dictsort" => Compares, dictsort;
        "first" => Plain, first;
        "last" => Plain, last;
        "list" => Plain, list;
        "reverse" => Plain, reverse;
        "items" => Plain, items;
        "attr" => Plain, attr;
        "batch" => Widens, batch;
        "slice" => Widens, slice;
        "map" => Plain, map;
        "select" => Plain, select;
        "reject" => Plain, reject;
        "selectattr" => Plain, selectattr;
        "rejectattr" => Plain, rejectattr;
    }
}

fn tests_of_packages() -> Vec<(&'static str, Nature, Value)> {
    use Nature::Plain;
    table! { tests:
        "undefined" => Plain, is_undefined;
        "defined" => Plain, is_defined;
        "none" => Plain, is_none;
        "safe" => Plain, is_safe;
        "escaped" => Plain, is_safe;
        "boolean" => Plain, is_boolean;
        "odd" => Plain, is_odd;
        "even" => Plain, is_even;
        "divisibleby" => Plain, is_divisibleby;
        "number" => Plain, is_number;
        "integer" => Plain, is_integer;
        "float" => Plain, is_float;
        "string" => Plain, is_string;
        "sequence" => Plain, is_sequence;
        "iterable" => Plain, is_iterable;
        "mapping" => Plain, is_mapping;
        "startingwith" => Plain, is_startingwith;
        "endingwith" => Plain, is_endingwith;
        "lower" => Plain, is_lower;
        "upper" => Plain, is_upper;
        "sameas" => Plain, is_sameas;
        "eq" => Plain, is_eq;
        "equalto" => Plain, is_eq;
        "==" => Plain, is_eq;
        "ne" => Plain, is_ne;
        "!=" => Plain, is_ne;
        "lt" => Plain, is_lt;
        "lessthan" => Plain, is_lt;
        "<" => Plain, is_lt;
        "le" => Plain, is_le;
        "<=" => Plain, is_le;
        "gt" => Plain, is_gt;
        "greaterthan" => Plain, is_gt;
        ">" => Plain, is_gt;
        "ge" => Plain, is_ge;
        ">=" => Plain, is_ge;
        "in" => Plain, is_in;
        "true" => Plain, is_true;
        "false" => Plain, is_false;
    }
}
